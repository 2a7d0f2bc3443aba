"""Migrations beside each other, beside readers, and on connections that break."""

import asyncio
from collections.abc import AsyncGenerator, Callable

import asyncpg
import pytest
from catalog import read_ledger, read_storage
from conftest import config_of
from migration import Outcome, migrate
from patience import PATIENCE_SECONDS
from pydantic import SecretStr
from seed_document import make_project, make_shared_tables, underscored
from world import uuid_of

from gql_server.config import Config
from gql_server.db import migrate as module
from gql_server.db.migrate import SchemaState, migrator, versions
from gql_server.db.migrations import latest_version
from gql_server.errors import StartError

PROJECT = latest_version("project")
NAMES = [f"Project {number}" for number in range(6)]
IDS = [uuid_of("project", name) for name in NAMES]

MIGRATING = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'BEGIN;%'"
WAITING = f"{MIGRATING} AND wait_event_type = 'Lock'"


@pytest.fixture
def dsn(empty_dsn: str) -> str:
    return empty_dsn


@pytest.fixture
async def connection(connection: asyncpg.Connection) -> asyncpg.Connection:
    """The database has six projects, made with the document's tables."""
    await make_shared_tables(connection)
    for id_, name in zip(IDS, NAMES, strict=True):
        await make_project(connection, id_, name)
    return connection


@pytest.fixture
async def reader(dsn: str, connection: asyncpg.Connection) -> AsyncGenerator[asyncpg.Connection]:
    """A second session, inside a snapshot that has read nothing yet."""
    reader = await asyncpg.connect(dsn)
    await reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1")
    yield reader
    await reader.close()


async def test_projects_are_migrated_beside_each_other(
    config: Config, connection: asyncpg.Connection, reader: asyncpg.Connection
) -> None:
    await migrate(config, project_ids=[])
    await reader.execute(f"LOCK TABLE {underscored(IDS[0])}.contents")
    done: list[SchemaState] = []

    async with migrator(config, lambda: None) as run:
        running = asyncio.create_task(run.migrate_projects(await run.project_states(None), 2, done.append))
        await until(lambda: len(done) == len(IDS) - 1)
        await reader.execute("ROLLBACK")
        await running

    assert [state.title for state in done] == [*NAMES[1:], NAMES[0]]
    assert {(state.version, state.problem) for state in done} == {(PROJECT, None)}


async def test_a_second_run_waits_and_then_finds_nothing_to_do(config: Config, connection: asyncpg.Connection) -> None:
    waits = asyncio.Event()

    async def second() -> list[int]:
        async with migrator(config, waits.set) as run:
            states = [await run.shared_state(), *await run.project_states(None)]
            return [len(state.pending) for state in states]

    async with migrator(config, lambda: pytest.fail("Nobody else has the lock.")) as first:
        waiting = asyncio.create_task(second())
        await asyncio.wait_for(waits.wait(), PATIENCE_SECONDS)
        await first.migrate_shared(await first.shared_state())
        await first.migrate_projects(await first.project_states(None), 2, lambda _: None)
        assert not waiting.done()

    assert await waiting == [0] * (1 + len(IDS))


async def test_the_wait_for_another_run_outlasts_the_roles_own_limits(
    config: Config, connection: asyncpg.Connection
) -> None:
    await connection.execute(f"ALTER DATABASE {await name_of(connection)} SET statement_timeout = '1s'")
    await connection.execute(f"ALTER DATABASE {await name_of(connection)} SET lock_timeout = '1s'")
    waits = asyncio.Event()

    async def second() -> str:
        async with migrator(config, waits.set):
            return "has the lock"

    async with migrator(config, lambda: None):
        waiting = asyncio.create_task(second())
        await asyncio.wait_for(waits.wait(), PATIENCE_SECONDS)
        await asyncio.sleep(1.5)

    assert await waiting == "has the lock"


async def test_versions_are_shown_while_a_migration_runs(config: Config, connection: asyncpg.Connection) -> None:
    async with migrator(config, lambda: None), versions(config) as now:
        states = [await now.shared_state(), *await now.project_states(None)]

    assert [state.version for state in states] == [0] * (1 + len(IDS))


