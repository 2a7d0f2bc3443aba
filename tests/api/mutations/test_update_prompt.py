"""A prompt is changed by the administrator; what it said before is kept, and can be read."""

import asyncio
import json
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from httpx import AsyncClient
from logins import bearing
from world import START, GraphQL, World, moment, uuid_of

from gql_server.schema.ids import IdKind, global_id

UPDATE = """
mutation ($input: UpdatePromptInput!) {
  updatePrompt(input: $input) {
    prompt { name template parameters version objectModel { name } } userErrors { code message path }
  }
}
"""
VERSIONS = """
query ($id: ID!) {
  node(id: $id) { ... on Prompt { version versions { version name template parameters createdAt } } }
}
"""
ROW = """
SELECT name, template, parameters, object_model_id, version, updated_at > $2 FROM public.prompts WHERE id = $1
"""
KEPT = """
SELECT version, name, template, parameters, object_model_id, created_at FROM public.prompt_versions
WHERE prompt_id = $1 ORDER BY version
"""
ID = uuid_of("prompt", "Write")
PROMPT = global_id(IdKind.PROMPT, ID)
ARTICLE, RECIPE = uuid_of("object_model", "Article"), uuid_of("object_model", "Recipe")
NOBODY = {kind: global_id(kind, uuid_of("none")) for kind in (IdKind.PROMPT, IdKind.OBJECT_MODEL)}
PARAMETERS = {"type": "object", "properties": {"topic": {"maxLength": 9}}}
WIDER = {"type": "object", "properties": {"topic": {}, "tone": {}}}
TEMPLATE = "Write about {{ topic }}."
BEFORE = {
    "name": "Write",
    "template": TEMPLATE,
    "parameters": PARAMETERS,
    "version": 1,
    "objectModel": {"name": "Article"},
}
UNCHANGED = ("Write", TEMPLATE, PARAMETERS, ARTICLE, 1, False)


@pytest.fixture(autouse=True)
async def prompt(world: World) -> UUID:
    await world.object_model("Recipe")
    return await world.prompt(parameters=PARAMETERS, object_model_id=await world.object_model())


def refused(*errors: tuple[str, str, list[str]]) -> dict[str, Any]:
    shown = [{"code": code, "message": message, "path": ["input", *path]} for code, message, path in errors]
    return {"updatePrompt": {"prompt": None, "userErrors": shown}}


def unknown(name: str, field: str) -> tuple[str, str, list[str]]:
    return "INVALID", f"The template names {name!r}, which is no property of the parameters.", [field]


async def row(connection: asyncpg.Connection) -> tuple[Any, ...]:
    """The prompt as it is stored, and whether it was changed."""
    [[name, template, parameters, object_model_id, version, changed]] = await connection.fetch(ROW, ID, START)
    return name, template, json.loads(parameters or "null"), object_model_id, version, changed


async def kept(connection: asyncpg.Connection) -> list[tuple[Any, ...]]:
    return [
        (version, name, template, json.loads(parameters or "null"), object_model_id, created_at)
        for version, name, template, parameters, object_model_id, created_at in await connection.fetch(KEPT, ID)
    ]


