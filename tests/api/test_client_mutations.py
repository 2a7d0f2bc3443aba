"""Clients are added and changed, and their keys replaced, by those who may."""

from typing import Any

import asyncpg
import pytest
from conftest import client_of
from httpx import AsyncClient
from logins import AUTHORIZATION
from world import GraphQL, World, uuid_of

from gql_server.config import Config
from gql_server.db.database import Database
from gql_server.schema.ids import IdKind, global_id
from gql_server.services.keys import digest

CREATE = """
mutation ($input: CreateClientInput!) {
  createClient(input: $input) {
    client { name contactEmail projects { totalCount } } apiKey userErrors { code message path }
  }
}
"""
UPDATE = """
mutation ($input: UpdateClientInput!) {
  updateClient(input: $input) { client { name contactEmail } userErrors { code message path } }
}
"""
ROTATE = """
mutation ($input: RotateClientApiKeyInput!) {
  rotateClientApiKey(input: $input) { apiKey userErrors { code message path } }
}
"""
VIEWER = {"query": "{ viewer { kind client { name } } }"}
ROWS = "SELECT name, contact_email, api_key FROM public.clients ORDER BY name"
LONG = "x" * 256
UNSTORABLE = {
    "code": "INVALID",
    "message": "A name has a character that cannot be stored.",
    "path": ["input", "name"],
}
BAD_NAME = {"code": "INVALID", "message": "A name has 1 to 255 characters.", "path": ["input", "name"]}


def bad_address(address: str) -> dict[str, Any]:
    message = f"{address!r} is no address to write to."
    return {"code": "INVALID", "message": message, "path": ["input", "contactEmail"]}


async def viewer_of(http: AsyncClient, key: str) -> Any:
    response = await http.post("/graphql", json=VIEWER, headers={"authorization": f"Bearer {key}"})
    return response.json().get("data", response.status_code)


async def test_a_client_is_added_with_a_key_that_works(
    data: GraphQL, http: AsyncClient, connection: asyncpg.Connection
) -> None:
    answer = await data(CREATE, input={"name": " Acme ", "contactEmail": "a@acme.example"})

    made = answer["createClient"]
    key = made.pop("apiKey")
    assert made == {
        "client": {"name": "Acme", "contactEmail": "a@acme.example", "projects": {"totalCount": 0}},
        "userErrors": [],
    }
    assert [tuple(row) for row in await connection.fetch(ROWS)] == [("Acme", "a@acme.example", digest(key))]
    assert await viewer_of(http, key) == {"viewer": {"kind": "CLIENT", "client": {"name": "Acme"}}}


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
    ids=str,
)
async def test_what_cannot_be_a_client(
    input_: dict[str, str], errors: list[dict[str, Any]], data: GraphQL, connection: asyncpg.Connection
) -> None:
    answer = await data(CREATE, input=input_)

    assert answer["createClient"] == {"client": None, "apiKey": None, "userErrors": errors}
    assert await connection.fetch(ROWS) == []


@pytest.mark.parametrize(
    ("changes", "row"),
    [
        ({}, ("Acme", "acme@example.com")),
        ({"name": "Zenith"}, ("Zenith", "acme@example.com")),
        ({"contactEmail": None}, ("Acme", None)),
        ({"name": "Zenith", "contactEmail": "z@z.example"}, ("Zenith", "z@z.example")),
    ],
    ids=str,
)
async def test_a_client_is_changed_in_what_is_given(
    changes: dict[str, Any], row: tuple[str, str | None], data: GraphQL, world: World, connection: asyncpg.Connection
) -> None:
    id_ = global_id(IdKind.CLIENT, await world.client())

    answer = await data(UPDATE, input={"client": id_, **changes})

    client = {"name": row[0], "contactEmail": row[1]}
    assert answer["updateClient"] == {"client": client, "userErrors": []}
    assert [tuple(record)[:2] for record in await connection.fetch(ROWS)] == [row]


