"""`gql-server dev`: a PostgreSQL, demo data and the server, in one command."""

import asyncio
import json
import os
import socket
from contextlib import suppress
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
import uvicorn

from gql_server.cli.port import check_port
from gql_server.cli.worker_process import worker_process
from gql_server.config import PREFIX, Config, read_config
from gql_server.db.database import open_database
from gql_server.db.embedded import running_postgres
from gql_server.db.logins import LOGIN, OWNER, make_database, make_roles
from gql_server.db.migrate import migrator
from gql_server.demo.load import load
from gql_server.errors import StartError
from gql_server.llm.catalogue import SAMPLE
from gql_server.services.keys import generate

POSTGRES_SETTINGS = {
    # An operation over many projects locks every table and index that it reads.
    "max_locks_per_transaction": "512",
    "max_connections": "50",
}

DEFAULT_PROJECTS = 12

WORKER_GRACE_SECONDS = 1


class Demo(NamedTuple):
    """What the demo data was made with, kept beside it."""

    projects: int
    admin_key: str
    client_key: str


def dev(
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to serve at.")] = 8000,
    data_dir: Annotated[Path, typer.Option(help="Where the database is kept.")] = Path(".gql-server"),
    projects: Annotated[
        int | None, typer.Option(min=1, max=500, help="Demo projects to make at the first start.", show_default="12")
    ] = None,
    reset: Annotated[bool, typer.Option("--reset", help="Throw the database away and begin again.")] = False,
    allow_anonymous: Annotated[
        bool, typer.Option("--allow-anonymous", help="Take requests without a key for the administrator's.")
    ] = False,
) -> None:
    """Serve demo data from a PostgreSQL of its own, for exploring and for frontend work."""
    check_port("127.0.0.1", port)
    cluster = data_dir / "postgres"
    # Written when the data is whole, and inside the cluster, so that it goes when the cluster goes.
    kept = cluster / "demo.json"
    demo = None if reset else _read(kept)
    if demo is not None and projects not in (None, demo.projects):
        typer.echo(f"{data_dir} has {demo.projects} demo projects; --reset makes {projects} in their place.")
    with running_postgres(cluster, settings=POSTGRES_SETTINGS, reset=demo is None) as superuser_dsn:
        asyncio.run(make_roles(superuser_dsn))
        settings = {
            "database_url": asyncio.run(make_database(superuser_dsn)),
            "owner_role": OWNER,
            "admin_keys": demo.admin_key if demo else generate().text,
            "introspection": True,
            "graphiql": True,
            "usage_page": True,
            "host": "127.0.0.1",
            "port": port,
            "log_level": "warning",
            "default_model": os.environ.get(f"{PREFIX}DEFAULT_MODEL", SAMPLE),
        }
        config = read_config(**settings)
        asyncio.run(_migrate(config))
        if demo is None:
            demo = asyncio.run(_fill(config, projects or DEFAULT_PROJECTS))
            _keep(kept, demo)
        psql_dsn = superuser_dsn.replace("/postgres?", f"/{LOGIN}?")
        with worker_process(_worker_settings(config), WORKER_GRACE_SECONDS + 2):
            _serve(config, demo, psql_dsn, allow_anonymous=allow_anonymous)


def _worker_settings(config: Config) -> dict[str, str]:
    return {
        f"{PREFIX}DATABASE_URL": config.database_url.get_secret_value(),
        f"{PREFIX}OWNER_ROLE": config.owner_role,
        f"{PREFIX}DEFAULT_MODEL": config.default_model or SAMPLE,
        f"{PREFIX}WORKER_GRACE_SECONDS": str(WORKER_GRACE_SECONDS),
        f"{PREFIX}LOG_LEVEL": config.log_level,
    }


def _read(kept: Path) -> Demo | None:
    try:
        return Demo(**json.loads(kept.read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None
    except OSError as error:
        raise StartError(f"{kept.parent} cannot be used: {error.strerror}. Choose another --data-dir.") from None


def _keep(kept: Path, demo: Demo) -> None:
    kept.touch(mode=0o600)
    kept.write_text(json.dumps(demo._asdict()))


async def _migrate(config: Config) -> None:
    async with migrator(config, lambda: None) as run:
        await run.migrate_shared(await run.shared_state())
        states = await run.project_states(None)
        await run.migrate_projects([state for state in states if state.pending], 4, lambda _: None)


async def _fill(config: Config, projects: int) -> Demo:
    typer.echo(f"Making {projects} demo projects …")
    async with open_database(config) as database:
        client_key = await load(database, projects)
    [admin_key] = config.admin_keys
    return Demo(projects, admin_key.get_secret_value(), client_key.text)


def _serve(config: Config, demo: Demo, psql_dsn: str, *, allow_anonymous: bool) -> None:
    # Imported late: GraphQL takes a second, which the other commands need not wait for.
    from gql_server.app import GRAPHQL_PATH, USAGE_PATH, create_app  # noqa: PLC0415
    from gql_server.http.connection import HttpConnection, WebSocketConnection  # noqa: PLC0415

    origin = f"http://{config.host}:{config.port}"
    server = _AnnouncingServer(
        uvicorn.Config(
            create_app(config, allow_anonymous=allow_anonymous),
            host=config.host,
            port=config.port,
            loop="uvloop",
            http=HttpConnection,
            ws=WebSocketConnection,
            log_config=None,
            access_log=False,
            server_header=False,
            ws_max_size=config.body_limit_bytes,
            timeout_graceful_shutdown=3,
        ),
        _announcement(origin + GRAPHQL_PATH, origin + USAGE_PATH, demo, psql_dsn),
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


def _announcement(graphql: str, usage: str, demo: Demo, psql_dsn: str) -> str:
    query = '{"query": "{ projects(first: 3) { nodes { name contents(first: 2) { nodes { title } } } } }"}'
    return f"""
  GraphiQL    {graphql}#key={demo.admin_key}
  Usage       {usage}#key={demo.admin_key}

  Keys        administrator   {demo.admin_key}
              one client      {demo.client_key}

  From a shell:

    curl {graphql} -H 'Content-Type: application/json' \\
      -H 'Authorization: Bearer {demo.admin_key}' \\
      -d '{query}'

  PostgreSQL  psql '{psql_dsn}'
  Ctrl-C stops everything; the data stays for the next start.
"""
