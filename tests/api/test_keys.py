"""Keys over HTTP: what a good one gets, and that all others get the same."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any, NamedTuple

import asyncpg
import httpx
import pytest
from conftest import client_of, config_of
from httpx import AsyncClient
from keys import NOBODYS, end_grace, make_client, replace_key
from logins import ADMIN_KEY
from world import World

from gql_server.config import Config
from gql_server.db.database import Database, open_database
from gql_server.services.clients import NewKey, revoke_keys
from gql_server.services.keys import Key, digest

VIEWER = "{ viewer { kind client { name } } }"
REFUSED = {
    "errors": [
        {
            "message": "This request needs a key that is good: send it as `Authorization: Bearer gqls_…`.",
            "extensions": {"code": "UNAUTHENTICATED"},
        }
    ]
}


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


class Cast(NamedTuple):
    """A client with a current and a retired key, and keys that were somebody's."""

    client: NewKey
    current: Key
    revoked: Key
    expired: Key


@pytest.fixture
async def cast(world: World, database: Database, connection: asyncpg.Connection) -> Cast:
    lapsed = await make_client(world, "Lapsed")
    await replace_key(world, lapsed)
    await end_grace(connection)
    revoked = await make_client(world, "Revoked")
    await revoke_keys(database, revoked.client_id)
    acme = await make_client(world, "Acme")
    return Cast(acme, await replace_key(world, acme), revoked.key, lapsed.key)


@pytest.fixture
async def bare(config: Config, database: Database) -> AsyncGenerator[AsyncClient]:
    """A client that sends no key by itself."""
    async with client_of(config.model_copy(update={"key_cache_seconds": 0}), database) as client:
        del client.headers["authorization"]
        yield client


async def ask(client: AsyncClient, headers: Any, method: str = "POST", query: str = VIEWER) -> httpx.Response:
    pairs = list(headers.items()) if isinstance(headers, dict) else headers
    if method == "GET":
        return await client.get(
            "/graphql", params={"query": query}, headers=[*pairs, ("content-type", "application/json")]
        )
    return await client.post("/graphql", json={"query": query}, headers=pairs)


async def who(client: AsyncClient, key: str) -> Any:
    """The answer's viewer, or the code of its error."""
    answer = (await ask(client, bearer(key))).json()
    return answer["errors"][0]["extensions"]["code"] if "errors" in answer else answer["data"]["viewer"]


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_all_that_is_no_key_gets_the_same(method: str, bare: AsyncClient, cast: Cast) -> None:
    good = cast.current.text
    refused: dict[str, Any] = {
        "none": {},
        "wrong": bearer(NOBODYS),
        "empty header": {"authorization": ""},
        "empty key": {"authorization": "Bearer "},
        "scheme alone": {"authorization": "Bearer"},
        "key alone": {"authorization": good},
        "Basic": {"authorization": "Basic dXNlcjpwYXNzd29yZA=="},
        "Basic with a key": {"authorization": f"Basic {good}"},
        "a tab for a space": {"authorization": f"Bearer\t{good}"},
        "two": [("authorization", f"Bearer {good}"), ("authorization", f"Bearer {good}")],
        "two in one": bearer(f"{good}, Bearer {good}"),
        "two in one, shorter": bearer(f"{good},{good}"),
        "more behind it": bearer(f"{good} x"),
        "quoted": bearer(f'"{good}"'),
        "revoked": bearer(cast.revoked.text),
        "expired": bearer(cast.expired.text),
        "the digest": bearer(digest(good)),
        "the digest's digits": bearer(digest(good).removeprefix("sha256:")),
        "its prefix": bearer(cast.current.prefix),
        "in capitals": bearer(good.upper()),
        "a part of the administrator's": bearer(ADMIN_KEY[:-1]),
        "very long": bearer("x" * 100_000),
        "UTF-8": [(b"authorization", "Bearer schlüssel".encode())],
        "Latin-1": [(b"authorization", b"Bearer schl\xfcssel")],
        "bytes": [(b"authorization", b"Bearer \xff\xfe\x80")],
        "SQL": bearer("' OR true --"),
    }

    answers = {name: await ask(bare, headers, method) for name, headers in refused.items()}

    assert {name: (answer.status_code, answer.json()) for name, answer in answers.items()} == dict.fromkeys(
        refused, (401, REFUSED)
    )
    assert {answer.headers["www-authenticate"] for answer in answers.values()} == {"Bearer"}
    assert len({answer.content for answer in answers.values()}) == 1


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_who_asks(method: str, bare: AsyncClient, cast: Cast) -> None:
    acme = {"data": {"viewer": {"kind": "CLIENT", "client": {"name": "Acme"}}}}
    admin = {"data": {"viewer": {"kind": "ADMIN", "client": None}}}

    assert (await ask(bare, bearer(cast.current.text), method)).json() == acme
    assert (await ask(bare, bearer(cast.client.key.text), method)).json() == acme
    assert (await ask(bare, {"authorization": f"bEARER  {cast.current.text} "}, method)).json() == acme
    assert (await ask(bare, bearer(ADMIN_KEY), method)).json() == admin


