"""A client's key is replaced, by the administrator and by the client itself."""

from typing import Any

import asyncpg
from conftest import client_of
from httpx import AsyncClient
from logins import AUTHORIZATION, bearing
from world import World, uuid_of

from gql_server.config import Config
from gql_server.db.database import Database
from gql_server.schema.ids import IdKind, global_id

ROTATE = """
mutation ($input: RotateClientApiKeyInput!) {
  rotateClientApiKey(input: $input) { apiKey userErrors { code message path } }
}
"""
VIEWER = {"query": "{ viewer { kind client { name } } }"}
ACME = global_id(IdKind.CLIENT, uuid_of("client", "Acme"))
KEYS = "SELECT id, api_key, retired_api_key FROM public.clients ORDER BY id"


async def rotate(http: AsyncClient, key: dict[str, str], **input_: object) -> Any:
    body = {"query": ROTATE, "variables": {"input": input_}}
    return (await http.post("/graphql", json=body, headers=key)).json()["data"]["rotateClientApiKey"]


async def viewer_of(http: AsyncClient, key: str) -> Any:
    response = await http.post("/graphql", json=VIEWER, headers=bearing(key))
    return response.json()["data"]["viewer"] if response.status_code == 200 else response.status_code


async def test_a_key_is_replaced_and_the_old_one_stays_good_for_a_while(
    config: Config, database: Database, world: World
) -> None:
    first = await world.key(await world.client())
    async with client_of(config.model_copy(update={"key_cache_seconds": 0}), database) as http:
        second = (await rotate(http, bearing(first), client=ACME))["apiKey"]
        both = [await viewer_of(http, key) for key in (first, second)]
        third = (await rotate(http, AUTHORIZATION, client=ACME, graceHours=0))["apiKey"]
        last = [await viewer_of(http, key) for key in (first, second, third)]
        wrong = [await rotate(http, bearing(third), client=ACME, graceHours=hours) for hours in (-1, 8761, 1e300)]

    acme = {"kind": "CLIENT", "client": {"name": "Acme"}}
    assert both == [acme, acme]
    assert last == [401, 401, acme]
    message = "The grace period has 0 to 8760 hours."
    error = {"code": "INVALID", "message": message, "path": ["input", "graceHours"]}
    assert wrong == [{"apiKey": None, "userErrors": [error]}] * 3


async def test_another_s_key_is_not_replaced(http: AsyncClient, world: World, connection: asyncpg.Connection) -> None:
    key = bearing(await world.key(await world.client("Acme")))
    beacon = await world.client("Beacon")
    await world.key(beacon)
    before = await connection.fetch(KEYS)

    error = {"code": "NOT_FOUND", "message": "There is no such client.", "path": ["input", "client"]}
    refused = {"apiKey": None, "userErrors": [error]}
    assert await rotate(http, key, client=global_id(IdKind.CLIENT, beacon)) == refused
    assert await rotate(http, key, client=global_id(IdKind.CLIENT, uuid_of("none"))) == refused
    assert await rotate(http, AUTHORIZATION, client=global_id(IdKind.CLIENT, uuid_of("none"))) == refused
    assert await connection.fetch(KEYS) == before