async def test_what_cannot_be_changed(data: GraphQL, world: World, connection: asyncpg.Connection) -> None:
    id_ = global_id(IdKind.CLIENT, await world.client())
    required = {"code": "REQUIRED", "message": "A name cannot be taken away.", "path": ["input", "name"]}
    none = uuid_of("no client")
    missing = {"code": "NOT_FOUND", "message": "There is no such client.", "path": ["input", "client"]}

    for input_, error in (
        ({"client": id_, "name": None}, required),
        ({"client": id_, "name": ""}, BAD_NAME),
        ({"client": id_, "contactEmail": ""}, bad_address("")),
        ({"client": global_id(IdKind.CLIENT, none), "name": "Zenith"}, missing),
    ):
        assert (await data(UPDATE, input=input_))["updateClient"] == {"client": None, "userErrors": [error]}
    assert [tuple(row) for row in await connection.fetch(ROWS)] == [("Acme", "acme@example.com", None)]


async def test_a_key_is_replaced_and_the_old_one_stays_good_for_a_while(config: Config, database: Database) -> None:
    async with client_of(config.model_copy(update={"key_cache_seconds": 0}), database) as http:

        async def rotate(key: str, **input_: object) -> dict[str, Any]:
            body = {"query": ROTATE, "variables": {"input": input_}}
            response = await http.post("/graphql", json=body, headers={"authorization": f"Bearer {key}"})
            return response.json()["data"]["rotateClientApiKey"]

        made = await http.post("/graphql", json={"query": CREATE, "variables": {"input": {"name": "Acme"}}})
        first = made.json()["data"]["createClient"]["apiKey"]
        asked = {"query": "{ viewer { client { id } } }"}
        viewer = await http.post("/graphql", json=asked, headers={"authorization": f"Bearer {first}"})
        id_ = viewer.json()["data"]["viewer"]["client"]["id"]

        # The client itself may, and has both keys then.
        second = (await rotate(first, client=id_))["apiKey"]
        both = [await viewer_of(http, key) for key in (first, second)]
        administrator = AUTHORIZATION["authorization"].removeprefix("Bearer ")
        third = (await rotate(administrator, client=id_, graceHours=0))["apiKey"]
        last = [await viewer_of(http, key) for key in (first, second, third)]
        wrong = [await rotate(third, client=id_, graceHours=hours) for hours in (-1, 8761, 1e300)]

    acme = {"viewer": {"kind": "CLIENT", "client": {"name": "Acme"}}}
    assert both == [acme, acme]
    assert last == [401, 401, acme]
    message = "The grace period has 0 to 8760 hours."
    error = {"code": "INVALID", "message": message, "path": ["input", "graceHours"]}
    assert wrong == [{"apiKey": None, "userErrors": [error]}] * 3


async def test_a_client_may_not_change_clients(http: AsyncClient, world: World, connection: asyncpg.Connection) -> None:
    bearer = {"authorization": f"Bearer {await world.key(await world.client('Acme'))}"}
    other = await world.client("Beacon")
    before = [tuple(row) for row in await connection.fetch(ROWS)]

    async def send(query: str, **input_: object) -> dict[str, Any]:
        body = {"query": query, "variables": {"input": input_}}
        return (await http.post("/graphql", json=body, headers=bearer)).json()

    for query, input_ in (
        (CREATE, {"name": "Zenith"}),
        (UPDATE, {"client": global_id(IdKind.CLIENT, other), "name": "x"}),
    ):
        body = await send(query, **input_)
        assert list(body["data"].values()) == [None]
        [error] = body["errors"]
        assert (error["message"], error["extensions"]) == (
            "This is for the administrator alone.",
            {"code": "FORBIDDEN"},
        )
    for id_ in (other, uuid_of("no client")):
        body = await send(ROTATE, client=global_id(IdKind.CLIENT, id_))
        error = {"code": "NOT_FOUND", "message": "There is no such client.", "path": ["input", "client"]}
        assert body == {"data": {"rotateClientApiKey": {"apiKey": None, "userErrors": [error]}}}
    assert [tuple(row) for row in await connection.fetch(ROWS)] == before


async def test_a_change_is_not_made_by_get(http: AsyncClient, connection: asyncpg.Connection) -> None:
    query = 'mutation { createClient(input: {name: "Acme"}) { apiKey } }'

    response = await http.get("/graphql", params={"query": query})

    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert await connection.fetch(ROWS) == []
