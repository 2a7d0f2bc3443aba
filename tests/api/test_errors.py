"""What goes wrong inside is masked and logged, and what is gone is an error in its place, with all the rest there."""

from collections.abc import Callable

import asyncpg
import pytest
from world import GraphQL, World, uuid_of

from gql_server.config import Config
from gql_server.errors import Limit, LimitExceededError
from gql_server.loaders.clients import ClientByIdLoader
from gql_server.loaders.contents import ContentsByProjectLoader
from gql_server.log import configure_logging
from gql_server.schema.ids import IdKind, global_id

Fail = Callable[[type, str, Exception], None]

SECRET = "postgresql://admin:hunter2@db SELECT api_key FROM clients"

BESIDE = "{ projects { nodes { name contents { nodes { title } } vocabulary { nodes { term } } } } }"
SAME_ROW = """
query ($id: ID!) {
  broken: prompt(id: $id) { components(first: -1) { totalCount } objectModel { name } }
  whole: prompt(id: $id) { objectModel { name } }
}
"""
CONTENTS = """
{
  projects {
    nodes { contents(orderBy: {field: TITLE}) { nodes { title objectModel { name } } } }
  }
}
"""
MERGED = "{ contents(orderBy: {field: TITLE}) { edges { node { title objectModel { name } } } } }"
COMPONENTS = "{ projects { nodes { promptComponents { nodes { name basePrompt { name } } } } } }"


