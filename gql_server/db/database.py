"""The pool of connections to PostgreSQL, and the transactions that run on one of them."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, LiteralString, NamedTuple, cast
from uuid import UUID

import asyncpg

from gql_server.config import Config
from gql_server.db.arguments import Arguments, encode
from gql_server.db.each_project import ProjectStatement
from gql_server.db.failures import constraints_explained, faults_of, project_unavailable, translated
from gql_server.db.locator import by_node
from gql_server.db.locks import LOCK, LOCK_SHARED, lock_key, lock_project_shared
from gql_server.db.project_schema import PLACEHOLDER, ProjectSchema
from gql_server.db.roles import SERVER, Role
from gql_server.errors import UnavailableError

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]
else:
    Connection = asyncpg.Connection  # is generic in its stubs alone

SILENCE_SECONDS = 5
"""How long after a statement's time is over the database may take to say so, before it counts as lost."""


SELECT_DATABASE_OID: LiteralString = """
SELECT oid::bigint, $1::uuid[] FROM pg_catalog.pg_database WHERE datname = current_database()
"""
"""The driver asks the catalogue about arrays of UUIDs once for each connection: now, and not amid an operation."""


class PooledConnection(Connection):
    """A connection that knows whose schemas it has used, since PostgreSQL keeps 50 KB for each of their tables."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.projects_read: set[UUID] = set()
        self._database_oid = 0

    async def prepare_for_use(self) -> None:
        self._database_oid = await self.fetchval(SELECT_DATABASE_OID, [])

    def becoming(self, role: Role) -> LiteralString:
        """The statement that gives a transaction the rights of a role, and takes all others from it."""
        return f'SET LOCAL ROLE "{role.name(self._database_oid)}"'


NO_ROLE: LiteralString = "SET LOCAL ROLE NONE"


class Become(NamedTuple):
    """The statements that give a transaction the rights of its role, and those of the owner of the tables."""

    role: LiteralString
    owner: LiteralString


class Transaction:
    """A connection inside a transaction that writes to what is shared, or to one project's schema.

    In statements, `:"schema"` is the schema that it writes to.
    """

    def __init__(self, connection: PooledConnection, become: Become, project: ProjectSchema | None = None) -> None:
        self._connection = connection
        self._become = become
        self._project = project

    @asynccontextmanager
    async def owned(self) -> AsyncGenerator[Connection]:
        """What is done inside is done by the owner of the tables; a failure inside is the transaction's end."""
        await self._connection.execute(self._become.owner)
        yield self._connection
        await self._connection.execute(self._become.role)

    async def fetch(self, sql: LiteralString, *values: object) -> list[asyncpg.Record]:
        """Raises ProjectUnavailableError when the project's schema is not as the statement needs it."""
        if self._project is None:
            return await self._connection.fetch(sql.replace(PLACEHOLDER, "public"), *values)
        with faults_of(self._project.project_id):
            return await self._connection.fetch(self._project.in_sql(sql), *values)

    async def fetch_each_project(
        self, statement: ProjectStatement, project_ids: Sequence[UUID], args: Arguments
    ) -> list[asyncpg.Record]:
        """The rows of all projects, each behind the project's place in its node's and no error.

        Raises ProjectUnavailableError when one of them cannot be read.
        """
        found: list[asyncpg.Record] = []
        for ids in by_node(project_ids).values():
            values = (args.encoded(), ids, encode(None), statement.query, statement.nothing)
            records = await self._connection.fetch(statement.sql, *values)
            self._connection.projects_read.update(ids)
            for record in records:
                if record[1] is not None:
                    raise project_unavailable(ids[int(record[0]) - 1], str(record[1]))
            found += records
        return found

    async def lock(self, id_: UUID, *, shared: bool = False) -> None:
        """Holds a thing until the transaction ends: beside others who share it, or alone."""
        await self._connection.fetch(LOCK_SHARED if shared else LOCK, int(lock_key(id_)))

    async def execute_script(self, sql: LiteralString) -> None:
        """Runs several statements without values, such as a migration's."""
        await self._connection.execute(sql)

    async def insert(self, schema: str, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Loads rows by way of a temporary table, also where row-level security forbids COPY."""
        # Names of tables and columns are the code's own.
        names, target = ", ".join(columns), f'"{schema}"."{table}"'
        await self._connection.execute(f"CREATE TEMPORARY TABLE loaded AS SELECT {names} FROM {target} WITH NO DATA")
        await self._connection.copy_records_to_table("loaded", columns=list(columns), records=map(tuple, rows))
        await self._connection.execute(f"INSERT INTO {target} ({names}) SELECT {names} FROM loaded; DROP TABLE loaded")

    async def copy(self, schema: str, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Loads rows by COPY; much faster than INSERT for more than a few."""
        await self._connection.copy_records_to_table(
            table, schema_name=schema, columns=list(columns), records=[tuple(row) for row in rows]
        )


class Database:
    """A pool of connections to one PostgreSQL server."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", config: Config) -> None:
        self._pool = pool
        self._config = config
        settings = (
            f"SET LOCAL TimeZone = 'UTC'; SET LOCAL jit = off;"
            f" SET LOCAL statement_timeout = {_milliseconds(config.statement_timeout_seconds)};"
            f" SET LOCAL lock_timeout = {_milliseconds(config.lock_timeout_seconds)};"
            # Of a server whose host is gone nothing is heard for hours, and what it held is held still.
            f" SET LOCAL idle_in_transaction_session_timeout ="
            f" {_milliseconds(config.operation_timeout_seconds + SILENCE_SECONDS)}"
        )
        self._begin_snapshot = f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {settings}"
        self._begin_write = f"BEGIN; {settings}"
        owner = config.owner_role.replace('"', '""')
        # The name is the operator's own, and quoted.
        self._become_owner: LiteralString = cast("LiteralString", f'SET LOCAL ROLE "{owner}"') if owner else NO_ROLE

    async def begin_snapshot(self, role: Role) -> PooledConnection:
        """Takes a connection and opens a read-only snapshot with the rights of a role, for `end_snapshot` to close."""
        connection = await self._acquire()
        try:
            await _begin(connection, self._begin_snapshot, connection.becoming(role))
        except BaseException:
            await self._discard(connection)
            raise
        return connection

    async def end_snapshot(self, connection: PooledConnection) -> None:
        """Closes a snapshot and gives its connection back, unless it is broken or has read too many projects."""
        try:
            await connection.execute("COMMIT")
            await self._retire(connection)
            await self._release(connection)
        except BaseException as error:
            await self._discard(connection)
            if not isinstance(error, Exception):
                raise

    @asynccontextmanager
    async def transaction(
        self, role: Role | None = None, project_id: UUID | None = None
    ) -> AsyncGenerator[Transaction]:
        """Commits what the body did when it ends, and nothing of it when it raises.

        It has the rights of the role, or of whoever owns the tables. One that writes to a project does so beside
        others, and not while that is archived or deleted; a project that the role does not see is kept from nobody.
        """
        connection = await self._acquire()
        try:
            become = Become(connection.becoming(role) if role else self._become_owner, self._become_owner)
            first = become.role
            if project_id is not None:
                first = f"{first}; {lock_project_shared(project_id)}"
                connection.projects_read.add(project_id)
            await _begin(connection, self._begin_write, first)
            with translated(), constraints_explained():
                yield Transaction(connection, become, ProjectSchema(project_id) if project_id else None)
                await connection.execute("COMMIT")
                await self._retire(connection)
        except BaseException:
            with suppress(Exception):
                await connection.execute("ROLLBACK")
                await self._retire(connection)
            raise
        finally:
            await self._release(connection)

    async def fetch_value(self, sql: LiteralString) -> Any:
        """One value outside of any operation, such as a health check's."""
        async with self.transaction(SERVER) as transaction:
            [record] = await transaction.fetch(sql)
        return record[0]

    async def _acquire(self) -> PooledConnection:
        waiting = asyncio.timeout(self._config.pool_timeout_seconds)
        try:
            with translated():
                async with waiting:
                    # The pool hands out a proxy that passes everything on to a connection of our class.
                    return cast("PooledConnection", await self._pool.acquire())
        except UnavailableError:
            if waiting.expired():
                raise UnavailableError("The server has no database connection free; try again later.") from None
            raise

    async def _retire(self, connection: PooledConnection) -> None:
        """Closes a connection that has read too many projects."""
        if len(connection.projects_read) > self._config.connection_project_limit:
            await connection.close()

    async def _release(self, connection: PooledConnection) -> None:
        await self._pool.release(connection)  # pyright: ignore[reportArgumentType]

    async def _discard(self, connection: PooledConnection) -> None:
        # One that has broken has gone back to the pool by itself.
        with suppress(asyncpg.InterfaceError):
            connection.terminate()
        await self._release(connection)


@asynccontextmanager
async def open_database(config: Config, on_statement: Callable[[str], None] | None = None) -> AsyncGenerator[Database]:
    """A pool that connects when it is first used, so that a server outlives a database that is away.

    `on_statement` is called with the text of every statement that is sent.
    """

    async def prepare(connection: Connection) -> None:
        await cast("PooledConnection", connection).prepare_for_use()
        if (listener := on_statement) is not None:
            connection.add_query_logger(lambda logged: listener(logged.query))

    pool = asyncpg.create_pool(
        config.database_url.get_secret_value(),
        min_size=0,
        max_size=config.pool_size,
        timeout=config.connect_timeout_seconds,
        # PostgreSQL ends a statement that takes too long; this is for one that it cannot answer any more.
        command_timeout=config.statement_timeout_seconds + SILENCE_SECONDS,
        statement_cache_size=config.statement_cache_size,
        server_settings={"application_name": "gql_server"},
        connection_class=PooledConnection,
        init=prepare,
        reset=_leave_as_is,
    )
    async with pool:
        yield Database(pool, config)


async def _begin(connection: PooledConnection, begin: str, become: str) -> None:
    with translated():
        try:
            await connection.execute(f"{begin}; {become}")
        except asyncpg.InvalidParameterValueError as error:
            # Most of all a role that does not exist, which PostgreSQL says as of any value of a setting.
            raise asyncpg.InsufficientPrivilegeError(str(error)) from None


async def _leave_as_is(_connection: object) -> None:
    """Takes the place of the statements that asyncpg resets a session with: every setting ends with its transaction.

    A transaction that is left open is rolled back before, by asyncpg itself.
    """


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))
