"""An object model is added by the administrator, once its structure is one."""

import json
from typing import Any

import asyncpg
import pytest
from httpx import AsyncClient
from logins import bearing
from world import GraphQL, World

CREATE = """
mutation ($input: CreateObjectModelInput!) {
  createObjectModel(input: $input) {
    objectModel { name version structure description warnings { pointer message } }
    userErrors { code message path }
  }
}
"""
ROWS = "SELECT name, version, structure, description FROM public.object_models ORDER BY name, version"
STRUCTURE = {
    "type": "object",
    "properties": {"title": {"type": "string"}, "tags": {"type": "array", "uniqueItems": True}},
    "required": ["title"],
    "additionalProperties": False,
}
WARNINGS = [
    {"pointer": "/properties/tags", "message": "The property may be missing: it is not 'required'."},
    {"pointer": "/properties/tags/uniqueItems", "message": "'uniqueItems' is refused or passed over."},
]
GIVEN = {"name": " Article ", "version": " 1.0.0 ", "structure": STRUCTURE, "description": "For\nblogs. "}
MADE = {
    "name": "Article",
    "version": "1.0.0",
    "structure": STRUCTURE,
    "description": "For\nblogs. ",
    "warnings": WARNINGS,
}


def refused(*errors: tuple[str, str, list[str]]) -> dict[str, Any]:
    shown = [{"code": code, "message": message, "path": ["input", *path]} for code, message, path in errors]
    return {"createObjectModel": {"objectModel": None, "userErrors": shown}}


async def rows(connection: asyncpg.Connection) -> list[tuple[Any, ...]]:
    return [
        (row["name"], row["version"], json.loads(row["structure"]), row["description"])
        for row in await connection.fetch(ROWS)
    ]


async def test_an_object_model_is_added(data: GraphQL, connection: asyncpg.Connection) -> None:
    answer = await data(CREATE, input=GIVEN)

    assert answer == {"createObjectModel": {"objectModel": MADE, "userErrors": []}}
    assert await rows(connection) == [("Article", "1.0.0", STRUCTURE, "For\nblogs. ")]


@pytest.mark.parametrize("description", [{}, {"description": None}, {"description": ""}], ids=str)
async def test_an_object_model_needs_no_description(
    description: dict[str, Any], data: GraphQL, connection: asyncpg.Connection
) -> None:
    given = {"name": "x" * 255, "version": "1" * 50, "structure": {}, **description}

    answer = await data(CREATE, input=given)

    expected = description.get("description")
    made = answer["createObjectModel"]["objectModel"]
    assert made == {
        **given,
        "description": expected,
        "warnings": [{"pointer": "", "message": "The whole is no object."}],
    }
    assert await rows(connection) == [("x" * 255, "1" * 50, {}, expected)]


BAD_NAME = ("INVALID", "A name has 1 to 255 characters.", ["name"])
BAD_VERSION = ("INVALID", "A version has 1 to 50 characters.", ["version"])
BAD_STRUCTURE = ("INVALID", "A structure is a JSON object of 100000 characters at the most.", ["structure"])
NO_TYPE = "This is no type of JSON."
OUT = "This leads out of the structure, and nothing is fetched: a reference begins with '#'."
SLOW = "This is no pattern that is found in linear time: one without look-around and back-references."


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        ({"name": " "}, [BAD_NAME]),
        ({"name": "x" * 256}, [BAD_NAME]),
        ({"name": "a\0b"}, [("INVALID", "A name has a character that cannot be stored.", ["name"])]),
        ({"version": ""}, [BAD_VERSION]),
        ({"version": "1" * 51}, [BAD_VERSION]),
        ({"description": "\0"}, [("INVALID", "A description has a character that cannot be stored.", ["description"])]),
        ({"structure": []}, [BAD_STRUCTURE]),
        ({"structure": True}, [BAD_STRUCTURE]),
        ({"structure": "{}"}, [BAD_STRUCTURE]),
        ({"structure": {"title": "x" * 100_000}}, [BAD_STRUCTURE]),
        (
            {"structure": {"properties": {"a": {"type": "text"}, "b/c": {"anyOf": [{}, {"minimum": "1"}]}}}},
            [
                ("INVALID", NO_TYPE, ["structure", "properties", "a", "type"]),
                (
                    "INVALID",
                    'This is not of type "number".',
                    ["structure", "properties", "b/c", "anyOf", "1", "minimum"],
                ),
            ],
        ),
        (
            {"structure": {"$ref": "http://127.0.0.1:1/", "pattern": "(?=a)"}},
            [("INVALID", SLOW, ["structure", "pattern"]), ("INVALID", OUT, ["structure", "$ref"])],
        ),
        (
            {"structure": {"$schema": "http://json-schema.org/draft-07/schema#"}},
            [
                (
                    "INVALID",
                    "This is to be JSON Schema 2020-12: 'https://json-schema.org/draft/2020-12/schema'.",
                    ["structure", "$schema"],
                )
            ],
        ),
        (
            {"name": "", "version": "", "structure": {"type": "x"}},
            [BAD_NAME, BAD_VERSION, ("INVALID", NO_TYPE, ["structure", "type"])],
        ),
    ],
    ids=range(14),
)
async def test_what_is_none(
    given: dict[str, Any], errors: list[tuple[str, str, list[str]]], data: GraphQL, connection: asyncpg.Connection
) -> None:
    assert await data(CREATE, input={**GIVEN, **given}) == refused(*errors)
    assert await rows(connection) == []


async def test_a_structure_that_is_nested_too_deeply(data: GraphQL, connection: asyncpg.Connection) -> None:
    structure: dict[str, Any] = {}
    for _ in range(100):
        structure = {"items": structure}

    answer = await data(CREATE, input={**GIVEN, "structure": structure})

    assert answer == refused(("INVALID", "This is nested more than 100 levels deep.", ["structure"]))
    assert await rows(connection) == []


async def test_a_name_has_a_version_once(data: GraphQL, connection: asyncpg.Connection) -> None:
    await data(CREATE, input=GIVEN)

    again = await data(CREATE, input={**GIVEN, "structure": {}})
    other = await data(CREATE, input={**GIVEN, "version": "1.0.1"})

    message = "There is an object model with this name and version already."
    assert again == refused(("CONFLICT", message, ["version"]))
    assert other["createObjectModel"]["userErrors"] == []
    assert [row[:3] for row in await rows(connection)] == [
        ("Article", "1.0.0", STRUCTURE),
        ("Article", "1.0.1", STRUCTURE),
    ]


async def test_a_client_adds_none(http: AsyncClient, world: World, connection: asyncpg.Connection) -> None:
    key = bearing(await world.key(await world.client()))

    body = (await http.post("/graphql", json={"query": CREATE, "variables": {"input": GIVEN}}, headers=key)).json()

    assert body["data"] == {"createObjectModel": None}
    assert [(error["message"], error["extensions"]["code"]) for error in body["errors"]] == [
        ("This is for the administrator alone.", "FORBIDDEN")
    ]
    assert await rows(connection) == []


async def test_a_key_names_one(data: GraphQL, connection: asyncpg.Connection) -> None:
    first, again = [await data(CREATE, input={**GIVEN, "idempotencyKey": "once"}) for _ in range(2)]
    other = await data(CREATE, input={**GIVEN, "version": "2", "idempotencyKey": "once"})

    assert first == again == {"createObjectModel": {"objectModel": MADE, "userErrors": []}}
    message = "This key came with another input before: it names one change."
    assert other == refused(("IDEMPOTENCY_CONFLICT", message, ["idempotencyKey"]))
    assert len(await rows(connection)) == 1
