"""An object model is changed by the administrator, until contents are made after it."""

import asyncio
import json
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from httpx import AsyncClient
from logins import bearing
from mutating import wait_for_waiting
from world import GraphQL, World, uuid_of

from gql_server.db.project_schema import ProjectSchema
from gql_server.schema.ids import IdKind, global_id

UPDATE = """
mutation ($input: UpdateObjectModelInput!) {
  updateObjectModel(input: $input) {
    objectModel { name version structure description } userErrors { code message path }
  }
}
"""
ROW = "SELECT name, version, structure, description FROM public.object_models WHERE id = $1"
ID = uuid_of("object_model", "Article")
ARTICLE = global_id(IdKind.OBJECT_MODEL, ID)
NOBODY = global_id(IdKind.OBJECT_MODEL, uuid_of("none"))
BEFORE = {"name": "Article", "version": "1.0.0", "structure": {"type": "object"}, "description": "For blogs."}
FIXED = (
    "CONFLICT",
    "Contents are made after this object model, or wait to be, so that it stays as it is: add another version.",
    ["objectModel"],
)


def refused(*errors: tuple[str, str, list[str]]) -> dict[str, Any]:
    shown = [{"code": code, "message": message, "path": ["input", *path]} for code, message, path in errors]
    return {"updateObjectModel": {"objectModel": None, "userErrors": shown}}


@pytest.fixture(autouse=True)
async def article(world: World) -> UUID:
    return await world.object_model(description="For blogs.")


async def row(connection: asyncpg.Connection) -> dict[str, Any]:
    [found] = await connection.fetch(ROW, ID)
    return {**found, "structure": json.loads(found["structure"])}


CHANGES = [
    {"name": " Story "},
    {"version": "2"},
    {"structure": {"type": "object", "title": "Story"}},
    {"description": None},
    {"description": "For\nall."},
    {"name": "Story", "version": "2", "structure": {}, "description": ""},
    {},
]


@pytest.mark.parametrize("changes", CHANGES, ids=str)
async def test_what_is_given_is_changed(changes: dict[str, Any], data: GraphQL, connection: asyncpg.Connection) -> None:
    answer = await data(UPDATE, input={"objectModel": ARTICLE, **changes})

    changed = {**BEFORE, **{key: value.strip() if key == "name" else value for key, value in changes.items()}}
    assert answer == {"updateObjectModel": {"objectModel": changed, "userErrors": []}}
    assert await row(connection) == changed


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"name": None}, [("REQUIRED", "A name cannot be taken away.", ["name"])]),
        ({"name": ""}, [("INVALID", "A name has 1 to 255 characters.", ["name"])]),
        ({"version": None}, [("REQUIRED", "A version cannot be taken away.", ["version"])]),
        ({"version": "x" * 51}, [("INVALID", "A version has 1 to 50 characters.", ["version"])]),
        ({"structure": None}, [("REQUIRED", "A structure cannot be taken away.", ["structure"])]),
        (
            {"structure": 1},
            [("INVALID", "A structure is a JSON object of 100000 characters at the most.", ["structure"])],
        ),
        ({"structure": {"type": 1}}, [("INVALID", "This is no type of JSON.", ["structure", "type"])]),
        ({"description": "\0"}, [("INVALID", "A description has a character that cannot be stored.", ["description"])]),
        ({"objectModel": NOBODY, "name": "A"}, [("NOT_FOUND", "There is no such object model.", ["objectModel"])]),
        ({"objectModel": NOBODY}, [("NOT_FOUND", "There is no such object model.", ["objectModel"])]),
        (
            {"name": "Recipe"},
            [("CONFLICT", "There is an object model with this name and version already.", ["name"])],
        ),
        (
            {"name": "Recipe", "version": "1.0.0"},
            [("CONFLICT", "There is an object model with this name and version already.", ["version"])],
        ),
    ],
    ids=range(12),
)
async def test_what_is_refused(
    changes: dict[str, Any],
    errors: list[tuple[str, str, list[str]]],
    data: GraphQL,
    world: World,
    connection: asyncpg.Connection,
) -> None:
    await world.object_model("Recipe")

    assert await data(UPDATE, input={"objectModel": ARTICLE, **changes}) == refused(*errors)
    assert await row(connection) == BEFORE