async def test_a_refusal_comes_before_the_body_is_read(bare: AsyncClient) -> None:
    response = await bare.post("/graphql", content=b"{", headers={"content-type": "application/json"})

    assert (response.status_code, response.json()) == (401, REFUSED)


async def test_a_refusal_in_the_media_type_that_is_asked_for(bare: AsyncClient) -> None:
    response = await ask(bare, {"accept": "application/graphql-response+json"})

    assert (response.status_code, response.json()) == (401, REFUSED)
    assert response.headers["content-type"] == "application/graphql-response+json; charset=utf-8"


async def test_what_needs_no_key(bare: AsyncClient) -> None:
    assert [(await bare.get(path)).status_code for path in ("/healthz", "/readyz")] == [200, 200]


async def test_several_administrators_keys(database: Database, dsn: str) -> None:
    first, second = "f" * 32, "s" * 40
    async with client_of(config_of(dsn, admin_keys=f" {first}, {second},"), database) as client:
        admin = {"kind": "ADMIN", "client": None}
        assert [await who(client, key) for key in (first, second)] == [admin, admin]
        assert await who(client, f"{first},{second}") == await who(client, ADMIN_KEY) == "UNAUTHENTICATED"


async def test_keys_beyond_ascii(database: Database, connection: asyncpg.Connection, world: World, dsn: str) -> None:
    """An adopted key or one that an administrator chose may be any text; it is sent in UTF-8."""
    await make_client(world)
    await connection.execute("UPDATE clients SET api_key = $1", digest("schlüssel à"))
    admin = "ключ-администратора-в-тестах-этого-сервера"
    async with client_of(config_of(dsn, admin_keys=admin), database) as client:
        kinds = [
            (await ask(client, [(b"authorization", f"Bearer {key}".encode())])).json()["data"]["viewer"]["kind"]
            for key in ("schlüssel à", admin)
        ]

    assert kinds == ["CLIENT", "ADMIN"]


async def test_a_replaced_key(bare: AsyncClient, cast: Cast, connection: asyncpg.Connection, world: World) -> None:
    acme = {"kind": "CLIENT", "client": {"name": "Acme"}}
    keys = [cast.client.key.text, cast.current.text]
    assert [await who(bare, key) for key in keys] == [acme, acme]

    await end_grace(connection)
    assert [await who(bare, key) for key in keys] == ["UNAUTHENTICATED", acme]

    newest = await replace_key(world, cast.client, timedelta())
    assert [await who(bare, key) for key in [*keys, newest.text]] == ["UNAUTHENTICATED", "UNAUTHENTICATED", acme]


async def test_a_revoked_key_stops_in_time(database: Database, dsn: str, cast: Cast) -> None:
    async with client_of(config_of(dsn, key_cache_seconds=0.3), database) as client:
        acme = {"kind": "CLIENT", "client": {"name": "Acme"}}
        assert await who(client, cast.current.text) == acme
        await revoke_keys(database, cast.client.client_id)

        await asyncio.sleep(0.35)

        assert await who(client, cast.current.text) == "UNAUTHENTICATED"


async def test_a_database_that_is_away_is_not_taken_for_a_wrong_key(dsn: str) -> None:
    config = config_of(dsn.replace("/test_", "/no_test_"))
    async with open_database(config) as nothing, client_of(config, nothing) as client:
        for key in (NOBODYS, ADMIN_KEY):
            for method in ("POST", "GET"):
                answer = (await ask(client, bearer(key), method, "{ projects { nodes { name } } }")).json()
                [error] = answer["errors"]
                assert error["message"] == "The database is unavailable; try again later."
                assert error["extensions"] == {"code": "UNAVAILABLE"}


async def test_a_client_without_a_role_is_told_to_the_operator(
    database: Database, dsn: str, cast: Cast, connection: asyncpg.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    role = await connection.fetchval("SELECT public.role_name('client', $1)", cast.client.client_id)
    await connection.execute(f"DROP ROLE {role}")

    async with client_of(config_of(dsn, log_level="warning"), database) as client:
        response = await ask(client, bearer(cast.current.text), query="{ projects { nodes { name } } }")

    [error] = response.json()["errors"]
    assert error["message"] == "The database is not set up for this server; try again later."
    assert error["extensions"] == {"code": "UNAVAILABLE"}
    assert response.json()["data"] is None
    log = capsys.readouterr().err
    assert "gql-server doctor" in log
    assert f'role "{role}" does not exist' in log
