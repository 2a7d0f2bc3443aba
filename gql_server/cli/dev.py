"""`gql-server dev`: a PostgreSQL, demo data and the server, in one command."""

import asyncio
import socket
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer
import uvicorn
from pydantic import SecretStr

from gql_server.cli.port import check_port
from gql_server.config import Config, read_config
from gql_server.db.database import open_database
from gql_server.db.embedded import running_postgres
from gql_server.db.migrate import migrator
from gql_server.demo.load import load
from gql_server.errors import StartError

POSTGRES_SETTINGS = {
    # An operation over many projects locks every table and index that it reads.
    "max_locks_per_transaction": "512",
    "max_connections": "50",
}

DEFAULT_PROJECTS = 12


def dev(
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to serve at.")] = 8000,
    data_dir: Annotated[Path, typer.Option(help="Where the database is kept.")] = Path(".gql-server"),
    projects: Annotated[
        int | None, typer.Option(min=1, max=500, help="Demo projects to make at the first start.", show_default="12")
    ] = None,
    reset: Annotated[bool, typer.Option("--reset", help="Throw the database away and begin again.")] = False,
) -> None:
    """Serve demo data from a PostgreSQL of its own, for exploring and for frontend work."""
    check_port("127.0.0.1", port)
    cluster = data_dir / "postgres"
    # Written when the data is whole, and inside the cluster, so that it goes when the cluster goes.
    marker = cluster / "demo-projects"
    made = _read(marker)
    begin = reset or not made
    if not begin and projects is not None and made != str(projects):
        typer.echo(f"{data_dir} has {made} demo projects; --reset makes {projects} in their place.")
    with running_postgres(cluster, settings=POSTGRES_SETTINGS, reset=begin) as dsn:
        config = read_config(
            database_url=SecretStr(dsn), graphiql=True, host="127.0.0.1", port=port, log_level="warning"
        )
        asyncio.run(_migrate(config))
        if begin:
            asyncio.run(_fill(config, projects or DEFAULT_PROJECTS))
            marker.write_text(str(projects or DEFAULT_PROJECTS))
        _serve(config, dsn)


def _read(marker: Path) -> str:
    try:
        return marker.read_text()
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise StartError(f"{marker.parent} cannot be used: {error.strerror}. Choose another --data-dir.") from None


async def _migrate(config: Config) -> None:
    async with migrator(config, lambda: None) as run:
        await run.migrate_shared(await run.shared_state())
        states = await run.project_states(None)
        await run.migrate_projects([state for state in states if state.pending], 4, lambda _: None)


async def _fill(config: Config, projects: int) -> None:
    typer.echo(f"Making {projects} demo projects …")
    async with open_database(config) as database:
        await load(database, projects)


def _serve(config: Config, dsn: str) -> None:
    # Imported late: GraphQL takes a second, which the other commands need not wait for.
    from gql_server.app import GRAPHQL_PATH, create_app  # noqa: PLC0415

    server = _AnnouncingServer(
        uvicorn.Config(
            create_app(config),
            host=config.host,
            port=config.port,
            loop="uvloop",
            http="httptools",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=3,
        ),
        _announcement(f"http://{config.host}:{config.port}{GRAPHQL_PATH}", dsn),
    )
    with suppress(KeyboardInterrupt):
        server.run()
    typer.echo("\nStopped.")


class _AnnouncingServer(uvicorn.Server):
    """Says where it is as soon as it listens."""

    def __init__(self, config: uvicorn.Config, announcement: str) -> None:
        super().__init__(config)
        self._announcement = announcement

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            typer.echo(self._announcement)


def _announcement(url: str, dsn: str) -> str:
    query = '{"query": "{ projects(first: 3) { nodes { name contents(first: 2) { nodes { title } } } } }"}'
    return f"""
  GraphiQL    {url}   (open it in a browser)

  From a shell:

    curl {url} -H 'Content-Type: application/json' -d '{query}'

  PostgreSQL  psql '{dsn}'
  Ctrl-C stops everything; the data stays for the next start.
"""