@pytest.mark.parametrize("changes", [{"name": "Article"}, {"version": "2"}, {"structure": {}}], ids=str)
async def test_what_contents_are_made_after_stays(
    changes: dict[str, Any], data: GraphQL, world: World, connection: asyncpg.Connection
) -> None:
    *_, last = await projects(world, 3)
    await world.content(last, "Roses", ID)

    assert await data(UPDATE, input={"objectModel": ARTICLE, "description": "x", **changes}) == refused(FIXED)
    assert await row(connection) == BEFORE

    answer = await data(UPDATE, input={"objectModel": ARTICLE, "description": "x"})

    assert answer["updateObjectModel"]["objectModel"]["description"] == "x"
    assert await row(connection) == {**BEFORE, "description": "x"}


async def projects(world: World, count: int) -> list[UUID]:
    client_id = await world.client()
    return [await world.project(f"Project {number}", client_id) for number in range(count)]


async def test_a_project_that_cannot_be_asked_may_have_contents(
    graphql: GraphQL, world: World, connection: asyncpg.Connection
) -> None:
    _, broken = await projects(world, 2)
    await connection.execute(f"DROP SCHEMA {ProjectSchema(broken).quoted} CASCADE")

    body = await graphql(UPDATE, input={"objectModel": ARTICLE, "name": "Story"})

    assert body["data"] == {"updateObjectModel": None}
    [error] = body["errors"]
    assert error["message"] == f"Project {broken} cannot be read: a table of its schema is missing."
    assert error["extensions"]["code"] == "PROJECT_UNAVAILABLE"
    assert await row(connection) == BEFORE
    answer = await graphql(UPDATE, input={"objectModel": ARTICLE, "description": None})
    assert answer["data"]["updateObjectModel"]["userErrors"] == []


async def test_all_projects_are_asked_at_once(data: GraphQL, world: World, statements: list[str]) -> None:
    counts: list[int] = []
    for number in range(2):
        client_id = await world.client(f"Client {number}")
        for place in range(1 + number * 4):
            await world.project(f"Project {number}.{place}", client_id)
        statements.clear()
        await data(UPDATE, input={"objectModel": ARTICLE, "name": f"Story {number}"})
        counts.append(len(statements))

    assert counts[0] == counts[1]


async def test_whoever_makes_a_content_after_it_is_waited_for(
    data: GraphQL, world: World, connection: asyncpg.Connection
) -> None:
    [garden] = await projects(world, 1)
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute("SELECT pg_advisory_xact_lock_shared($1)", int.from_bytes(ID.bytes[8:], signed=True))
    await world.content(garden, "Roses", ID)

    changing = asyncio.ensure_future(data(UPDATE, input={"objectModel": ARTICLE, "name": "Story"}))
    await wait_for_waiting(connection, 1)
    await transaction.commit()

    assert await changing == refused(FIXED)
    assert await row(connection) == BEFORE


async def test_a_client_changes_none(http: AsyncClient, world: World, connection: asyncpg.Connection) -> None:
    key = bearing(await world.key(await world.client()))
    given = {"query": UPDATE, "variables": {"input": {"objectModel": ARTICLE, "name": "Story"}}}

    body = (await http.post("/graphql", json=given, headers=key)).json()

    assert body["data"] == {"updateObjectModel": None}
    assert [error["extensions"]["code"] for error in body["errors"]] == ["FORBIDDEN"]
    assert await row(connection) == BEFORE


async def test_a_key_names_one_change(data: GraphQL, connection: asyncpg.Connection) -> None:
    given = {"objectModel": ARTICLE, "name": "Story", "idempotencyKey": "once"}
    first = await data(UPDATE, input=given)
    await connection.execute("UPDATE public.object_models SET name = 'Tale' WHERE id = $1", ID)

    again = await data(UPDATE, input=given)
    other = await data(UPDATE, input={**given, "name": "Poem"})

    assert first["updateObjectModel"]["objectModel"]["name"] == "Story"
    assert again["updateObjectModel"]["objectModel"]["name"] == "Tale"
    message = "This key came with another input before: it names one change."
    assert other == refused(("IDEMPOTENCY_CONFLICT", message, ["idempotencyKey"]))
    assert await row(connection) == {**BEFORE, "name": "Tale"}