@pytest.mark.parametrize(
    ("changes", "changed", "object_model_id"),
    [
        ({"name": " Rewrite "}, {"name": "Rewrite"}, ARTICLE),
        ({"template": ""}, {"template": ""}, ARTICLE),
        ({"template": "{{ metadata }}{{ vocabulary }}"}, {"template": "{{ metadata }}{{ vocabulary }}"}, ARTICLE),
        ({"parameters": WIDER}, {"parameters": WIDER}, ARTICLE),
        ({"template": "Write.", "parameters": None}, {"template": "Write.", "parameters": None}, ARTICLE),
        ({"objectModel": global_id(IdKind.OBJECT_MODEL, RECIPE)}, {"objectModel": {"name": "Recipe"}}, RECIPE),
        ({"objectModel": None}, {"objectModel": None}, None),
        (
            {"name": "A", "template": "{{ tone }}", "parameters": WIDER, "objectModel": None, "expectedVersion": 1},
            {"name": "A", "template": "{{ tone }}", "parameters": WIDER, "objectModel": None},
            None,
        ),
    ],
    ids=range(8),
)
async def test_what_is_given_is_changed_and_what_was_is_kept(
    changes: dict[str, Any],
    changed: dict[str, Any],
    object_model_id: UUID | None,
    data: GraphQL,
    connection: asyncpg.Connection,
) -> None:
    answer = await data(UPDATE, input={"prompt": PROMPT, **changes})

    after = {**BEFORE, **changed, "version": 2}
    assert answer == {"updatePrompt": {"prompt": after, "userErrors": []}}
    stored = (after["name"], after["template"], after["parameters"], object_model_id, 2, True)
    assert await row(connection) == stored
    assert await kept(connection) == [(1, "Write", TEMPLATE, PARAMETERS, ARTICLE, START)]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"expectedVersion": 1},
        {"expectedVersion": None},
        {"name": " Write "},
        {
            "name": "Write",
            "template": TEMPLATE,
            "parameters": PARAMETERS,
            "objectModel": global_id(IdKind.OBJECT_MODEL, ARTICLE),
        },
    ],
    ids=range(5),
)
async def test_what_is_so_already_is_no_change(
    changes: dict[str, Any], data: GraphQL, connection: asyncpg.Connection
) -> None:
    answer = await data(UPDATE, input={"prompt": PROMPT, **changes})

    assert answer == {"updatePrompt": {"prompt": BEFORE, "userErrors": []}}
    assert await row(connection) == UNCHANGED
    assert await kept(connection) == []


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"name": None}, [("REQUIRED", "A name cannot be taken away.", ["name"])]),
        ({"name": ""}, [("INVALID", "A name has 1 to 255 characters.", ["name"])]),
        ({"template": None}, [("REQUIRED", "A template cannot be taken away.", ["template"])]),
        ({"template": "{% if %}"}, [("INVALID", "Line 1, column 4: missing expression.", ["template"])]),
        ({"template": "{{ tone }}"}, [unknown("tone", "template")]),
        ({"parameters": None}, [unknown("topic", "parameters")]),
        ({"parameters": {"type": "object"}}, [unknown("topic", "parameters")]),
        (
            {"template": "{{ tone }}{{ size }}", "parameters": PARAMETERS},
            [unknown("tone", "template"), unknown("size", "template")],
        ),
        ({"parameters": {}}, [("INVALID", "Parameters are a JSON Schema of the type 'object'.", ["parameters"])]),
        (
            {"parameters": {"type": "object", "required": "topic"}},
            [("INVALID", 'This is not of type "array".', ["parameters", "required"])],
        ),
        (
            {"objectModel": NOBODY[IdKind.OBJECT_MODEL]},
            [("NOT_FOUND", "There is no such object model.", ["objectModel"])],
        ),
        ({"prompt": NOBODY[IdKind.PROMPT]}, [("NOT_FOUND", "There is no such prompt.", ["prompt"])]),
        (
            {"prompt": NOBODY[IdKind.PROMPT], "name": "A", "expectedVersion": 3},
            [("NOT_FOUND", "There is no such prompt.", ["prompt"])],
        ),
    ],
    ids=range(13),
)
async def test_what_is_refused(
    changes: dict[str, Any],
    errors: list[tuple[str, str, list[str]]],
    data: GraphQL,
    connection: asyncpg.Connection,
) -> None:
    assert await data(UPDATE, input={"prompt": PROMPT, **changes}) == refused(*errors)
    assert await row(connection) == UNCHANGED
    assert await kept(connection) == []


@pytest.mark.parametrize("changes", [{"name": "Rewrite"}, {}], ids=str)
async def test_another_version_than_expected(
    changes: dict[str, Any], data: GraphQL, connection: asyncpg.Connection
) -> None:
    answer = await data(UPDATE, input={"prompt": PROMPT, "expectedVersion": 2, **changes})

    message = "The prompt is at version 1, not 2: it was changed by others."
    error = {"code": "STALE_VERSION", "message": message, "path": ["input", "expectedVersion"]}
    assert answer == {"updatePrompt": {"prompt": BEFORE, "userErrors": [error]}}
    assert await row(connection) == UNCHANGED
    assert await kept(connection) == []


async def test_a_stored_prompt_that_does_not_fit_can_be_renamed(data: GraphQL, connection: asyncpg.Connection) -> None:
    await connection.execute("UPDATE public.prompts SET parameters = NULL")

    renamed = await data(UPDATE, input={"prompt": PROMPT, "name": "Rewrite"})
    filled = await data(UPDATE, input={"prompt": PROMPT, "parameters": PARAMETERS})

    assert renamed["updatePrompt"]["prompt"] == {**BEFORE, "name": "Rewrite", "parameters": None, "version": 2}
    assert filled["updatePrompt"]["prompt"] == {**BEFORE, "name": "Rewrite", "version": 3}


async def test_what_it_said_before_can_be_read(data: GraphQL, connection: asyncpg.Connection) -> None:
    for name in ("Second", "Third"):
        await data(UPDATE, input={"prompt": PROMPT, "name": name})
    second_at = (await kept(connection))[1][5]

    answer = await data(VERSIONS, id=PROMPT)

    text = {"template": TEMPLATE, "parameters": PARAMETERS}
    assert answer["node"] == {
        "version": 3,
        "versions": [
            {"version": 2, "name": "Second", **text, "createdAt": second_at.isoformat()},
            {"version": 1, "name": "Write", **text, "createdAt": START.isoformat()},
        ],
    }


