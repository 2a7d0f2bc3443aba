"""Making clients and replacing their keys, as PostgreSQL keeps them."""

import re
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from doctoring import examine
from keys import HOUR, make_client, replace_key
from patience import PATIENCE_SECONDS
from world import World, uuid_of

from gql_server.config import Config
from gql_server.db.database import Database
from gql_server.db.tables import clients as table
from gql_server.errors import UnavailableError, UserError, UserErrorCode, UserErrors
from gql_server.services.clients import create_client, list_keys, revoke_keys, rotate_key
from gql_server.services.keys import digest, generate
from gql_server.services.writer import Writer

KEY = re.compile(r"gqls_[0-9a-f]{8}_[0-9a-f]{64}")
NOBODY = uuid_of("client", "nobody")


def test_a_key() -> None:
    keys = [generate() for _ in range(100)]

    assert all(KEY.fullmatch(key.text) for key in keys)
    assert all(key.text.startswith(f"{key.prefix}_") and len(key.prefix) == 13 for key in keys)
    assert len({key.text for key in keys}) == len({key.prefix for key in keys}) == 100


def test_a_digest() -> None:
    # The digests of RFC 6234's first test and of nothing.
    assert digest("abc") == "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert digest("") == "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert len(digest("\udcff")) == 71


async def test_a_client_is_made_with_its_role_and_its_key(
    database: Database, config: Config, connection: asyncpg.Connection
) -> None:
    made = await create_client(Writer(database), name="Acme", contact_email="it@acme.example")

    row = await connection.fetchrow("SELECT * FROM clients")
    assert row is not None
    assert (row["id"], row["name"], row["contact_email"], row["api_key"], row["api_key_prefix"]) == (
        made.client_id,
        "Acme",
        "it@acme.example",
        digest(made.key.text),
        made.key.prefix,
    )
    assert made.key.text not in str(dict(row))
    assert await examine(config) == []


async def test_a_client_that_cannot_have_a_role_is_not_made(database: Database, connection: asyncpg.Connection) -> None:
    clients = await connection.fetchval("SELECT public.role_name('clients')")
    await connection.execute(f"RESET ROLE; DROP OWNED BY {clients}; DROP ROLE {clients}")

    with pytest.raises(UnavailableError, match=r"^The database is not set up for this server; try again later\.$"):
        await create_client(Writer(database), name="Acme")

    assert await connection.fetchval("SELECT count(*) FROM clients") == 0


async def test_what_is_known_of_keys(database: Database, world: World) -> None:
    before = datetime.now(UTC)
    plain, replaced, revoked = [await make_client(world, name) for name in ("Plain", "Replaced", "Revoked")]
    second = await replace_key(world, replaced)
    await revoke_keys(database, revoked.client_id)

    rows = {row.name: row for row in await list_keys(database)}

    assert list(rows) == ["Plain", "Replaced", "Revoked"]
    assert rows["Plain"][2:] == (True, plain.key.prefix, None, None, None)
    assert rows["Replaced"][2:6] == (True, second.prefix, None, None)
    until = rows["Replaced"].retired_expires_at
    assert until is not None
    assert timedelta() <= until - before - HOUR < timedelta(seconds=PATIENCE_SECONDS)
    assert rows["Revoked"][2:] == (False, None, None, None, None)


async def test_a_client_without_a_key_gets_one(
    database: Database, world: World, connection: asyncpg.Connection
) -> None:
    made = await make_client(world)
    await revoke_keys(database, made.client_id)

    key = (await rotate_key(Writer(database), made.client_id, HOUR)).key

    row = await connection.fetchrow("SELECT api_key, retired_api_key, retired_api_key_expires_at FROM clients")
    assert row is not None
    assert tuple(row) == (digest(key.text), None, None)


async def test_revoking_takes_the_key_in_its_grace_period_too(
    database: Database, world: World, connection: asyncpg.Connection
) -> None:
    made = await make_client(world)
    await replace_key(world, made)

    await revoke_keys(database, made.client_id)

    row = await connection.fetchrow(
        "SELECT api_key, api_key_prefix, retired_api_key, retired_api_key_expires_at FROM clients"
    )
    assert row is not None
    assert tuple(row) == (None, None, None, None)


async def test_only_the_client_that_is_meant_is_changed(
    database: Database, world: World, connection: asyncpg.Connection
) -> None:
    acme, tea = await make_client(world, "Acme"), await make_client(world, "Tea")

    await replace_key(world, acme)
    await revoke_keys(database, acme.client_id)

    assert await connection.fetchval("SELECT api_key FROM clients WHERE id = $1", tea.client_id) == tea.key.digest


async def test_a_client_that_is_not_there(database: Database) -> None:
    for work in (rotate_key(Writer(database), NOBODY, HOUR), revoke_keys(database, NOBODY)):
        with pytest.raises(UserErrors) as caught:
            await work
        assert caught.value.errors == (UserError(UserErrorCode.NOT_FOUND, "There is no such client.", ("client",)),)


async def test_a_key_as_it_is_does_not_get_into_the_database(connection: asyncpg.Connection, world: World) -> None:
    made = await make_client(world)

    for column in ("api_key", "retired_api_key"):
        with pytest.raises(asyncpg.CheckViolationError):
            await connection.execute(f"UPDATE clients SET {column} = $1", made.key.text)
    assert table.ClientKeysRow._fields == (
        "id",
        "name",
        "has_key",
        "prefix",
        "used_at",
        "retired_used_at",
        "retired_expires_at",
    )
