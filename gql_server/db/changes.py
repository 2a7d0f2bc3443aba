"""Announcements of what was changed in projects: sent with a transaction, heard when it has been committed."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import LiteralString, NamedTuple
from uuid import UUID

import asyncpg
import structlog

from gql_server.config import Config
from gql_server.db.database import Connection, Transaction
from gql_server.errors import UnavailableError

log = structlog.stdlib.get_logger(__name__)

CHANNEL: LiteralString = "gql_server_project_changed"
NOTIFY: LiteralString = f"SELECT pg_notify('{CHANNEL}', $1)"

PAYLOAD_BYTES = 7_900
"""What an announcement may have; PostgreSQL takes less than 8,000."""

ROWS_KEPT = 1_000
"""Rows that a watcher is told of by name when it is slower than they are changed."""

CHECK_SECONDS = 30
RETRY_SECONDS = 1


GENERATION_OUTPUT = "generation_events"
"""In the place of a table: what is seen of a generation while it runs, of which nothing else is changed."""


class ChangedRow(NamedTuple):
    """A row of a project's, by the table that it is in."""

    table: str
    id: UUID


async def announce(transaction: Transaction, project_id: UUID, rows: Mapping[str, Sequence[UUID]]) -> None:
    """Tells of changed rows, by table, when the transaction commits; of unknown ones when they are many."""
    payload = json.dumps({"project": str(project_id), "rows": {table: [*map(str, ids)] for table, ids in rows.items()}})
    if len(payload.encode()) > PAYLOAD_BYTES:
        payload = json.dumps({"project": str(project_id)})
    await transaction.fetch(NOTIFY, payload)


class Watcher:
    """Gathers the changes of one project until somebody asks for them: a slow one gets fewer and larger ones."""

    def __init__(self) -> None:
        self._rows: dict[ChangedRow, None] = {}
        self._is_all_known = True
        self._news = asyncio.Event()

    def tell(self, rows: Sequence[ChangedRow]) -> None:
        """Notes a change of these rows; of unknown ones when there are none."""
        self._rows.update(dict.fromkeys(rows))
        if not rows or len(self._rows) > ROWS_KEPT:
            self._rows, self._is_all_known = {}, False
        self._news.set()

    async def next(self) -> Sequence[ChangedRow]:
        """Waits for a change and answers with its rows; with none when some of them are not known."""
        await self._news.wait()
        rows = list(self._rows) if self._is_all_known else []
        self._rows, self._is_all_known = {}, True
        self._news.clear()
        return rows


class Changes:
    """Hears of the changes of all projects on one connection, which is opened for the first who watches one."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._watchers: defaultdict[UUID, set[Watcher]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None
        self._listening = asyncio.Event()

    @contextmanager
    def watch(self, project_id: UUID) -> Generator[Watcher]:
        """While there is listening, no change of the project is missed from here on."""
        watcher = Watcher()
        self._watchers[project_id].add(watcher)
        try:
            yield watcher
        finally:
            self._watchers[project_id].discard(watcher)
            if not self._watchers[project_id]:
                del self._watchers[project_id]

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def listen(self) -> None:
        """Listens from the first call on. Raises UnavailableError when that cannot be done now."""
        if self._task is None:
            self._task = asyncio.create_task(self._keep_listening())
        try:
            await asyncio.wait_for(self._listening.wait(), self._config.connect_timeout_seconds)
        except TimeoutError:
            raise UnavailableError("Changes cannot be watched now; try again later.") from None

    async def _keep_listening(self) -> None:
        while True:
            try:
                await self._listen_until_lost()
            except Exception as error:  # noqa: BLE001  whatever it was, the next try may do better
                log.warning("Changes are not heard of now", error=str(error) or type(error).__name__)
            self._listening.clear()
            await asyncio.sleep(RETRY_SECONDS)

    async def _listen_until_lost(self) -> None:
        connection: Connection = await asyncpg.connect(
            (self._config.listen_database_url or self._config.database_url).get_secret_value(),
            timeout=self._config.connect_timeout_seconds,
            command_timeout=self._config.connect_timeout_seconds,
            server_settings={"application_name": "gql_server listen"},
        )
        lost = asyncio.Event()
        connection.add_termination_listener(lambda _: lost.set())
        try:
            await connection.add_listener(CHANNEL, self._hear)
            self._listening.set()
            self._tell_all_of_a_gap()
            while not lost.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(lost.wait(), CHECK_SECONDS)
                    break
                # A connection that has gone silently is found out by using it.
                await connection.execute("SELECT 1")
        finally:
            connection.terminate()

    def _tell_all_of_a_gap(self) -> None:
        """What was announced while nobody listened is not to be had again."""
        for watchers in self._watchers.values():
            for watcher in watchers:
                watcher.tell([])

    def _hear(self, _connection: object, _pid: object, _channel: object, payload: object) -> None:
        try:
            project_id, rows = _read(str(payload))
        except (ValueError, TypeError, KeyError, AttributeError):
            log.warning("An announcement of a change cannot be read", payload=str(payload)[:200])
            return
        for watcher in self._watchers.get(project_id, ()):
            watcher.tell(rows)


def _read(payload: str) -> tuple[UUID, list[ChangedRow]]:
    told = json.loads(payload)
    rows = [ChangedRow(str(table), UUID(id_)) for table, ids in told.get("rows", {}).items() for id_ in ids]
    return UUID(told["project"]), rows