async def test_the_newest_hundred_versions_of_each_come_in_one_statement(
    data: GraphQL, world: World, connection: asyncpg.Connection, statements: list[str]
) -> None:
    for name in ("Shorten", "Answer"):
        await world.prompt(name)
    for name, count in (("Write", 103), ("Shorten", 2)):
        for version in range(1, count + 1):
            await world.insert(
                "public.prompt_versions",
                prompt_id=uuid_of("prompt", name),
                version=version,
                name=f"{name} {version}",
                template="",
                created_at=moment(version),
            )
    statements.clear()

    answer = await data("{ prompts { nodes { name versions { name } } } }")

    versions = {node["name"]: [one["name"] for one in node["versions"]] for node in answer["prompts"]["nodes"]}
    assert versions == {
        "Answer": [],
        "Shorten": ["Shorten 2", "Shorten 1"],
        "Write": [f"Write {version}" for version in range(103, 3, -1)],
    }
    assert sum("prompt_versions" in statement for statement in statements) == 1


async def test_changes_at_once_are_made_one_after_another(data: GraphQL, connection: asyncpg.Connection) -> None:
    names = [f"Name {number}" for number in range(8)]

    answers = await asyncio.gather(*(data(UPDATE, input={"prompt": PROMPT, "name": name}) for name in names))

    assert [answer["updatePrompt"]["userErrors"] for answer in answers] == [[]] * 8
    found = await kept(connection)
    assert [version[0] for version in found] == list(range(1, 9))
    last = (await row(connection))[0]
    assert sorted([version[1] for version in found[1:]] + [last]) == names


async def test_of_changes_of_one_version_at_once_one_is_made(data: GraphQL, connection: asyncpg.Connection) -> None:
    inputs = [{"prompt": PROMPT, "name": f"Name {number}", "expectedVersion": 1} for number in range(4)]

    answers = await asyncio.gather(*(data(UPDATE, input=input_) for input_ in inputs))

    codes = [[error["code"] for error in answer["updatePrompt"]["userErrors"]] for answer in answers]
    assert sorted(codes) == [[], ["STALE_VERSION"], ["STALE_VERSION"], ["STALE_VERSION"]]
    assert (await row(connection))[4] == 2
    assert len(await kept(connection)) == 1


async def test_older_versions_come_when_they_are_asked_for(data: GraphQL, connection: asyncpg.Connection) -> None:
    version = (
        "INSERT INTO public.prompt_versions SELECT $1, n, 'x', 'x', NULL, NULL, now() FROM generate_series(1, 150) n"
    )
    await connection.execute(version, uuid_of("prompt", "Write"))
    query = "query ($id: ID!, $n: Int) { prompt(id: $id) { versions(beforeVersion: $n) { version } } }"

    answers = [await data(query, id=PROMPT, n=before) for before in (None, 51, 3, 1)]

    found = [[one["version"] for one in answer["prompt"]["versions"]] for answer in answers]
    assert found == [[*range(150, 50, -1)], [*range(50, 0, -1)], [2, 1], []]


async def test_a_client_changes_none_and_reads_versions(
    http: AsyncClient, data: GraphQL, world: World, connection: asyncpg.Connection
) -> None:
    key = bearing(await world.key(await world.client()))
    given = {"query": UPDATE, "variables": {"input": {"prompt": PROMPT, "name": "Rewrite"}}}

    body = (await http.post("/graphql", json=given, headers=key)).json()

    assert body["data"] == {"updatePrompt": None}
    assert [error["extensions"]["code"] for error in body["errors"]] == ["FORBIDDEN"]
    assert await row(connection) == UNCHANGED
    await data(UPDATE, input={"prompt": PROMPT, "name": "Rewrite"})
    read = await http.post("/graphql", json={"query": VERSIONS, "variables": {"id": PROMPT}}, headers=key)
    assert [version["name"] for version in read.json()["data"]["node"]["versions"]] == ["Write"]


async def test_a_key_names_one_change(data: GraphQL, connection: asyncpg.Connection) -> None:
    given = {"prompt": PROMPT, "name": "Rewrite", "idempotencyKey": "once"}
    first, again = [await data(UPDATE, input=given) for _ in range(2)]
    other = await data(UPDATE, input={**given, "name": "Shorten"})

    assert first == again == {"updatePrompt": {"prompt": {**BEFORE, "name": "Rewrite", "version": 2}, "userErrors": []}}
    message = "This key came with another input before: it names one change."
    assert other == refused(("IDEMPOTENCY_CONFLICT", message, ["idempotencyKey"]))
    assert len(await kept(connection)) == 1
