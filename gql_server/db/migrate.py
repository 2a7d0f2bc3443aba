"""Applies sql/ to the shared schema, then to each project's."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import LiteralString
from uuid import UUID

import asyncpg

from gql_server.config import Config
from gql_server.db.database import Connection
from gql_server.db.ledger import LIMITS, SHARED, Target, renaming, script, select_pending, target_of
from gql_server.db.migrations import Migration, MigrationRefusedError, migrations
from gql_server.db.project_schema import ProjectSchema
from gql_server.errors import StartError

LOCK_KEY = 0x67716C5F6D696772
"""The advisory lock that keeps two runs apart: 'gql_migr' in ASCII."""

SELECT_PROJECTS: LiteralString = """
SELECT id, name FROM public.projects WHERE $1::uuid[] IS NULL OR id = ANY ($1) ORDER BY created_at, id
"""
SELECT_PROJECTS_EXIST: LiteralString = "SELECT to_regclass('public.projects') IS NOT NULL"
SELECT_HYPHENATED: LiteralString = """
SELECT nspname FROM pg_catalog.pg_namespace
WHERE nspname = $1 AND NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = $2)
"""


@dataclass(frozen=True, slots=True)
class SchemaState:
    """A schema, the version it has, and what it lacks or what is wrong with it.

    A `hyphenated` schema has still the name that it was adopted with.
    """

    target: Target
    title: str
    version: int
    pending: Sequence[Migration]
    problem: str | None = None
    hyphenated: bool = False


Progress = Callable[[SchemaState], None]
"""Called with each schema as it is when it is done."""


@asynccontextmanager
async def migrator(config: Config, on_wait: Callable[[], None]) -> AsyncGenerator["Migrator"]:
    """The one migration run of a database; waits for another to end, and calls `on_wait` before."""
    connection = await connect(config)
    try:
        if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", LOCK_KEY):
            on_wait()
            await connection.execute("SELECT pg_advisory_lock($1)", LOCK_KEY)
        yield Migrator(config, connection)
    finally:
        await connection.close()


async def connect(config: Config) -> Connection:
    """A connection for migrations alone. Raises StartError when there is none to be had."""
    try:
        return await asyncpg.connect(
            config.database_url.get_secret_value(),
            timeout=config.connect_timeout_seconds,
            server_settings={"application_name": "gql_server migrate", "timezone": "UTC"},
        )
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise StartError(f"The database cannot be reached: {error}.") from None


class Migrator:
    """Reads and changes the versions of a database's schemas."""

    def __init__(self, config: Config, connection: Connection) -> None:
        self._config = config
        self._connection = connection

    async def shared_state(self) -> SchemaState:
        return await _state(self._connection, SHARED, "shared tables")

    async def project_states(self, project_ids: Sequence[UUID] | None) -> list[SchemaState]:
        """The state of the projects with these ids, or of all. Raises StartError for an id that no project has."""
        if not await self._connection.fetchval(SELECT_PROJECTS_EXIST):
            return []
        records = await self._connection.fetch(SELECT_PROJECTS, project_ids)
        unknown = set(project_ids or ()) - {record["id"] for record in records}
        if unknown:
            raise StartError(f"There is no project {', '.join(sorted(map(str, unknown)))}.")
        return [
            await _state(self._connection, target_of(ProjectSchema(record["id"])), record["name"]) for record in records
        ]

    async def migrate_shared(self, state: SchemaState) -> None:
        """Brings the shared schema up to date. Raises StartError when it cannot be."""
        state = await _migrate(self._connection, state)
        if state.problem is not None:
            raise StartError(f"The shared schema {state.problem}.")

    async def migrate_projects(self, states: Sequence[SchemaState], jobs: int, on_done: Progress) -> None:
        """Brings projects up to date, `jobs` at a time; one that fails does not stop the others."""
        queue = iter(states)

        async def work() -> None:
            connection = await connect(self._config)
            try:
                for state in queue:
                    on_done(await _migrate(connection, state))
            finally:
                await connection.close()

        async with asyncio.TaskGroup() as group:
            for _ in range(min(jobs, len(states))):
                group.create_task(work())


async def _state(connection: Connection, target: Target, title: str) -> SchemaState:
    try:
        version, pending = await select_pending(connection, target)
    except MigrationRefusedError as refused:
        if target.project and await connection.fetchval(SELECT_HYPHENATED, target.project.hyphenated, target.name):
            return SchemaState(target, title, 0, migrations("project"), hyphenated=True)
        return SchemaState(target, title, 0, [], str(refused))
    except asyncpg.PostgresError as error:
        return SchemaState(target, title, 0, [], f"cannot be read: {error}")
    return SchemaState(target, title, version, pending)


async def _migrate(connection: Connection, state: SchemaState) -> SchemaState:
    """Applies what is pending, a transaction for each file, and answers with the state that this leads to."""
    version = state.version
    prefix = renaming(state.target.project) if state.target.project and state.hyphenated else ""
    for place, migration in enumerate(state.pending):
        try:
            async with connection.transaction():
                await connection.execute(LIMITS + prefix + script(state.target, [migration]))
        except asyncpg.PostgresError as error:
            problem = f"stays at version {version}, since {migration.name} failed: {error}"
            return SchemaState(state.target, state.title, version, state.pending[place:], problem)
        version, prefix = migration.version, ""
    return SchemaState(state.target, state.title, version, [], state.problem)
