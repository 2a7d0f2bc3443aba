"""The worker: claims generations and does them, until it is told to stop."""

import asyncio
import signal
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack, suppress

import structlog

from gql_server.config import Config
from gql_server.db.changes import Changes
from gql_server.db.database import open_database
from gql_server.db.job_queries import is_lost
from gql_server.db.jobs import JobQueue, open_queue
from gql_server.errors import UnavailableError
from gql_server.llm.catalogue import SAMPLE, read_models
from gql_server.llm.models import open_model
from gql_server.services.generation_runs import Runner

log = structlog.stdlib.get_logger(__name__)

RETRY_SECONDS = 1

TIDY_SECONDS = 60

UNLIMITED = 0


class Worker:
    """Does generations until SIGTERM or SIGINT, and then what is under way, for as long as the settings grant it.

    A database that goes away is waited for. `on_ready` is called when generations are claimed.
    """

    def __init__(self, config: Config, *, on_ready: Callable[[], None] = lambda: None) -> None:
        """Raises SettingError for models that cannot be used."""
        self._config = config
        self._named = read_models(config)
        self._on_ready = on_ready
        self._stopping = asyncio.Event()
        self._handing_back = asyncio.Event()
        self._queue: JobQueue | None = None

    def stop(self) -> None:
        """Claims no more. What is under way goes on for a while, and is handed back then; at once when told twice."""
        loop = asyncio.get_running_loop()
        grace = 0 if self._stopping.is_set() else self._config.worker_grace_seconds
        loop.call_later(grace, self._handing_back.set)
        self._stopping.set()
        if self._queue is not None:
            self._queue.stop()

    async def run(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self.stop)
        async with AsyncExitStack() as stack:
            database = await stack.enter_async_context(open_database(self._config))
            changes = Changes(self._config)
            stack.push_async_callback(changes.close)
            models = {name: await stack.enter_async_context(open_model(named)) for name, named in self._named.items()}
            runner = Runner(self._config, database, changes, self._named, models, self._handing_back)
            while not self._stopping.is_set():
                try:
                    await self._work(runner, changes)
                except Exception as error:
                    if not is_lost(error):
                        raise
                    log.warning("The queue cannot be reached now", error=str(error) or type(error).__name__)
                    await asyncio.sleep(RETRY_SECONDS)

    async def _work(self, runner: Runner, changes: Changes) -> None:
        with suppress(UnavailableError):
            # It goes on trying.
            await changes.listen()
        async with open_queue(self._config) as queue:
            self._queue = queue
            if self._stopping.is_set():
                return
            tidying = asyncio.create_task(_tidy(queue))
            try:
                self._on_ready()
                await queue.run(self._limits, runner.perform)
            finally:
                self._queue = None
                tidying.cancel()
                await asyncio.wait({tidying})

    @property
    def _limits(self) -> Mapping[str, int]:
        return {name: UNLIMITED if name == SAMPLE else named.concurrency for name, named in self._named.items()}


async def _tidy(queue: JobQueue) -> None:
    while True:
        try:
            await queue.tidy()
        except Exception as error:
            if not is_lost(error):
                raise
        await asyncio.sleep(TIDY_SECONDS)
