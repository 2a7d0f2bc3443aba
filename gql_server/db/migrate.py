"""Applies sql/ to the shared schema, then to each project's."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import LiteralString
from uuid import UUID

import asyncpg

from gql_server.config import Config
from gql_server.db.database import Connection
from gql_server.db.ledger import LIMITS, SHARED, Target, renaming, script, select_applied, target_of
from gql_server.db.migrations import Migration, MigrationRefusedError, migrations, pending
from gql_server.db.project_schema import ProjectSchema
from gql_server.errors import SettingError, StartError

LOCK_KEY = 0x67716C5F6D696772
"""The advisory lock that keeps two runs apart: 'gql_migr' in ASCII."""

TRY_LOCK: LiteralString = "SELECT pg_try_advisory_lock($1)"
WAIT_FOR_LOCK: LiteralString = "SELECT pg_advisory_lock($1)"
WAIT_FOR_EVER: LiteralString = "SET lock_timeout = 0; SET statement_timeout = 0"
"""A role may have limits of its own, and another run may take hours."""

FAILURES = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)
"""What the driver raises for a database that refuses or is gone."""

QUOTE_ROLES: LiteralString = "SELECT quote_ident($1), quote_ident(session_user)"

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
    async with connected(config) as connection:
        await take_turn(connection, on_wait)
        yield Migrator(config, connection)


@asynccontextmanager
async def versions(config: Config) -> AsyncGenerator["Versions"]:
    """What a database's schemas have and lack now, also while a migration runs."""
    async with connected(config) as connection:
        yield Versions(connection)


async def take_turn(connection: Connection, on_wait: Callable[[], None]) -> None:
    """Makes a connection the one that changes schemas and roles, until it is closed; `on_wait` as `migrator` has it."""
    if not await connection.fetchval(TRY_LOCK, LOCK_KEY):
        on_wait()
        await connection.execute(WAIT_FOR_EVER)
        await connection.execute(WAIT_FOR_LOCK, LOCK_KEY)


@asynccontextmanager
async def connected(config: Config) -> AsyncGenerator[Connection]:
    """A connection of the owner's, for as long as it lasts. Raises StartError when it is lost."""
    connection = await connect(config)
    try:
        yield connection
    except FAILURES as error:
        raise StartError(f"The command cannot go on: {reason(error)}.") from None
    finally:
        await connection.close()


async def connect(config: Config) -> Connection:
    """A connection of the owner's, for migrations and what else is not an operation.

    Raises StartError when there is none to be had, and SettingError when a setting is to blame.
    """
    connection = await _connect(config)
    try:
        await _become_owner(connection, config, "SET")
    except BaseException:
        await connection.close()
        raise
    return connection


@asynccontextmanager
async def owner_transaction(config: Config) -> AsyncGenerator[Connection]:
    """A transaction of the owner's that leaves nothing behind in a session which a pooler lends to others, too.

    Raises what `connect` raises.
    """
    connection = await _connect(config)
    try:
        async with connection.transaction():
            await _become_owner(connection, config, "SET LOCAL")
            yield connection
    finally:
        await connection.close()


async def _become_owner(connection: Connection, config: Config, set_: LiteralString) -> None:
    if config.owner_role:
        # Both before the role is taken: whoever may not take it leaves a transaction in which nothing can be asked.
        [owner, login] = await connection.fetchrow(QUOTE_ROLES, config.owner_role) or ("", "")
        try:
            await connection.execute(f"{set_} ROLE {owner}")
        except asyncpg.InvalidParameterValueError as error:
            raise SettingError(f"GQL_SERVER_OWNER_ROLE is wrong: {reason(error)}.") from None
        except asyncpg.InsufficientPrivilegeError:
            raise SettingError(
                f"GQL_SERVER_OWNER_ROLE is wrong, or the login {login} is no member of it: GRANT {owner} TO {login}."
            ) from None


async def _connect(config: Config) -> Connection:
    try:
        return await asyncpg.connect(
            config.database_url.get_secret_value(),
            timeout=config.connect_timeout_seconds,
            statement_cache_size=config.statement_cache_size,
            server_settings={"application_name": "gql_server migrate", "timezone": "UTC"},
        )
    except TimeoutError:
        limit = f"{config.connect_timeout_seconds:g} seconds"
        raise StartError(f"The database cannot be reached: it did not answer within {limit}.") from None
    except asyncpg.ClientConfigurationError as error:
        raise SettingError(f"GQL_SERVER_DATABASE_URL is wrong: {error}.") from None
    except (ValueError, OverflowError):
        # Not the driver's words, which may be a part of the password.
        raise SettingError(
            "GQL_SERVER_DATABASE_URL is wrong: its host and port cannot be read; "
            "in a user's name or password, write @ as %40, : as %3A and / as %2F."
        ) from None
    except FAILURES as error:
        raise StartError(f"The database cannot be reached: {reason(error)}.") from None