@pytest.fixture
def fail(config: Config, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Fail:
    """Makes a loader's method raise an error; from then on, `capsys` has the log."""

    def begin(loader: type, method: str, error: Exception) -> None:
        async def failing(*_: object) -> None:
            raise error

        monkeypatch.setattr(loader, method, failing)
        configure_logging(config)

    return begin


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError(SECRET),
        KeyError(SECRET),
        AssertionError(SECRET),
        asyncpg.UniqueViolationError(SECRET),
        asyncpg.PostgresSyntaxError(SECRET),
        UnicodeDecodeError("utf-8", SECRET.encode(), 0, 1, SECRET),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_an_unexpected_error_is_masked_and_logged(
    error: Exception, fail: Fail, capsys: pytest.CaptureFixture[str], world: World, graphql: GraphQL
) -> None:
    await world.full_projects(1, rows=1)
    fail(ContentsByProjectLoader, "pages", error)

    body = await graphql(BESIDE)

    assert body["data"]["projects"]["nodes"] == [
        {"name": "Project 00", "contents": None, "vocabulary": {"nodes": [{"term": "Term 00.0"}]}}
    ]
    request_id = body["errors"][0]["extensions"]["requestId"]
    assert body["errors"] == [
        {
            "message": f"Something went wrong in the server. Its log has it under {request_id}.",
            "locations": [{"line": 1, "column": 38}],
            "path": ["projects", "nodes", 0, "contents", "nodes"],
            "extensions": {"code": "INTERNAL", "requestId": request_id},
        }
    ]
    log = capsys.readouterr().err
    assert f"request_id={request_id}" in log
    assert "Traceback" in log
    assert SECRET in log


async def test_one_failure_under_many_parents_is_one_in_the_log(
    fail: Fail, capsys: pytest.CaptureFixture[str], world: World, graphql: GraphQL
) -> None:
    await world.full_projects(3, rows=1)
    fail(ContentsByProjectLoader, "pages", RuntimeError(SECRET))

    body = await graphql(BESIDE)

    assert [error["path"][2] for error in body["errors"]] == [0, 1, 2]
    [request_id] = {error["extensions"]["requestId"] for error in body["errors"]}
    log = capsys.readouterr().err
    assert log.count("Traceback") == log.count(request_id) == 1


async def test_an_error_where_null_cannot_be_takes_what_is_around_it(
    fail: Fail, capsys: pytest.CaptureFixture[str], world: World, graphql: GraphQL
) -> None:
    await world.full_projects(1, rows=1)
    fail(ClientByIdLoader, "batch_load_fn", RuntimeError(SECRET))

    body = await graphql("{ projects { nodes { client { name } } } }")

    assert body["data"] is None
    [error] = body["errors"]
    assert error["path"] == ["projects", "nodes", 0, "client"]
    assert error["extensions"]["code"] == "INTERNAL"
    assert error["extensions"]["requestId"] in capsys.readouterr().err


async def test_what_is_nested_too_deeply_is_the_caller_s_to_put_right(
    fail: Fail, capsys: pytest.CaptureFixture[str], world: World, graphql: GraphQL
) -> None:
    await world.full_projects(1, rows=1)
    fail(ContentsByProjectLoader, "pages", RecursionError(SECRET))

    body = await graphql(BESIDE)

    [error] = body["errors"]
    assert error["message"] == "This request is nested too deeply."
    assert error["extensions"] == {"code": "LIMIT_EXCEEDED", "limit": "NESTING"}
    assert capsys.readouterr().err == ""


async def test_an_error_that_is_meant_for_the_caller_is_not_logged(
    fail: Fail, capsys: pytest.CaptureFixture[str], world: World, graphql: GraphQL
) -> None:
    await world.full_projects(1, rows=1)
    fail(ContentsByProjectLoader, "pages", LimitExceededError(Limit.ROWS, "Too much: ask for less."))

    body = await graphql(BESIDE)

    [error] = body["errors"]
    assert error["message"] == "Too much: ask for less."
    assert error["extensions"] == {"code": "LIMIT_EXCEEDED", "limit": "ROWS"}
    assert capsys.readouterr().err == ""


async def test_an_error_does_not_take_along_what_is_beside_it(world: World, graphql: GraphQL) -> None:
    prompt = await world.prompt("Write", object_model_id=await world.object_model("Article"))

    body = await graphql(SAME_ROW, id=global_id(IdKind.PROMPT, prompt))

    assert body["data"] == {"broken": None, "whole": {"objectModel": {"name": "Article"}}}
    assert [(error["path"], error["extensions"]) for error in body["errors"]] == [
        (["broken", "components"], {"code": "BAD_REQUEST"})
    ]


async def test_contents_stay_when_their_object_model_is_gone(
    world: World, graphql: GraphQL, statements: list[str]
) -> None:
    projects = [await world.project(name, await world.client(name)) for name in ("One", "Two")]
    article, gone = await world.object_model("Article"), uuid_of("gone")
    for project in projects:
        await world.content(project, "a", gone)
        await world.content(project, "b", article)
        await world.content(project, "c", gone)
    statements.clear()

    body = await graphql(CONTENTS)

    contents = [
        {"title": "a", "objectModel": None},
        {"title": "b", "objectModel": {"name": "Article"}},
        {"title": "c", "objectModel": None},
    ]
    assert body["data"] == {"projects": {"nodes": [{"contents": {"nodes": contents}}] * 2}}
    assert sorted(error["path"] for error in body["errors"]) == [
        ["projects", "nodes", project, "contents", "nodes", content, "objectModel"]
        for project in (0, 1)
        for content in (0, 2)
    ]
    assert {error["message"] for error in body["errors"]} == {
        f"What is referred to here, an object model with the id {gone}, is gone."
    }
    assert [error["extensions"] for error in body["errors"]] == [{"code": "NOT_FOUND"}] * 4
    assert len(statements) == len(["BEGIN", "projects", "contents", "object models", "COMMIT"])


async def test_so_do_those_of_a_merged_list(world: World, graphql: GraphQL) -> None:
    project = await world.project("One", await world.client())
    await world.content(project, "a", uuid_of("gone"))
    await world.content(project, "b", uuid_of("gone too"))

    body = await graphql(MERGED)

    assert body["data"]["contents"]["edges"] == [
        {"node": {"title": "a", "objectModel": None}},
        {"node": {"title": "b", "objectModel": None}},
    ]
    assert [(error["path"], error["message"]) for error in body["errors"]] == [
        (
            ["contents", "edges", 0, "node", "objectModel"],
            f"What is referred to here, an object model with the id {uuid_of('gone')}, is gone.",
        ),
        (
            ["contents", "edges", 1, "node", "objectModel"],
            f"What is referred to here, an object model with the id {uuid_of('gone too')}, is gone.",
        ),
    ]


async def test_prompt_components_stay_when_their_base_prompt_is_gone(world: World, graphql: GraphQL) -> None:
    project = await world.project("One", await world.client())
    gone = uuid_of("gone")
    for name, base_prompt in (("a", gone), ("b", await world.prompt("Write")), ("c", None), ("d", gone)):
        await world.prompt_component(project, name, base_prompt)

    body = await graphql(COMPONENTS)

    assert body["data"]["projects"]["nodes"][0]["promptComponents"]["nodes"] == [
        {"name": "a", "basePrompt": None},
        {"name": "b", "basePrompt": {"name": "Write"}},
        {"name": "c", "basePrompt": None},
        {"name": "d", "basePrompt": None},
    ]
    at = ["projects", "nodes", 0, "promptComponents", "nodes"]
    message = f"What is referred to here, a prompt with the id {gone}, is gone."
    assert [(error["message"], error["path"], error["extensions"]) for error in body["errors"]] == [
        (message, [*at, 0, "basePrompt"], {"code": "NOT_FOUND"}),
        (message, [*at, 3, "basePrompt"], {"code": "NOT_FOUND"}),
    ]
