"""The statements of the queue's library, on its tables in their schema, and as a worker may use them."""

from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from typing import LiteralString, cast

import asyncpg
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver, AsyncpgPoolDriver
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder, QuerySchedulerBuilder
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.domain.models import Job, TracebackRecord
from pgqueuer.domain.settings import DBSettings
from pgqueuer.domain.types import JOB_STATUS, QueueEntrypoint, QueueManagerId
from pgqueuer.ports.driver import Driver
from pgqueuer.ports.repository import EntrypointExecutionParameter

from gql_server.db.failures import LOST

SETTINGS = DBSettings(db_schema="jobs")
"""Where `sql/public/0016_create_job_queue.sql` makes the queue's tables."""

HOLD: LiteralString = """
SELECT id FROM jobs.pgqueuer WHERE status = 'picked' AND (id, queue_manager_id) IN (
    SELECT * FROM unnest($1::bigint[], $2::uuid[])
) ORDER BY id FOR UPDATE
"""


def queries(driver: Driver) -> Queries:
    """The library's statements, on its tables in their schema."""
    return Queries(
        driver,
        QueryBuilderEnvironment(SETTINGS),
        QueryQueueBuilder(SETTINGS),
        QuerySchedulerBuilder(SETTINGS),
    )


def is_lost(error: BaseException) -> bool:
    """Whether an error means that the database is away, for now."""
    return isinstance(error, (*LOST, TimeoutError))


class OwnJobs(Queries):
    """The queries of a worker, which ends no job that is another's, and outlives a database that goes away.

    The library ends jobs by their ids, whoever has them: a worker that stood still for a while would take them from
    those who have them since, and nobody would have them when these die. And when it cannot ask for jobs, it waits for
    the end of all that are under way before it says so, which may take as long as the slowest answer.
    """

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", is_busy: Callable[[], bool]) -> None:
        super().__init__(
            AsyncpgPoolDriver(pool),
            QueryBuilderEnvironment(SETTINGS),
            QueryQueueBuilder(SETTINGS),
            QuerySchedulerBuilder(SETTINGS),
        )
        self._pool = pool
        self._is_busy = is_busy
        self._is_deaf = False

    async def dequeue(
        self,
        batch_size: int,
        entrypoints: dict[QueueEntrypoint, EntrypointExecutionParameter],
        queue_manager_id: QueueManagerId,
        global_concurrency_limit: int | None,
        heartbeat_timeout: timedelta,
    ) -> list[Job]:
        if self._is_deaf and not self._is_busy():
            raise ConnectionResetError("Nothing is announced here since the database was away.")
        with self._outliving():
            return await super().dequeue(
                batch_size, entrypoints, queue_manager_id, global_concurrency_limit, heartbeat_timeout
            )
        return []

    async def eligible_queued_work(self, entrypoints: list[QueueEntrypoint]) -> int:
        with self._outliving():
            return await super().eligible_queued_work(entrypoints)
        return 0

    async def queued_work(self, entrypoints: list[QueueEntrypoint]) -> int:
        with self._outliving():
            return await super().queued_work(entrypoints)
        return 0

    async def next_deferred_eta(self, entrypoints: list[QueueEntrypoint]) -> timedelta | None:
        with self._outliving():
            return await super().next_deferred_eta(entrypoints)
        return None

    @contextmanager
    def _outliving(self) -> Generator[None]:
        """Passes over the loss of the database while jobs are under way; it is asked for others again soon."""
        try:
            yield
        except Exception as error:
            if not (is_lost(error) and self._is_busy()):
                raise
            self._is_deaf = True

    async def log_jobs(self, job_status: list[tuple[Job, JOB_STATUS, TracebackRecord | None]]) -> None:
        async with self._held([job for job, _, _ in job_status]) as (within, held):
            await within.log_jobs([ended for ended in job_status if ended[0].id in held])

    async def retry_job(self, job: Job, delay: timedelta, traceback_record: TracebackRecord | None) -> None:
        async with self._held([job]) as (within, held):
            if held:
                await within.retry_job(job, delay, traceback_record)

    @asynccontextmanager
    async def _held(self, jobs: Sequence[Job]) -> AsyncGenerator[tuple[Queries, set[int]]]:
        """Queries in a transaction, and those of the jobs, by their ids, that nobody else can claim until its end."""
        async with self._pool.acquire() as connection, connection.transaction():
            # The pool hands out a proxy that passes everything on.
            within = queries(AsyncpgDriver(cast("asyncpg.Connection[asyncpg.Record]", connection)))
            ids = [job.id for job in jobs]
            owners = [job.queue_manager_id for job in jobs]
            yield within, {record[0] for record in await connection.fetch(HOLD, ids, owners)}
