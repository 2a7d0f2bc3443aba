"""What one operation reads through: one connection, one moment."""

import asyncio
from collections.abc import Callable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, LiteralString, TypeAlias
from uuid import UUID

import asyncpg

from gql_server.db.arguments import Arguments, JsonValue, encode
from gql_server.db.database import Database, PooledConnection
from gql_server.db.each_project import ProjectStatement
from gql_server.db.failures import project_unavailable, translated
from gql_server.db.locator import by_node
from gql_server.db.rests import Rests
from gql_server.db.roles import Role
from gql_server.errors import OperationTimeoutError, ProjectUnavailableError

Values: TypeAlias = tuple[object, ...]

ORDINAL: Callable[[asyncpg.Record], int] = itemgetter(0)
VALUES: Callable[[asyncpg.Record], Values] = itemgetter(slice(2, None))


ENDED = "The operation has ended."

ENDING: set[asyncio.Future[None]] = set()
"""The ends of snapshots that nobody may wait for; the event loop by itself would forget them."""


class Snapshot:
    """A read-only snapshot of what a role may see of the database, opened at the first read.

    A connection runs one statement at a time, so that whoever reads takes a turn. A statement that fails ends
    the transaction, and perhaps the connection, so that all later reads fail as it did, be it for a value that
    only the first of them had.
    """

    def __init__(self, database: Database, role: Role) -> None:
        self._database = database
        self._role = role
        self._turn = asyncio.Lock()
        self._connection: PooledConnection | None = None
        self._failure: Exception | None = None
        self._closed = False
        self._reader: asyncio.Task[Any] | None = None

    async def fetch(self, sql: LiteralString, *values: object) -> list[asyncpg.Record]:
        """The rows of a statement over the shared schema."""
        return await self._fetch((), sql, *values)

    async def fetch_each_project(
        self,
        statement: ProjectStatement,
        project_ids: Sequence[UUID],
        args: Arguments,
        own: Sequence[JsonValue] | None = None,
    ) -> dict[UUID, list[Values] | ProjectUnavailableError]:
        """The rows of each project, or what is wrong with the project.

        `own` holds the arguments that are a project's own, at the project's position.
        """
        answers: dict[UUID, list[Values] | ProjectUnavailableError] = {id_: [] for id_ in project_ids}
        rests = Rests()
        for ids, records in await self._run(statement, project_ids, args, own):
            for ordinal, rows in groupby(records, ORDINAL):
                project_id, found = ids[ordinal - 1], [*rows]
                # It comes last: of a project that fails half-way there are rows before it.
                error: str | None = found[-1][1]
                answers[project_id] = project_unavailable(project_id, error) if error else [*map(VALUES, found)]
                await rests.after(len(found))
        return answers

    async def fetch_merged(
        self, statement: ProjectStatement, project_ids: Sequence[UUID], args: Arguments
    ) -> tuple[list[Values], list[ProjectUnavailableError]]:
        """The rows of all projects in the statement's one order, and the projects that could not be read."""
        found: list[Values] = []
        unavailable: list[ProjectUnavailableError] = []
        for ids, records in await self._run(statement, project_ids, args, None):
            found += [VALUES(record) for record in records if record[1] is None]
            failed: list[tuple[int, str]] = [(record[0], record[1]) for record in records if record[1] is not None]
            unavailable += [project_unavailable(ids[ordinal - 1], error) for ordinal, error in failed]
        return found, unavailable

    async def close(self) -> None:
        """Ends the snapshot, and a statement that runs still, in PostgreSQL too; harmless when nothing was read."""
        self._closed = True
        if self._reader is None:
            # Who waits for a turn finds it closed.
            await self._give_back()
            return
        self._reader.cancel()
        # Whoever closes it may be cancelled, and again at whatever it waits for.
        ending = asyncio.ensure_future(self._give_back_after_turn())
        ENDING.add(ending)
        ending.add_done_callback(ENDING.discard)
        await asyncio.shield(ending)

    async def _give_back_after_turn(self) -> None:
        async with self._turn:
            await self._give_back()

    async def _give_back(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await self._database.end_snapshot(connection)

    async def _run(
        self,
        statement: ProjectStatement,
        project_ids: Sequence[UUID],
        args: Arguments,
        own: Sequence[JsonValue] | None,
    ) -> list[tuple[list[UUID], list[asyncpg.Record]]]:
        """The projects of each node, and what was read there."""
        answers: list[tuple[list[UUID], list[asyncpg.Record]]] = []
        for ids in by_node(project_ids).values():
            values = (args.encoded(), ids, encode(own), statement.query, statement.nothing)
            answers.append((ids, await self._fetch(ids, statement.sql, *values)))
        return answers

    async def _fetch(self, project_ids: Sequence[UUID], sql: LiteralString, *values: object) -> list[asyncpg.Record]:
        async with self._turn:
            if self._closed:
                # Nobody waits for it, but for the tasks that an operation which was given up has left behind.
                raise OperationTimeoutError(ENDED)
            if self._failure is not None:
                raise self._failure
            try:
                with translated():
                    self._reader = asyncio.current_task()
                    return await self._read(project_ids, sql, *values)
            except asyncio.CancelledError:
                if not self._closed:
                    raise
                # A loader that is told so tells those who wait for its values; cancelled, it would leave them waiting.
                raise OperationTimeoutError(ENDED) from None
            except Exception as error:
                self._failure = error
                raise
            finally:
                self._reader = None

    async def _read(self, project_ids: Sequence[UUID], sql: LiteralString, *values: object) -> list[asyncpg.Record]:
        """What `close` cancels: the wait for a connection as well as the statement."""
        if self._connection is None:
            self._connection = await self._database.begin_snapshot(self._role)
        records = await self._connection.fetch(sql, *values)
        self._connection.projects_read.update(project_ids)
        return records