async def test_a_reader_with_an_older_snapshot_sees_every_row(
    config: Config, connection: asyncpg.Connection, reader: asyncpg.Connection
) -> None:
    contents, model = f"{underscored(IDS[0])}.contents", IDS[0]
    row = "(title, body, object_model_id, created_at) VALUES ($1, '', $2, '2026-03-29 02:30')"
    titles = [f"Title {number}" for number in range(3)]
    await connection.executemany(f"INSERT INTO {contents} {row}", [(title, model) for title in titles])
    await reader.execute("COMMIT; BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1")
    schemas = ["public", underscored(IDS[0])]
    files = [await read_storage(connection, schema) for schema in schemas]

    await migrate(config)
    await connection.execute(f"DELETE FROM {contents}")

    query = f"SELECT title, created_at AT TIME ZONE 'UTC' FROM {contents} ORDER BY title"
    assert [str(moment) for _, moment in await reader.fetch(query)] == ["2026-03-29 02:30:00"] * 3
    assert [record["title"] for record in await reader.fetch(query)] == titles
    for schema, earlier in zip(schemas, files, strict=True):
        later = await read_storage(connection, schema)
        assert earlier.items() <= later.items()


async def test_a_project_whose_tables_are_in_use_is_left_for_later(
    config: Config, connection: asyncpg.Connection, reader: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LIMITS", "SET LOCAL lock_timeout = '1s';")
    await reader.execute(f"SELECT FROM {underscored(IDS[2])}.vocabulary")

    outcomes = await migrate(config)

    problem = (
        "stays at version 1, since 0002_store_times_with_zone.sql failed: "
        "others were using its tables for too long; run it again when they are done"
    )
    assert sorted(outcomes) == [
        Outcome(name, *((1, problem) if name == NAMES[2] else (PROJECT, None))) for name in NAMES
    ]
    await reader.execute("ROLLBACK")
    assert await migrate(config) == [Outcome(NAMES[2], PROJECT)]


async def test_a_connection_that_breaks_costs_one_project(
    config: Config, connection: asyncpg.Connection, reader: asyncpg.Connection
) -> None:
    await migrate(config, project_ids=[])
    await reader.execute(f"LOCK TABLE {underscored(IDS[0])}.contents")
    running = asyncio.create_task(migrate(config, jobs=1))

    await terminate_when_it_waits(connection)
    outcomes = await running

    problem = (
        "stays at version 1, since 0002_store_times_with_zone.sql failed: "
        "connection was closed in the middle of operation: terminating connection due to administrator command"
    )
    assert outcomes == [Outcome(NAMES[0], 1, problem), *(Outcome(name, PROJECT) for name in NAMES[1:])]
    assert len(await read_ledger(connection, underscored(IDS[0]))) == 1


async def test_a_database_that_goes_away_ends_the_run_with_a_sentence(
    config: Config, connection: asyncpg.Connection, reader: asyncpg.Connection
) -> None:
    await migrate(config, project_ids=[])
    await reader.execute(f"LOCK TABLE {underscored(IDS[0])}.contents")
    running = asyncio.create_task(migrate(config, jobs=1))
    await until_it_waits(connection)

    database = await name_of(connection)
    await connection.execute(f"UPDATE pg_database SET datallowconn = FALSE WHERE datname = '{database}'")
    await terminate_when_it_waits(connection)
    with pytest.raises(StartError) as caught:
        await running

    reason = f'database "{database}" is not currently accepting connections'
    assert str(caught.value) == f"The database cannot be reached: {reason}."


async def test_jobs_without_a_connection_leave_their_share_to_the_others(
    dsn: str, connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect, connected = module.connect, 0

    async def two_at_the_most(config: Config) -> object:
        nonlocal connected
        connected += 1
        if connected > 2:
            raise StartError("The database cannot be reached: too many clients already.")
        return await connect(config)

    monkeypatch.setattr(module, "connect", two_at_the_most)

    assert await migrate(config_of(dsn), jobs=4) == [Outcome(name, PROJECT) for name in NAMES]


async def test_a_role_that_may_not_read_is_told_so(dsn: str, connection: asyncpg.Connection) -> None:
    await migrate(config_of(dsn), project_ids=[])
    role = f"reader_{uuid_of(dsn).hex}"
    await connection.execute(f"RESET ROLE; CREATE ROLE {role} LOGIN")
    try:
        with pytest.raises(StartError) as caught:
            async with versions(Config(database_url=SecretStr(dsn.replace("postgres@", f"{role}@")))) as now:
                await now.project_states(None)
    finally:
        await connection.execute(f"DROP ROLE {role}")

    assert str(caught.value) == "The command cannot go on: permission denied for table projects."


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():
            await asyncio.sleep(0.005)


async def until_it_waits(connection: asyncpg.Connection) -> int:
    """Answers with the process of the migration that waits for a lock."""
    await connection.execute("RESET ROLE")  # A superuser alone sees what others run.
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (pid := await connection.fetchval(WAITING)) is None:
            await asyncio.sleep(0.005)
    return pid


async def terminate_when_it_waits(connection: asyncpg.Connection) -> None:
    await connection.execute("SELECT pg_terminate_backend($1)", await until_it_waits(connection))


async def name_of(connection: asyncpg.Connection) -> str:
    return await connection.fetchval("SELECT current_database()")
