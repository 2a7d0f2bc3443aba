"""`gql-server worker`: generates the contents that were asked for."""

import asyncio
import sys
from collections.abc import Callable
from typing import Annotated

import typer

from gql_server.config import Config, read_config
from gql_server.db.health import check_migrated, wait_for_database
from gql_server.log import configure_logging


def worker(
    concurrency: Annotated[
        int | None,
        typer.Option(min=2, max=1000, help="Generations to do at a time; GQL_SERVER_WORKER_CONCURRENCY."),
    ] = None,
    until_input_ends: Annotated[bool, typer.Option("--until-input-ends", hidden=True)] = False,
) -> None:
    """Generate the contents that were asked for. GQL_SERVER_DATABASE_URL says where PostgreSQL is."""
    config = read_config(**({} if concurrency is None else {"worker_concurrency": concurrency}))
    configure_logging(config)
    asyncio.run(_work(config, until_input_ends=until_input_ends))


async def _work(config: Config, *, until_input_ends: bool) -> None:
    # Imported late: the clients of language models take seconds, which the other commands need not wait for.
    from gql_server.worker import Worker  # noqa: PLC0415

    worker = Worker(config, on_ready=lambda: typer.echo("The worker is ready."))
    if until_input_ends:
        await stop_at_end_of_input(worker.stop)
    await wait_for_database(config)
    await check_migrated(config)
    await worker.run()


async def stop_at_end_of_input(stop: Callable[[], None]) -> None:
    """Calls `stop` when whoever holds the other end of our standard input closes it, or is no more."""

    class Input(asyncio.Protocol):
        def connection_lost(self, exc: Exception | None) -> None:
            stop()

    await asyncio.get_running_loop().connect_read_pipe(Input, sys.stdin)
