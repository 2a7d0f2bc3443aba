"""The queue of generations: put in with the transaction that makes them, and claimed by workers."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import LiteralString, NamedTuple
from uuid import UUID

import asyncpg
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.domain.models import Job as QueuedJob

from gql_server.config import Config
from gql_server.db.database import Transaction
from gql_server.db.job_queries import OwnJobs, queries

POLL_SECONDS = 1
"""How long a job may lie that no announcement was heard of, as behind a pooler."""

CONNECTIONS = 4

# Three rows for each job, which nobody reads after a while.
DELETE_OLD_LOG: LiteralString = """
DELETE FROM jobs.pgqueuer_log WHERE id IN (
    SELECT id FROM jobs.pgqueuer_log WHERE created < CURRENT_TIMESTAMP - interval '7 days'
    ORDER BY created LIMIT 10000 FOR UPDATE SKIP LOCKED
)
"""


class Job(NamedTuple):
    """A generation that waits for a worker; those of a lower `turn` come first."""

    project_id: UUID
    generation_id: UUID
    model: str
    turn: int


Perform = Callable[[UUID, UUID], Awaitable[float | None]]
"""Does a project's generation, by the two ids; None when that is done, or in how many seconds to try again."""


async def enqueue(transaction: Transaction, jobs: Sequence[Job]) -> None:
    """Puts jobs into the queue when the transaction commits, each generation's but once."""
    async with transaction.owned() as connection:
        await queries(AsyncpgDriver(connection)).enqueue(
            [job.model for job in jobs],
            [f"{job.project_id}/{job.generation_id}".encode() for job in jobs],
            [-job.turn for job in jobs],
            dedupe_key=[str(job.generation_id) for job in jobs],
        )


class JobQueue:
    """Claims jobs and has them done, until it is told to stop; one that stopped does not begin again."""

    def __init__(self, config: Config, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._config = config
        self._pool = pool
        self._manager = QueueManager(OwnJobs(pool, lambda: bool(self._manager.job_context)))

    def stop(self) -> None:
        """Claims no more; `run` ends when what is claimed is done."""
        self._manager.shutdown.set()

    async def run(self, limits: Mapping[str, int], perform: Perform) -> None:
        """Does jobs of the models in `limits`, as many of each at a time as that says of all workers together.

        Raises what the driver raises when the database is lost.
        """
        for model, limit in limits.items():
            # What fails beyond expectation is held, for `tidy`: nothing is lost.
            register = self._manager.entrypoint(model, concurrency_limit=limit, on_failure="hold")
            register(_entrypoint(perform))
        concurrency = self._config.worker_concurrency
        await self._manager.run(
            batch_size=max(1, concurrency // 2),
            max_concurrent_tasks=concurrency,
            dequeue_timeout=timedelta(seconds=POLL_SECONDS),
            heartbeat_timeout=timedelta(seconds=self._config.worker_heartbeat_seconds),
            # Its statistics have a row for each priority: for each turn.
            log_aggregation_interval=timedelta(),
        )

    async def tidy(self) -> None:
        """Puts back what was held since its worker had a fault, and deletes what was noted of jobs long ago."""
        while await self._pool.execute(DELETE_OLD_LOG) != "DELETE 0":
            pass
        held = await self._manager.queries.list_failed_jobs(limit=1000)
        if held:
            await self._manager.queries.requeue_jobs([job.id for job in held])


@asynccontextmanager
async def open_queue(config: Config) -> AsyncGenerator[JobQueue]:
    """A queue on connections of its own, since it listens. Raises what the driver raises when there are none."""

    async def become_owner(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        if config.owner_role:
            await connection.execute("SELECT set_config('role', $1, false)", config.owner_role)

    pool = asyncpg.create_pool(
        (config.listen_database_url or config.database_url).get_secret_value(),
        min_size=1,
        max_size=CONNECTIONS,
        timeout=config.connect_timeout_seconds,
        command_timeout=config.statement_timeout_seconds,
        server_settings={"application_name": "gql_server worker"},
        init=become_owner,
        reset=_leave_as_is,
    )
    try:
        async with asyncio.timeout(config.connect_timeout_seconds):
            await pool
        yield JobQueue(config, pool)
    finally:
        pool.terminate()


def _entrypoint(perform: Perform) -> Callable[[QueuedJob], Awaitable[None]]:
    async def run(job: QueuedJob) -> None:
        project_id, _, generation_id = (job.payload or b"").decode().partition("/")
        again_seconds = await perform(UUID(project_id), UUID(generation_id))
        if again_seconds is not None:
            raise RetryRequested(timedelta(seconds=again_seconds))

    return run


async def _leave_as_is(_connection: object) -> None:
    """Takes the place of the statements that asyncpg resets a session with: nothing here changes its settings."""
