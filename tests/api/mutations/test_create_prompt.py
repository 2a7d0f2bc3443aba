"""A prompt is added by the administrator, once its template can be read and filled in."""

import json
from typing import Any

import asyncpg
import pytest
from httpx import AsyncClient
from logins import bearing
from world import GraphQL, World, uuid_of

from gql_server.schema.ids import IdKind, global_id

CREATE = """
mutation ($input: CreatePromptInput!) {
  createPrompt(input: $input) {
    prompt { name template parameters version objectModel { name } versions { version } }
    userErrors { code message path }
  }
}
"""
ROWS = "SELECT name, template, parameters, object_model_id, version FROM public.prompts ORDER BY name"
PARAMETERS = {"type": "object", "properties": {"topic": {"type": "string"}, "tone": True}, "required": ["topic"]}
GIVEN = {"name": " Write ", "template": " {{ topic }}, {{ tone }} ", "parameters": PARAMETERS}
MADE = {
    "name": "Write",
    "template": " {{ topic }}, {{ tone }} ",
    "parameters": PARAMETERS,
    "version": 1,
    "objectModel": None,
    "versions": [],
}


def refused(*errors: tuple[str, str, list[str]]) -> dict[str, Any]:
    shown = [{"code": code, "message": message, "path": ["input", *path]} for code, message, path in errors]
    return {"createPrompt": {"prompt": None, "userErrors": shown}}


def unknown(name: str) -> tuple[str, str, list[str]]:
    return "INVALID", f"The template names {name!r}, which is no property of the parameters.", ["template"]


async def rows(connection: asyncpg.Connection) -> list[tuple[Any, ...]]:
    return [
        (row["name"], row["template"], json.loads(row["parameters"] or "null"), row["object_model_id"], row["version"])
        for row in await connection.fetch(ROWS)
    ]


async def test_a_prompt_is_added(data: GraphQL, world: World, connection: asyncpg.Connection) -> None:
    article = await world.object_model()

    answer = await data(CREATE, input={**GIVEN, "objectModel": global_id(IdKind.OBJECT_MODEL, article)})

    assert answer == {"createPrompt": {"prompt": {**MADE, "objectModel": {"name": "Article"}}, "userErrors": []}}
    assert await rows(connection) == [("Write", " {{ topic }}, {{ tone }} ", PARAMETERS, article, 1)]


@pytest.mark.parametrize("nothing", [{}, {"parameters": None, "objectModel": None}], ids=str)
@pytest.mark.parametrize(
    "template", ["", "Write.", "{{ metadata.tone }}{% for term in vocabulary %}{{ term }}{% endfor %}"]
)
async def test_a_prompt_needs_no_parameters(
    template: str, nothing: dict[str, Any], data: GraphQL, connection: asyncpg.Connection
) -> None:
    answer = await data(CREATE, input={"name": "x" * 255, "template": template, **nothing})

    made = {**MADE, "name": "x" * 255, "template": template, "parameters": None}
    assert answer == {"createPrompt": {"prompt": made, "userErrors": []}}
    assert await rows(connection) == [("x" * 255, template, None, None, 1)]


BAD_NAME = ("INVALID", "A name has 1 to 255 characters.", ["name"])
BAD_PARAMETERS = ("INVALID", "Parameters are a JSON object of 100000 characters at the most.", ["parameters"])
NO_OBJECT = ("INVALID", "Parameters are a JSON Schema of the type 'object'.", ["parameters"])


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        ({"name": ""}, [BAD_NAME]),
        ({"name": "x" * 256}, [BAD_NAME]),
        ({"template": "\0"}, [("INVALID", "A template has a character that cannot be stored.", ["template"])]),
        (
            {"template": "{{ topic"},
            [("INVALID", "Line 1, column 1: expected '}}', found end of file.", ["template"])],
        ),
        (
            {"template": "x" * 100_001},
            [("INVALID", "A template has 100000 characters at the most.", ["template"])],
        ),
        ({"template": "{{ topic }} {{ price }} {% if size %}{% endif %}"}, [unknown("price"), unknown("size")]),
        ({"parameters": None}, [unknown("topic"), unknown("tone")]),
        ({"parameters": {"type": "object"}}, [unknown("topic"), unknown("tone")]),
        ({"parameters": []}, [BAD_PARAMETERS]),
        ({"parameters": "object"}, [BAD_PARAMETERS]),
        ({"parameters": {"properties": PARAMETERS["properties"]}}, [NO_OBJECT]),
        ({"parameters": {"type": ["object", "null"]}}, [NO_OBJECT]),
        (
            {"parameters": {"type": "object", "properties": {"topic": {"type": "text"}}}},
            [("INVALID", "This is no type of JSON.", ["parameters", "properties", "topic", "type"])],
        ),
        (
            {"objectModel": global_id(IdKind.OBJECT_MODEL, uuid_of("none"))},
            [("NOT_FOUND", "There is no such object model.", ["objectModel"])],
        ),
        (
            {"name": " ", "template": "{% if %}", "parameters": 1},
            [BAD_NAME, ("INVALID", "Line 1, column 4: missing expression.", ["template"]), BAD_PARAMETERS],
        ),
    ],
    ids=range(15),
)
async def test_what_is_none(
    given: dict[str, Any], errors: list[tuple[str, str, list[str]]], data: GraphQL, connection: asyncpg.Connection
) -> None:
    assert await data(CREATE, input={**GIVEN, **given}) == refused(*errors)
    assert await rows(connection) == []


async def test_a_client_adds_none(http: AsyncClient, world: World, connection: asyncpg.Connection) -> None:
    key = bearing(await world.key(await world.client()))

    body = (await http.post("/graphql", json={"query": CREATE, "variables": {"input": GIVEN}}, headers=key)).json()

    assert body["data"] == {"createPrompt": None}
    assert [error["extensions"]["code"] for error in body["errors"]] == ["FORBIDDEN"]
    assert await rows(connection) == []


async def test_a_key_names_one(data: GraphQL, connection: asyncpg.Connection) -> None:
    first, again = [await data(CREATE, input={**GIVEN, "idempotencyKey": "once"}) for _ in range(2)]
    other = await data(CREATE, input={**GIVEN, "name": "Shorten", "idempotencyKey": "once"})

    assert first == again == {"createPrompt": {"prompt": MADE, "userErrors": []}}
    message = "This key came with another input before: it names one change."
    assert other == refused(("IDEMPOTENCY_CONFLICT", message, ["idempotencyKey"]))
    assert len(await rows(connection)) == 1
