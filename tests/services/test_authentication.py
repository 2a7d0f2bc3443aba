"""Whose a key is: looked up once, remembered for a while, and noted as used."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

import asyncpg
import pytest
from cachetools import TTLCache
from conftest import config_of
from keys import NOBODYS, end_grace, make_client, replace_key
from logins import ADMIN_KEY
from migration import migrate
from patience import BOUND_SECONDS, PATIENCE_SECONDS
from seed_document import make_shared_tables
from world import World

from gql_server.config import Config
from gql_server.db.database import Database, open_database
from gql_server.db.roles import ADMIN, Role
from gql_server.db.tables.clients import NOTE_USE, NOTE_USE_OF_RETIRED, SELECT_BY_KEY
from gql_server.errors import UnavailableError
from gql_server.services.authentication import ADMINISTRATOR, Authenticator, Viewer
from gql_server.services.clients import revoke_keys
from gql_server.services.keys import digest

Authenticate = Callable[..., Authenticator]


@pytest.fixture
def authenticator(database: Database, config: Config) -> Authenticate:
    """Makes one with other settings."""
    return lambda **settings: Authenticator(config.model_copy(update=settings), database)


async def used_at(connection: asyncpg.Connection, column: str = "api_key_used_at") -> datetime | None:
    return await connection.fetchval(f"SELECT {column} FROM clients")


def test_viewers_have_their_roles() -> None:
    assert ADMINISTRATOR.role == ADMIN
    assert Viewer(UUID(int=7)).role == Role("client", UUID(int=7))


async def test_keys_and_nobody_s(authenticator: Authenticate, world: World) -> None:
    made = await make_client(world)
    knows = authenticator()

    assert await knows.viewer(made.key.text) == Viewer(made.client_id)
    assert await knows.viewer(ADMIN_KEY) == ADMINISTRATOR
    for wrong in (None, "", NOBODYS, digest(made.key.text), made.key.prefix, made.key.text + " ", ADMIN_KEY[:-1]):
        assert await knows.viewer(wrong) is None, wrong


async def test_several_administrators_keys_and_none(database: Database, dsn: str, statements: list[str]) -> None:
    keys = ["a" * 32, "b" * 32]
    knows = Authenticator(config_of(dsn, admin_keys=",".join(keys)), database)
    assert [await knows.viewer(key) for key in [*keys, ADMIN_KEY]] == [ADMINISTRATOR, ADMINISTRATOR, None]
    assert statements.count(SELECT_BY_KEY) == 1

    nobody = Authenticator(config_of(dsn, admin_keys=""), database)
    assert [await nobody.viewer(key) for key in ["", *keys]] == [None, None, None]


async def test_a_lookup_is_remembered(authenticator: Authenticate, world: World, statements: list[str]) -> None:
    made = await make_client(world)
    knows = authenticator(key_cache_seconds=60)
    statements.clear()

    for _ in range(3):
        assert await knows.viewer(made.key.text) == Viewer(made.client_id)
        assert await knows.viewer(NOBODYS) is None

    assert statements.count(SELECT_BY_KEY) == 2
    assert statements.count(NOTE_USE) == 1


async def test_lookups_of_one_key_at_once_are_one(
    authenticator: Authenticate, world: World, statements: list[str]
) -> None:
    made = await make_client(world)
    knows = authenticator()
    statements.clear()

    viewers = await asyncio.gather(*[knows.viewer(made.key.text) for _ in range(50)])

    assert viewers == [Viewer(made.client_id)] * 50
    assert statements.count(SELECT_BY_KEY) == 1


async def test_whoever_asked_first_may_go_away(
    authenticator: Authenticate, world: World, statements: list[str]
) -> None:
    made = await make_client(world)
    knows = authenticator()
    statements.clear()
    first, second = [asyncio.create_task(knows.viewer(made.key.text)) for _ in range(2)]
    await asyncio.sleep(0)

    first.cancel()

    assert await second == Viewer(made.client_id)
    assert first.cancelled()
    assert statements.count(SELECT_BY_KEY) == 1


async def test_nothing_is_remembered_for_no_seconds(
    authenticator: Authenticate, world: World, database: Database, statements: list[str]
) -> None:
    made = await make_client(world)
    knows = authenticator(key_cache_seconds=0)
    statements.clear()

    assert [await knows.viewer(made.key.text) for _ in range(3)] == [Viewer(made.client_id)] * 3
    assert statements.count(SELECT_BY_KEY) == 3
    await revoke_keys(database, made.client_id)
    assert await knows.viewer(made.key.text) is None


async def test_a_revoked_key_stops_in_time(
    authenticator: Authenticate, world: World, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr("gql_server.services.authentication.TTLCache", partial(TTLCache, timer=lambda: now))
    made = await make_client(world)
    knows = authenticator(key_cache_seconds=60)
    assert await knows.viewer(made.key.text) == Viewer(made.client_id)
    await revoke_keys(database, made.client_id)
    now = 59.9
    assert await knows.viewer(made.key.text) == Viewer(made.client_id)

    now = 60.1

    assert await knows.viewer(made.key.text) is None


async def test_a_new_key_works_although_others_were_tried(authenticator: Authenticate, world: World) -> None:
    knows = authenticator(key_cache_seconds=60)
    assert await knows.viewer(NOBODYS) is None

    made = await make_client(world)

    assert await knows.viewer(made.key.text) == Viewer(made.client_id)


async def test_a_replaced_key(authenticator: Authenticate, world: World, connection: asyncpg.Connection) -> None:
    made = await make_client(world)
    second = await replace_key(world, made)
    knows = authenticator(key_cache_seconds=0)
    assert [await knows.viewer(key) for key in (made.key.text, second.text)] == [Viewer(made.client_id)] * 2

    await end_grace(connection)
    assert [await knows.viewer(key) for key in (made.key.text, second.text)] == [None, Viewer(made.client_id)]

    third = await replace_key(world, made, timedelta())
    keys = (made.key.text, second.text, third.text)
    assert [await knows.viewer(key) for key in keys] == [None, None, Viewer(made.client_id)]


async def test_the_key_before_the_last_is_void(authenticator: Authenticate, world: World) -> None:
    made = await make_client(world)
    second, third = [await replace_key(world, made) for _ in range(2)]
    knows = authenticator()

    viewers = [await knows.viewer(key) for key in (made.key.text, second.text, third.text)]

    assert viewers == [None, Viewer(made.client_id), Viewer(made.client_id)]


async def test_use_is_noted_once_a_minute(
    authenticator: Authenticate, world: World, connection: asyncpg.Connection, statements: list[str]
) -> None:
    made = await make_client(world)
    knows = authenticator(key_cache_seconds=0)
    before = datetime.now(UTC)

    await knows.viewer(made.key.text)
    first = await used_at(connection)
    await knows.viewer(made.key.text)
    assert first is not None
    assert timedelta() <= first - before < timedelta(seconds=PATIENCE_SECONDS)
    assert await used_at(connection) == first

    await connection.execute("UPDATE clients SET api_key_used_at = now() - interval '61 seconds'")
    await knows.viewer(made.key.text)
    later = await used_at(connection)
    assert later is not None
    assert later > first
    assert statements.count(NOTE_USE) == 2


async def test_use_is_noted_for_each_key(
    authenticator: Authenticate, world: World, connection: asyncpg.Connection, statements: list[str]
) -> None:
    made = await make_client(world)
    knows = authenticator(key_cache_seconds=0)
    await knows.viewer(made.key.text)
    first = await used_at(connection)

    second = await replace_key(world, made)
    assert await used_at(connection) is None
    assert await used_at(connection, "retired_api_key_used_at") == first

    await connection.execute("UPDATE clients SET retired_api_key_used_at = now() - interval '1 hour'")
    await knows.viewer(made.key.text)
    assert await used_at(connection) is None
    retired = await used_at(connection, "retired_api_key_used_at")
    assert first is not None
    assert retired is not None
    assert retired > first

    await knows.viewer(second.text)
    assert await used_at(connection) is not None
    assert await used_at(connection, "retired_api_key_used_at") == retired
    assert (statements.count(NOTE_USE), statements.count(NOTE_USE_OF_RETIRED)) == (2, 1)


async def test_nobody_waits_to_note_a_use(
    authenticator: Authenticate, world: World, connection: asyncpg.Connection
) -> None:
    made = await make_client(world)

    async with connection.transaction(), asyncio.timeout(BOUND_SECONDS):
        await connection.execute("SELECT FROM clients FOR UPDATE")
        assert await authenticator().viewer(made.key.text) == Viewer(made.client_id)

    assert await used_at(connection) is None


async def test_keys_of_an_adopted_database(empty_dsn: str) -> None:
    keys = {"Plain": "s3cret", "Other": "schlüssel", "Twin": "shared", "Twin too": "shared", "Empty": "", "None": None}
    connection = await asyncpg.connect(empty_dsn)
    await connection.execute("SET ROLE gql_owner")
    await make_shared_tables(connection)
    for name, key in keys.items():
        await connection.execute("INSERT INTO clients (name, api_key) VALUES ($1, $2)", name, key)
    config = config_of(empty_dsn)
    await migrate(config)
    rows = {row["name"]: row for row in await connection.fetch("SELECT id, name, api_key FROM clients")}
    await connection.close()

    async with open_database(config) as database:
        knows = Authenticator(config, database)
        viewers = {name: await knows.viewer(key) for name, key in keys.items()}

    assert {name: row["api_key"] for name, row in rows.items()} == {
        name: digest(key) if key else None for name, key in keys.items()
    }
    assert viewers == {
        "Plain": Viewer(rows["Plain"]["id"]),
        "Other": Viewer(rows["Other"]["id"]),
        "Twin": None,
        "Twin too": None,
        "Empty": None,
        "None": None,
    }


async def test_a_database_that_is_away_is_asked_again(
    database: Database, world: World, config: Config, dsn: str
) -> None:
    made = await make_client(world)
    away = config_of(dsn.replace("/test_", "/no_test_"))
    async with open_database(away) as nothing:
        knows = Authenticator(away, nothing)
        for _ in range(2):
            with pytest.raises(UnavailableError):
                await knows.viewer(made.key.text)
        assert await knows.viewer(ADMIN_KEY) == ADMINISTRATOR

        knows._database = database

        assert await knows.viewer(made.key.text) == Viewer(made.client_id)
