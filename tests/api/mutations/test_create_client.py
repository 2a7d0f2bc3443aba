"""Clients are added, each with a key that is shown once, by the administrator."""

from typing import Any

import asyncpg
import pytest
from httpx import AsyncClient
from logins import bearing
from world import GraphQL, World

from gql_server.services.keys import digest

CREATE = """
mutation ($input: CreateClientInput!) {
  createClient(input: $input) {
    client { name contactEmail projects { totalCount } } apiKey userErrors { code message path }
  }
}
"""
VIEWER = {"query": "{ viewer { kind client { name } } }"}
ROWS = "SELECT name, contact_email, api_key FROM public.clients ORDER BY name"
LONG = "x" * 256
BAD_NAME = {"code": "INVALID", "message": "A name has 1 to 255 characters.", "path": ["input", "name"]}
UNSTORABLE = {**BAD_NAME, "message": "A name has a character that cannot be stored."}


def bad_address(address: str) -> dict[str, Any]:
    message = f"{address!r} is no address to write to."
    return {"code": "INVALID", "message": message, "path": ["input", "contactEmail"]}


async def test_a_client_is_added_with_a_key_that_works(
    data: GraphQL, http: AsyncClient, connection: asyncpg.Connection
) -> None:
    answer = await data(CREATE, input={"name": " Acme ", "contactEmail": " a@acme.example "})

    made = answer["createClient"]
    key = made.pop("apiKey")
    assert made == {
        "client": {"name": "Acme", "contactEmail": "a@acme.example", "projects": {"totalCount": 0}},
        "userErrors": [],
    }
    assert [tuple(row) for row in await connection.fetch(ROWS)] == [("Acme", "a@acme.example", digest(key))]
    viewer = (await http.post("/graphql", json=VIEWER, headers=bearing(key))).json()["data"]["viewer"]
    assert viewer == {"kind": "CLIENT", "client": {"name": "Acme"}}


@pytest.mark.parametrize(
    ("input_", "errors"),
    [
        ({"name": ""}, [BAD_NAME]),
        ({"name": " \t"}, [BAD_NAME]),
        ({"name": LONG}, [BAD_NAME]),
        ({"name": "a\0b"}, [UNSTORABLE]),
        ({"name": "Acme", "contactEmail": ""}, [bad_address("")]),
        ({"name": "Acme", "contactEmail": "nobody"}, [bad_address("nobody")]),
        ({"name": "", "contactEmail": "nobody"}, [BAD_NAME, bad_address("nobody")]),
    ],
    ids=range(7),
)
async def test_what_cannot_be_a_client(
    input_: dict[str, str], errors: list[dict[str, Any]], data: GraphQL, connection: asyncpg.Connection
) -> None:
    answer = await data(CREATE, input=input_)

    assert answer["createClient"] == {"client": None, "apiKey": None, "userErrors": errors}
    assert await connection.fetch(ROWS) == []


async def test_a_client_adds_none(http: AsyncClient, world: World, connection: asyncpg.Connection) -> None:
    key = bearing(await world.key(await world.client("Acme")))
    body = {"query": CREATE, "variables": {"input": {"name": "Zenith"}}}

    answer = (await http.post("/graphql", json=body, headers=key)).json()

    assert answer["data"] == {"createClient": None}
    [error] = answer["errors"]
    assert (error["message"], error["path"], error["extensions"]) == (
        "This is for the administrator alone.",
        ["createClient"],
        {"code": "FORBIDDEN"},
    )
    assert [row["name"] for row in await connection.fetch(ROWS)] == ["Acme"]


async def test_what_fails_leaves_what_is_beside_it(http: AsyncClient, world: World) -> None:
    key = bearing(await world.key(await world.client("Acme")))
    add = 'b: createProject(input: {name: "Garden"}) { project { name } }'
    query = f'mutation {{ a: createClient(input: {{name: "x"}}) {{ apiKey }} {add} }}'

    answer = (await http.post("/graphql", json={"query": query}, headers=key)).json()

    assert answer["data"] == {"a": None, "b": {"project": {"name": "Garden"}}}
    assert [error["path"] for error in answer["errors"]] == [["a"]]


async def test_a_change_is_not_made_by_get(http: AsyncClient, connection: asyncpg.Connection) -> None:
    query = 'mutation { createClient(input: {name: "Acme"}) { apiKey } }'

    response = await http.get("/graphql", params={"query": query})

    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert await connection.fetch(ROWS) == []
