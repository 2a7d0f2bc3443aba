"""What one operation reads through: one connection, one moment."""

import asyncio
from collections.abc import Sequence
from typing import LiteralString, TypeAlias
from uuid import UUID

import asyncpg

from gql_server.db.arguments import Arguments, JsonValue, encode
from gql_server.db.database import Database, PooledConnection
from gql_server.db.each_project import ProjectStatement
from gql_server.db.failures import project_unavailable, translated
from gql_server.db.locator import by_node
from gql_server.errors import ProjectUnavailableError

Values: TypeAlias = tuple[object, ...]


class Snapshot:
    """A read-only snapshot of the database, opened at the first read.

    A connection runs one statement at a time, so that whoever reads takes a turn.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._turn = asyncio.Lock()
        self._connection: PooledConnection | None = None
        self._closed = False

    async def fetch(self, sql: LiteralString, *values: object) -> list[asyncpg.Record]:
        """The rows of a statement over the shared schema."""
        async with self._turn:
            connection = await self._open()
            with translated():
                return await connection.fetch(sql, *values)

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
        for project_id, error, values in await self._run(statement, project_ids, args, own):
            answer = answers[project_id]
            if error is not None:
                answers[project_id] = project_unavailable(project_id, error)
            elif isinstance(answer, list):
                answer.append(values)
        return answers

    async def fetch_merged(
        self, statement: ProjectStatement, project_ids: Sequence[UUID], args: Arguments
    ) -> tuple[list[Values], list[ProjectUnavailableError]]:
        """The rows of all projects in the statement's one order, and the projects that could not be read."""
        records = await self._run(statement, project_ids, args, None)
        return (
            [values for _, error, values in records if error is None],
            [project_unavailable(id_, error) for id_, error, _ in records if error is not None],
        )

    async def close(self) -> None:
        """Ends the snapshot; harmless when nothing was read, and when it is closed already."""
        async with self._turn:
            self._closed = True
            connection, self._connection = self._connection, None
            if connection is not None:
                await self._database.end_snapshot(connection)

    async def _run(
        self,
        statement: ProjectStatement,
        project_ids: Sequence[UUID],
        args: Arguments,
        own: Sequence[JsonValue] | None,
    ) -> list[tuple[UUID, str | None, Values]]:
        answers: list[tuple[UUID, str | None, Values]] = []
        for ids in by_node(project_ids).values():
            async with self._turn:
                connection = await self._open()
                connection.projects_read.update(ids)
                with translated():
                    records = await connection.fetch(
                        statement.sql, args.encoded(), ids, encode(own), statement.query, statement.nothing
                    )
            answers += [(ids[record[0] - 1], record[1], record[2:]) for record in records]
        return answers

    async def _open(self) -> PooledConnection:
        if self._closed:
            raise RuntimeError("This snapshot is closed: its operation has ended.")
        if self._connection is None:
            self._connection = await self._database.begin_snapshot()
        return self._connection