class Versions:
    """Reads the versions of a database's schemas."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def shared_state(self) -> SchemaState:
        return await _state(self._connection, SHARED, "shared tables")

    async def project_states(self, project_ids: Sequence[UUID] | None) -> list[SchemaState]:
        """The state of the projects with these ids, or of all. Raises StartError for an id that no project has."""
        exist = await self._connection.fetchval(SELECT_PROJECTS_EXIST)
        records = await self._connection.fetch(SELECT_PROJECTS, project_ids) if exist else []
        unknown = set(project_ids or ()) - {record["id"] for record in records}
        if unknown:
            raise StartError(f"There is no project {', '.join(sorted(map(str, unknown)))}.")
        return [await self.project_state(record["id"], record["name"]) for record in records]

    async def project_state(self, project_id: UUID, name: str) -> SchemaState:
        """The state of a project that is known to be there."""
        return await _state(self._connection, target_of(ProjectSchema(project_id)), name)


class Migrator(Versions):
    """Reads and changes the versions of a database's schemas."""

    def __init__(self, config: Config, connection: Connection) -> None:
        super().__init__(connection)
        self._config = config

    async def migrate_shared(self, state: SchemaState) -> None:
        """Brings the shared schema up to date. Raises StartError when it cannot be."""
        state = await _migrate(self._connection, state)
        if state.problem is not None:
            raise StartError(f"The shared schema {state.problem}.")

    async def migrate_projects(self, states: Sequence[SchemaState], jobs: int, on_done: Progress) -> None:
        """Brings projects up to date, `jobs` at a time; one that fails does not stop the others.

        Raises StartError when no connection is left to go on with.
        """
        queue = iter(states)

        async def work() -> None:
            connection = await connect(self._config)
            try:
                for state in queue:
                    on_done(await _migrate(connection, state))
                    if connection.is_closed():
                        connection = await connect(self._config)
            finally:
                await connection.close()

        workers = [work() for _ in range(min(jobs, len(states)))]
        errors = [error for error in await asyncio.gather(*workers, return_exceptions=True) if error]
        for error in errors:
            # What a job without a connection leaves undone, the others do.
            if not isinstance(error, StartError) or next(queue, None):
                raise error


async def _state(connection: Connection, target: Target, title: str) -> SchemaState:
    try:
        applied = await select_applied(connection, target)
    except asyncpg.PostgresError as error:
        return SchemaState(target, title, 0, [], f"cannot be read: {reason(error)}")
    if applied is None:
        if target.project and await connection.fetchval(SELECT_HYPHENATED, target.project.hyphenated, target.name):
            return SchemaState(target, title, 0, migrations("project"), hyphenated=True)
        problem = "has no schema: restore it, or remove the project" if target.project else "does not exist"
        return SchemaState(target, title, 0, [], problem)
    version = applied[-1].version if applied else 0
    try:
        return SchemaState(target, title, version, pending(target.kind, applied))
    except MigrationRefusedError as refused:
        return SchemaState(target, title, version, [], str(refused))


async def _migrate(connection: Connection, state: SchemaState) -> SchemaState:
    """Applies what is pending, a transaction for each file, and answers with the state that this leads to."""
    version = state.version
    prefix = renaming(state.target.project) if state.target.project and state.hyphenated else ""
    for place, migration in enumerate(state.pending):
        try:
            await _apply(connection, prefix + script(state.target, [migration]))
        except FAILURES as error:
            problem = f"stays at version {version}, since {migration.name} failed: {reason(error)}"
            return SchemaState(state.target, state.title, version, state.pending[place:], problem)
        version, prefix = migration.version, ""
    return SchemaState(state.target, state.title, version, [], state.problem)


async def _apply(connection: Connection, sql: LiteralString) -> None:
    """Runs a script in a transaction of its own."""
    try:
        await connection.execute(f"BEGIN;\n{LIMITS}\n{sql}\nCOMMIT;")
    except FAILURES:
        # The first error says why, also when the connection is gone with it.
        with suppress(*FAILURES):
            await connection.execute("ROLLBACK")
        raise


def reason(error: Exception) -> str:
    """A driver's error as the end of a sentence, on one line."""
    if isinstance(error, asyncpg.LockNotAvailableError):
        return "others were using its tables for too long; run it again when they are done"
    if isinstance(error, asyncpg.PostgresError):
        # The detail may be a list of all that depends on something, a line for each.
        [first, *_] = (error.detail or "").splitlines() or [""]
        return f"{error.args[0]} ({first.rstrip('.')})" if first else error.args[0]
    return (isinstance(error, OSError) and error.strerror) or str(error)
