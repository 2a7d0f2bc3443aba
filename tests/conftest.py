"""One PostgreSQL cluster a run, one database a test, and a server over it."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import pytest
import uvicorn
from asgi_lifespan import LifespanManager
from httpx import ASGITransport, AsyncClient
from logins import ADMIN_KEY, AUTHORIZATION, as_login
from patience import PATIENCE_SECONDS
from pydantic import SecretStr
from shadowing import Shadowing, unless_shadowing
from starlette.applications import Starlette
from target import NewDatabase
from world import GraphQL, World

from gql_server.app import create_app
from gql_server.config import Config
from gql_server.db.database import Database, open_database
from gql_server.db.embedded import running_postgres
from gql_server.db.logins import LOGIN, OWNER, make_roles
from gql_server.db.migrate import migrator
from gql_server.http.connection import HttpConnection, WebSocketConnection

TEMPLATE = "gql_server_template"
CLUSTER_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_connections": "200",
    "max_locks_per_transaction": "512",
}
RAM_NEEDED = 512 * 1024 * 1024


class Cluster:
    """Runs in the process that hands out the tests; the others are told where it is."""

    dsn = ""

    def start(self) -> None:
        ram = Path("/dev/shm")
        roomy = ram.is_dir() and shutil.disk_usage(ram).free > RAM_NEEDED
        self._directory = Path(tempfile.mkdtemp(prefix="gql-server-tests-", dir=ram if roomy else None))
        binaries = os.environ.get("GQL_SERVER_TEST_POSTGRES")
        self._running = running_postgres(
            self._directory / "postgres", settings=CLUSTER_SETTINGS, binaries=Path(binaries) if binaries else None
        )
        self.dsn = self._running.__enter__()
        asyncio.run(make_roles(self.dsn))
        asyncio.run(make_template())

    def stop(self) -> None:
        self._running.__exit__(None, None, None)
        shutil.rmtree(self._directory)


cluster = Cluster()


def pytest_configure(config: pytest.Config) -> None:
    if os.environ.get("GQL_SERVER_TEST_BOTH_ENGINES"):
        config.pluginmanager.register(Shadowing())


def pytest_sessionstart(session: pytest.Session) -> None:
    worker = getattr(session.config, "workerinput", None)
    if worker is not None:
        cluster.dsn = worker["dsn"]
    elif not session.config.option.collectonly:
        cluster.start()


def pytest_configure_node(node: Any) -> None:
    node.workerinput["dsn"] = cluster.dsn


def pytest_sessionfinish(session: pytest.Session) -> None:
    if not hasattr(session.config, "workerinput") and cluster.dsn:
        cluster.stop()


def dsn_of(database: str) -> str:
    return urlunsplit(urlsplit(cluster.dsn)._replace(path=f"/{database}"))


def config_of(dsn: str, **settings: Any) -> Config:
    """A server that logs in as it should: as one who has no rights of its own."""
    # The tests are one caller, who asks for more than any other.
    unlimited = {"alias_limit": 1000, "rate_limit_per_second": 0, "in_flight_limit": 0}
    own = {"pool_size": 4, "log_level": "error", "admin_keys": ADMIN_KEY, **unlimited}
    # Nor is a busy machine what fails them.
    patient = {
        "connect_timeout_seconds": PATIENCE_SECONDS,
        "lock_timeout_seconds": PATIENCE_SECONDS,
        "pool_timeout_seconds": 2 * PATIENCE_SECONDS,
        "operation_timeout_seconds": 2 * PATIENCE_SECONDS,
    }
    return Config(database_url=SecretStr(as_login(dsn)), owner_role=OWNER, **{**own, **patient, **settings})


async def execute(sql: str, dsn: str = "") -> None:
    connection = await asyncpg.connect(dsn or cluster.dsn)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


async def make_template() -> None:
    await execute(f"CREATE DATABASE {TEMPLATE} OWNER {OWNER}")
    async with migrator(config_of(dsn_of(TEMPLATE)), lambda: None) as run:
        await run.migrate_shared(await run.shared_state())


@asynccontextmanager
async def database_of(template: str) -> AsyncGenerator[str]:
    """A copy of a template, for as long as it is needed."""
    name = f"test_{uuid4().hex}"
    await execute(f"CREATE DATABASE {name} TEMPLATE {template} OWNER {OWNER}")
    try:
        yield dsn_of(name)
    finally:
        await _drop(name)


async def _drop(name: str) -> None:
    """Drops a database with its roles: each makes it slower to find out who may become whom, in the whole cluster."""
    connection = await asyncpg.connect(cluster.dsn)
    oid = await connection.fetchval("SELECT oid FROM pg_database WHERE datname = $1", name)
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    roles = await connection.fetch("SELECT rolname FROM pg_roles WHERE starts_with(rolname, $1)", f"gqls_{oid}_")
    if roles:
        await connection.execute(f"DROP ROLE {', '.join(role['rolname'] for role in roles)}")
    await connection.close()


@asynccontextmanager
async def migrated_database() -> AsyncGenerator[str]:
    """A migrated database without rows."""
    async with database_of(TEMPLATE) as dsn:
        # Its roles are the template's: they do not come along with a copy.
        await execute(f"SET SESSION AUTHORIZATION {LOGIN}; SET ROLE {OWNER}; SELECT public.sync_shared_roles()", dsn)
        yield dsn


@pytest.fixture(scope="session")
def new_database() -> NewDatabase:
    """Makes a database for what outlives a test."""
    return migrated_database


@pytest.fixture
async def dsn() -> AsyncGenerator[str]:
    """A migrated database without rows."""
    async with migrated_database() as dsn:
        yield dsn


@pytest.fixture
async def empty_dsn() -> AsyncGenerator[str]:
    """A database without anything."""
    async with database_of("template0") as dsn:
        yield dsn


@pytest.fixture
def config(dsn: str) -> Config:
    return config_of(dsn)


@pytest.fixture
def statements() -> list[str]:
    """Every statement that the server has sent, in order; a test clears it before what it counts."""
    return []


@pytest.fixture
async def database(config: Config, statements: list[str]) -> AsyncGenerator[Database]:
    async with open_database(config, on_statement=unless_shadowing(statements.append)) as database:
        yield database


@pytest.fixture
async def connection(dsn: str) -> AsyncGenerator[asyncpg.Connection]:
    """A connection beside the server's, of whoever owns the tables; RESET ROLE makes it a superuser's."""
    connection = await asyncpg.connect(dsn)
    await connection.execute(f"SET ROLE {OWNER}")
    yield connection
    await connection.close()


@pytest.fixture
def world(database: Database, connection: asyncpg.Connection) -> World:
    """Makes clients, projects and what is in them."""
    return World(database, connection)


def starting(app: Starlette) -> LifespanManager:
    """The lifespan of an app, however long it takes to begin and to end."""
    return LifespanManager(app, startup_timeout=PATIENCE_SECONDS, shutdown_timeout=PATIENCE_SECONDS)


@asynccontextmanager
async def client_of(
    config: Config, database: Database, base_url: str = "http://test", *, anonymous: bool = False
) -> AsyncGenerator[AsyncClient]:
    """A client of a server of these settings; what fails in the server is an answer, as it is for real ones."""
    async with starting(create_app(config, database, allow_anonymous=anonymous)) as manager:
        transport = ASGITransport(app=manager.app, raise_app_exceptions=False)
        headers = {} if anonymous else AUTHORIZATION
        async with AsyncClient(transport=transport, base_url=base_url, headers=headers) as client:
            yield client


class Listening(NamedTuple):
    """A server that can be connected to, in this process."""

    app: Starlette
    port: int


def client_at(port: int, headers: dict[str, str] = AUTHORIZATION) -> AsyncClient:
    """A client of a server that listens."""
    return AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=PATIENCE_SECONDS)


@asynccontextmanager
async def listening(config: Config) -> AsyncGenerator[Listening]:
    app = create_app(config)
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            port=0,
            http=HttpConnection,
            ws=WebSocketConnection,
            log_config=None,
            timeout_graceful_shutdown=1,
        )
    )
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield Listening(app, server.servers[0].sockets[0].getsockname()[1])
    finally:
        server.should_exit = True
        await task


@pytest.fixture
async def http(config: Config, database: Database) -> AsyncGenerator[AsyncClient]:
    """A client of a server over the test's database."""
    app = create_app(config, database)
    async with starting(app) as manager:
        transport = ASGITransport(app=manager.app)
        async with AsyncClient(transport=transport, base_url="http://test", headers=AUTHORIZATION) as client:
            yield client


@pytest.fixture
def graphql(http: AsyncClient) -> GraphQL:
    """Sends an operation and answers with the whole response, `data` and `errors`."""

    async def send(query: str, **variables: Any) -> dict[str, Any]:
        response = await http.post("/graphql", json={"query": query, "variables": variables})
        assert response.status_code == 200, response.text
        return response.json()

    return send


@pytest.fixture
def data(graphql: GraphQL) -> GraphQL:
    """Sends an operation that must succeed and answers with its data."""

    async def send(query: str, **variables: Any) -> dict[str, Any]:
        body = await graphql(query, **variables)
        assert "errors" not in body, body["errors"]
        return body["data"]

    return send
