"""Looks a live database over, and mends its roles, their rights and the policies."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import LiteralString, TypeAlias
from uuid import UUID

import asyncpg

from gql_server.config import Config
from gql_server.db import checks
from gql_server.db.database import Connection
from gql_server.db.migrate import FAILURES, SchemaState, Versions, connected, reason, take_turn
from gql_server.db.migrations import latest_version

LIMITS: LiteralString = "SET LOCAL lock_timeout = '2s'; SET LOCAL statement_timeout = '15min'"
"""What waits for a lock on a table of all clients makes every reader behind it wait, too."""

SYNC_SHARED: LiteralString = "SELECT public.sync_shared_roles()"
SYNC_CLIENT: LiteralString = "SELECT public.sync_client_role($1)"
SYNC_PROJECT: LiteralString = """
SELECT public.sync_project_role(oid) FROM pg_catalog.pg_namespace WHERE nspname = public.project_schema($1)
"""

SELECT_CLIENTS: LiteralString = "SELECT id, name FROM public.clients ORDER BY name, id"
SELECT_PROJECTS: LiteralString = "SELECT id, name, client_id FROM public.projects ORDER BY created_at, id"

BEFORE_ALL: Sequence[LiteralString] = (checks.OWNER, checks.OWNERSHIP)
WITH_ROLES: Sequence[LiteralString] = (checks.LOGIN, checks.ATTRIBUTES, checks.MEMBERSHIPS, checks.SAME_KEYS)
AFTER_ALL: Sequence[LiteralString] = (checks.STRAY_SCHEMAS, checks.STRAY_ROLES, checks.STRANDED)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it should be, as a sentence without its full stop, and whether `fix` mends it."""

    text: str
    mends: bool = False


Check: TypeAlias = Callable[[], Awaitable[list[Finding]]]


@asynccontextmanager
async def doctor(config: Config, on_wait: Callable[[], None], *, fix: bool) -> AsyncGenerator["Doctor"]:
    """Looks a database over, and keeps what that mends with `fix`; then no migration nor other doctor runs meanwhile.

    `on_wait` is called before it waits for them to end. Raises StartError when it cannot go on.
    """
    async with connected(config) as connection:
        if fix:
            await take_turn(connection, on_wait)
        yield Doctor(connection, fix=fix)


class Doctor:
    """Tries each remedy in a short transaction of its own, which is rolled back unless it is to `fix`."""

    def __init__(self, connection: Connection, *, fix: bool) -> None:
        self._connection = connection
        self._fix = fix
        self._versions = Versions(connection)
        self._prelude: LiteralString = ""
        """What a transaction does again, since it was rolled back, so that the rest can be looked at."""

    async def first(self) -> tuple[list[Finding], list[Check]]:
        """What is found in what all share, and the checks of the rest, unless it is in no state for them."""
        found = [finding for sql in BEFORE_ALL for finding in await self._ask(sql)]
        state = await self._versions.shared_state()
        if wrong := _of_version(state, "The shared schema"):
            return [*found, wrong], []
        found += await self._ask(checks.ADMINISTRATION)
        # Who sees which clients and projects is among what is mended, so that they are listed with that done.
        clients: list[asyncpg.Record] = []
        projects: list[asyncpg.Record] = []
        try:
            async with self._transaction():
                wrongs = await self._sync("Shared", SYNC_SHARED)
                clients += await self._connection.fetch(SELECT_CLIENTS)
                projects += await self._connection.fetch(SELECT_PROJECTS)
        except asyncpg.PostgresError as error:
            self._expect_connection()
            return [*found, Finding(f"What all share cannot be looked after, nor can the rest: {reason(error)}")], []
        if wrongs and not self._fix:
            self._prelude = SYNC_SHARED
        # Who does not see all clients and projects does not know what belongs to none of them.
        last = AFTER_ALL if all(wrong.mends for wrong in wrongs) else ()
        return [*found, *wrongs], [
            *[partial(self._ask, sql) for sql in WITH_ROLES],
            *[partial(self._client, *client) for client in clients],
            *[partial(self._project, *project) for project in projects],
            *[partial(self._ask, sql) for sql in last],
        ]

    async def advice(self) -> list[str]:
        return [record[0] for record in await self._connection.fetch(checks.ROOM_FOR_LOCKS)]

    async def _client(self, client_id: UUID, name: str) -> list[Finding]:
        subject = f"Client {name} ({client_id})"
        return await self._try(subject, partial(self._sync, subject, SYNC_CLIENT, client_id))

    async def _project(self, project_id: UUID, name: str, client_id: UUID) -> list[Finding]:
        state = await self._versions.project_state(project_id, name)
        subject = f"{state.target.name} ({name})"
        wrong = _of_version(state, subject)
        if wrong and (state.hyphenated or (state.problem and not state.version)):
            return [wrong]

        async def sync() -> list[Finding]:
            if not self._fix:
                # What its client lacks was found before, and rolled back.
                await self._connection.fetch(SYNC_CLIENT, client_id)
            return await self._sync(subject, SYNC_PROJECT, project_id)

        return [*([wrong] if wrong else []), *await self._try(subject, sync)]

    async def _try(self, subject: str, sync: Check) -> list[Finding]:
        try:
            async with self._transaction():
                return await sync()
        except asyncpg.PostgresError as error:
            self._expect_connection()
            return [Finding(f"{subject} cannot be looked after: {reason(error)}")]

    async def _sync(self, subject: str, sync: LiteralString, *values: object) -> list[Finding]:
        """What a function changed; what it finds once more it could not change, such as what a superuser has given."""
        changes = [record[0] for record in await self._connection.fetch(sync, *values)]
        left = [record[0] for record in await self._connection.fetch(sync, *values)] if changes else []
        return [
            *[Finding(f"{subject}: {change}", mends=True) for change in changes if change not in left],
            *[Finding(f"{subject}: {change}, which a superuser must change") for change in left],
        ]

    async def _ask(self, sql: LiteralString) -> list[Finding]:
        async with self._transaction(keep=False):
            records = await self._connection.fetch(sql)
        return [await self._remedy(sql, problem, remedy) if remedy else Finding(problem) for problem, remedy in records]

    async def _remedy(self, sql: LiteralString, problem: str, remedy: str) -> Finding:
        still_so: LiteralString = f"SELECT count(*) FROM ({sql}) AS found (problem, remedy) WHERE problem = $1"
        with suppress(asyncpg.PostgresError):
            async with self._transaction():
                await self._connection.execute(remedy)
                if not await self._connection.fetchval(still_so, problem):
                    return Finding(problem, mends=True)
        self._expect_connection()
        return Finding(f"{problem}: as a superuser, {remedy}")

    @asynccontextmanager
    async def _transaction(self, *, keep: bool = True) -> AsyncGenerator[None]:
        transaction = self._connection.transaction()
        await transaction.start()
        try:
            await self._connection.execute(f"{LIMITS}; {self._prelude}")
            yield
        except BaseException:
            with suppress(*FAILURES):
                await transaction.rollback()
            raise
        if keep and self._fix:
            await transaction.commit()
        else:
            await transaction.rollback()

    def _expect_connection(self) -> None:
        if self._connection.is_closed():
            raise asyncpg.InterfaceError("the connection was lost")


def _of_version(state: SchemaState, subject: str) -> Finding | None:
    if state.problem:
        return Finding(f"{subject} {state.problem}")
    if state.pending:
        latest = latest_version(state.target.kind)
        return Finding(f"{subject} is at version {state.version}, and should be at {latest}: run gql-server migrate")
    return None
