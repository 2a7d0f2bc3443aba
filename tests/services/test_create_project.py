"""Making a project: its row and its schema together, or neither."""

import asyncio
import re

import asyncpg
import pytest
from catalog import read_catalog, read_ledger, read_schemas
from conftest import config_of
from seed_document import underscored
from world import World, uuid_of

from gql_server.db.database import Database, open_database
from gql_server.db.ledger import creation
from gql_server.db.migrations import migrations
from gql_server.db.project_schema import ProjectSchema
from gql_server.errors import UserErrors
from gql_server.services import projects
from gql_server.services.projects import create_project
from gql_server.services.writer import Made, Writer

PROJECT = uuid_of("project", "New")
SCHEMA = underscored(PROJECT)

FAILS = "DO $$ BEGIN RAISE EXCEPTION 'stop'; END $$"
# No literal in a project's migrations has a semicolon or two hyphens in it.
SCRIPT = re.sub(r"--.*", "", creation(ProjectSchema(PROJECT)))
STATEMENTS = [statement.strip() for statement in SCRIPT.split(";") if statement.strip()]
LEDGER = [migration.name for migration in migrations("project")]


async def test_a_project_has_its_row_its_schema_and_every_migration(
    world: World, database: Database, connection: asyncpg.Connection
) -> None:
    client_id = await world.client()

    made = await create_project(
        Writer(database), client_id=client_id, name="New", settings='{"tone": "warm"}', project_id=PROJECT
    )

    row = await connection.fetchrow(
        "SELECT id, name, client_id, status, settings, created_at, updated_at FROM projects"
    )
    assert row is not None
    assert made == Made([PROJECT])
    assert tuple(row)[:5] == (PROJECT, "New", client_id, "active", '{"tone": "warm"}')
    assert await read_schemas(connection) == [ProjectSchema(PROJECT).name]
    assert await read_ledger(connection, SCHEMA) == LEDGER


async def test_a_project_gets_an_id_when_it_is_given_none(
    world: World, database: Database, connection: asyncpg.Connection
) -> None:
    client_id = await world.client()

    created = [await create_project(Writer(database), client_id=client_id, name="New") for _ in range(2)]

    assert await read_schemas(connection) == sorted(ProjectSchema(made.id).name for made in created)


async def test_an_unknown_client_is_not_found(database: Database, connection: asyncpg.Connection) -> None:
    client_id = uuid_of("client", "nobody")

    with pytest.raises(UserErrors) as caught:
        await create_project(Writer(database), client_id=client_id, name="New", project_id=PROJECT)

    assert str(caught.value) == "There is no such client."
    await assert_nothing(connection)


async def test_a_failure_at_any_statement_leaves_nothing(
    world: World, database: Database, connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    client_id = await world.client()

    for place in range(len(STATEMENTS) + 1):
        script = ";\n".join([*STATEMENTS[:place], FAILS, *STATEMENTS[place:]])
        monkeypatch.setattr(projects, "creation", lambda _, script=script: script)
        with pytest.raises(asyncpg.RaiseError, match="stop"):
            await create_project(Writer(database), client_id=client_id, name="New", project_id=PROJECT)
        await assert_nothing(connection)

    monkeypatch.undo()
    await create_project(Writer(database), client_id=client_id, name="New", project_id=PROJECT)
    assert await read_ledger(connection, SCHEMA) == LEDGER


async def test_the_statements_one_by_one_are_the_whole_script(
    world: World, database: Database, connection: asyncpg.Connection
) -> None:
    await create_project(Writer(database), client_id=await world.client(), name="New", project_id=PROJECT)
    whole = await read_catalog(connection, SCHEMA)
    await connection.execute(f"DROP SCHEMA {SCHEMA} CASCADE")

    for statement in STATEMENTS:
        await connection.execute(statement)

    assert await read_catalog(connection, SCHEMA) == whole
    assert await read_ledger(connection, SCHEMA) == LEDGER


async def test_a_schema_that_is_in_the_way_is_left_as_it_is(
    world: World, database: Database, connection: asyncpg.Connection
) -> None:
    client_id = await world.client()
    await connection.execute(f"CREATE SCHEMA {SCHEMA}; CREATE TABLE {SCHEMA}.kept (id int)")

    with pytest.raises(asyncpg.DuplicateSchemaError):
        await create_project(Writer(database), client_id=client_id, name="New", project_id=PROJECT)

    assert await connection.fetch("SELECT FROM projects") == []
    assert (await read_catalog(connection, SCHEMA)).columns == ["kept.id integer"]


async def test_an_id_that_is_taken_leaves_its_project_as_it_is(
    world: World, database: Database, connection: asyncpg.Connection
) -> None:
    client_id = await world.client()
    await create_project(Writer(database), client_id=client_id, name="First", project_id=PROJECT)

    with pytest.raises(asyncpg.UniqueViolationError):
        await create_project(Writer(database), client_id=client_id, name="Second", project_id=PROJECT)

    assert [record["name"] for record in await connection.fetch("SELECT name FROM projects")] == ["First"]
    assert await read_ledger(connection, SCHEMA) == LEDGER


async def test_a_caller_that_gives_up_leaves_nothing(dsn: str, world: World, connection: asyncpg.Connection) -> None:
    client_id = await world.client()
    async with open_database(config_of(dsn, pool_size=1)) as database:
        async with connection.transaction():
            await connection.execute("LOCK TABLE projects")
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await create_project(Writer(database), client_id=client_id, name="New", project_id=PROJECT)
        await assert_nothing(connection)

        await create_project(Writer(database), client_id=client_id, name="New", project_id=PROJECT)

    assert await read_ledger(connection, SCHEMA) == LEDGER


async def assert_nothing(connection: asyncpg.Connection) -> None:
    assert await connection.fetch("SELECT FROM projects") == []
    assert await read_schemas(connection) == []
