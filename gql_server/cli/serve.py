"""`gql-server serve`: the server for production."""

import asyncio
import os
import signal
import sys
from typing import Annotated

import typer
import uvicorn

from gql_server.cli.port import check_port
from gql_server.cli.worker_process import worker_process
from gql_server.config import PREFIX, Config, read_config
from gql_server.db.health import check_version, wait_for_database
from gql_server.http.connection import HttpConnection, WebSocketConnection
from gql_server.http.documents import Documents
from gql_server.llm.catalogue import model_names
from gql_server.log import configure_logging

GRACE_SECONDS = 10
"""How long requests that are under way may take to end when the server is told to stop."""


def serve(
    host: Annotated[str | None, typer.Option(help="The address to listen on; GQL_SERVER_HOST.")] = None,
    port: Annotated[int | None, typer.Option(help="The port to listen on; GQL_SERVER_PORT.")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes that serve; GQL_SERVER_WORKERS.")] = None,
    trusted_only: Annotated[
        bool, typer.Option("--trusted-only", help="Refuse documents that are not trusted; GQL_SERVER_TRUSTED_ONLY.")
    ] = False,
    with_worker: Annotated[
        bool, typer.Option("--with-worker", help="Run a worker beside it; with more to do, run gql-server worker.")
    ] = False,
) -> None:
    """Serve the API. GQL_SERVER_DATABASE_URL says where PostgreSQL is."""
    options = {"HOST": host, "PORT": port, "WORKERS": workers, "TRUSTED_ONLY": trusted_only or None}
    for name, value in options.items():
        if value is not None:
            # Worker processes read their settings from the environment.
            os.environ[PREFIX + name] = str(value)
    config = read_config()
    configure_logging(config)
    # Worker processes read these files for themselves, where nobody would see what is wrong with them.
    Documents(config)
    model_names(config)
    asyncio.run(_check(config))
    check_port(config.host, config.port)
    if not with_worker:
        _run(config)
        return
    # The server passes the signal on when it has ended, which would leave the worker to itself.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    with worker_process({}, config.worker_grace_seconds + 2):
        _run(config)


def _run(config: Config) -> None:
    uvicorn.run(
        "gql_server.app:create_process_app",
        factory=True,
        host=config.host,
        port=config.port,
        workers=config.workers,
        loop="uvloop",
        http=HttpConnection,
        ws=WebSocketConnection,
        log_config=None,
        access_log=False,
        server_header=False,
        ws_max_size=config.body_limit_bytes,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


async def _check(config: Config) -> None:
    await wait_for_database(config)
    await check_version(config)
