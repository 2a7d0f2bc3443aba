"""Waiting for a database, and refusing an address or a version."""

import socket
import time

import asyncpg
import pytest
from conftest import config_of
from patience import BOUND_SECONDS

from gql_server.config import Config
from gql_server.db.database import Database
from gql_server.db.health import check_ready, check_version, wait_for_database
from gql_server.db.migrations import latest_version
from gql_server.errors import SettingError, StartError, UnavailableError

SHARED = latest_version("public")

NOT_AN_ADDRESS = (
    "GQL_SERVER_DATABASE_URL is wrong: its host and port cannot be read; "
    "in a user's name or password, write @ as %40, : as %3A and / as %2F."
)


@pytest.mark.parametrize(
    "address",
    ["user:pass/word@localhost/x", "user@localhost:port/x", "user@127.0.0.1:65536/x", "user@[::1/x", f"{'a' * 64}/x"],
)
async def test_an_address_that_cannot_be_read_is_refused_at_once_and_kept_secret(address: str) -> None:
    with pytest.raises(SettingError) as caught:
        await wait_for_database(config_of(f"postgresql://{address}"))

    assert str(caught.value) == NOT_AN_ADDRESS


async def test_an_option_that_is_wrong_is_refused_at_once() -> None:
    with pytest.raises(SettingError) as caught:
        await wait_for_database(config_of("postgresql://localhost/x?sslmode=some"))

    assert str(caught.value) == (
        "GQL_SERVER_DATABASE_URL is wrong: `sslmode` parameter must be one of: "
        "disable, allow, prefer, require, verify-ca, verify-full."
    )


async def test_a_database_that_does_not_exist_yet_is_waited_for(dsn: str) -> None:
    config = config_of(dsn.replace("/test_", "/no_test_"), database_wait_seconds=0.2)

    assert await refusal(config) == (
        f'The database cannot be reached: database "no_{dsn.partition("?")[0].rpartition("/")[2]}" does not exist. '
        "Gave up after 0.2 seconds."
    )


async def test_a_server_that_does_not_answer_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"postgresql://user@127.0.0.1:{silent.getsockname()[1]}/x"
        started = time.monotonic()
        message = await refusal(config_of(address, connect_timeout_seconds=0.2, database_wait_seconds=0))

    assert time.monotonic() - started < BOUND_SECONDS
    assert message == "The database cannot be reached: it did not answer within 0.2 seconds. Gave up after 0 seconds."


async def test_a_database_that_comes_up_is_taken(config: Config) -> None:
    await wait_for_database(config)


async def test_older_and_current_versions_may_start(dsn: str, empty_dsn: str, connection: asyncpg.Connection) -> None:
    await check_version(config_of(empty_dsn))
    await check_version(config_of(dsn))
    await connection.execute("DELETE FROM schema_migrations")
    await check_version(config_of(dsn))


async def test_a_newer_version_may_not(config: Config, connection: asyncpg.Connection) -> None:
    await connection.execute(f"INSERT INTO schema_migrations VALUES ({SHARED + 1}, 'later', '')")

    with pytest.raises(StartError) as caught:
        await check_version(config)

    assert str(caught.value) == (
        f"The database is at version {SHARED + 1}, newer than this gql-server, which knows {SHARED}: "
        "use the gql-server that migrated it, or a newer one."
    )


async def test_a_version_that_cannot_be_read_is_a_sentence(config: Config, connection: asyncpg.Connection) -> None:
    await connection.execute("ALTER TABLE schema_migrations RENAME COLUMN version TO number")

    with pytest.raises(StartError) as caught:
        await check_version(config)

    assert str(caught.value) == 'The database\'s version cannot be read: column "version" does not exist.'


async def test_ready_means_migrated(database: Database, connection: asyncpg.Connection) -> None:
    await check_ready(database)

    for change, version in [
        (f"DELETE FROM schema_migrations WHERE version = {SHARED}", SHARED - 1),
        ("DELETE FROM schema_migrations", 0),
        (f"INSERT INTO schema_migrations VALUES ({SHARED + 1}, 'later', '')", SHARED + 1),
    ]:
        await connection.execute(change)
        with pytest.raises(UnavailableError) as caught:
            await check_ready(database)
        assert caught.value.message == f"The database is at version {version}, and this server reads {SHARED}."


async def refusal(config: Config) -> str:
    with pytest.raises(StartError) as caught:
        await wait_for_database(config)
    return str(caught.value)
