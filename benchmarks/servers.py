"""The servers that are measured, and how each is started: one process on a port of its own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.postgres import Postgres
from benchmarks.workloads import Workload
from gql_server.db.logins import OWNER
from gql_server.db.project_schema import ProjectSchema

ROOT = Path(__file__).parent.parent
PEERS = ROOT / "benchmarks" / "peers"
KEY = "a-key-of-the-administrator-for-benchmarks"
START_SECONDS = 60
STOP_SECONDS = 15

OURS = "gql_server"
FLOOR = "floor"
MERCURIUS = "mercurius"
STOCK = "strawberry"
POSTGRAPHILE = "postgraphile"


@dataclass(frozen=True)
class Kind:
    """A server that can be measured; `module` is a peer's in Python, `script` one in Node, `engine` ours."""

    name: str
    title: str
    engine: str | None = None
    module: str | None = None
    script: str | None = None
    only: tuple[str, ...] | None = None

    def path(self, workload: Workload) -> str:
        return f"/{workload.name}" if self.name == FLOOR else "/graphql"

    def answers(self, workload: Workload) -> bool:
        return self.only is None or workload.name in self.only


KINDS = [
    Kind(OURS, "gql_server", engine="breadth_first"),
    Kind("stock_engine", "gql_server (stock engine)", engine="stock"),
    Kind(MERCURIUS, "Mercurius + graphql-jit", script="mercurius.js"),
    Kind("apollo", "Apollo Server", script="apollo.js"),
    Kind(STOCK, "strawberry + aiodataloader", module="benchmarks.peers.stock_strawberry:app"),
    Kind(POSTGRAPHILE, "PostGraphile 5, one project", script="postgraphile.js", only=("small",)),
    Kind(FLOOR, "floor: asyncpg + orjson", module="benchmarks.peers.floor:app"),
]


ENGINES = {kind.engine: kind for kind in KINDS if kind.engine is not None}


@dataclass(frozen=True)
class Server:
    """One that runs; requests with its headers are answered."""

    kind: Kind
    port: int
    pid: int

    @property
    def headers(self) -> dict[str, str]:
        headers = {"host": f"127.0.0.1:{self.port}", "content-type": "application/json"}
        return headers if self.kind.engine is None else {**headers, "authorization": f"Bearer {KEY}"}

    def path(self, workload: Workload) -> str:
        return self.kind.path(workload)


@contextmanager
def running(kind: Kind, postgres: Postgres, node: str | None, settings: Mapping[str, str] = {}) -> Generator[Server]:
    """Starts a server; `settings` are further ones of gql_server's environment."""
    port = _free_port()
    command, environment = _command(kind, postgres, port, node)
    # A setting of the caller's own has no say.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("GQL_SERVER_", "PG"))}
    process = subprocess.Popen(
        command, cwd=ROOT, env={**inherited, **environment, **settings}, stdin=subprocess.DEVNULL
    )
    try:
        _wait_until_open(kind, process, port)
        yield Server(kind, port, process.pid)
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _command(kind: Kind, postgres: Postgres, port: int, node: str | None) -> tuple[list[str], dict[str, str]]:
    python = {"PYTHONPATH": str(ROOT)}
    if kind.engine is not None:
        return [sys.executable, "-m", "gql_server", "serve"], {**python, **_settings(kind.engine, postgres, port)}
    if kind.module is not None:
        options = ["--port", str(port), "--loop", "uvloop", "--http", "httptools", "--no-access-log"]
        command = [sys.executable, "-m", "uvicorn", kind.module, *options, "--log-level", "warning"]
        return command, {**python, **postgres.peer_environment}
    if node is None or kind.script is None:
        raise ValueError(f"{kind.name} needs Node.")
    schema = ProjectSchema(postgres.seeded.projects[0]).name
    environment = {"NODE_ENV": "production", "PORT": str(port), "PROJECT_SCHEMA": schema}
    return [node, str(PEERS / kind.script)], {**environment, **postgres.peer_environment}


def _settings(engine: str, postgres: Postgres, port: int) -> dict[str, str]:
    """As in production, but that a caller may ask for more, more often, and wait for it on a busy machine."""
    settings = {
        "DATABASE_URL": postgres.login_dsn,
        "OWNER_ROLE": OWNER,
        "ADMIN_KEYS": KEY,
        "PORT": str(port),
        "ENGINE": engine,
        "LOG_LEVEL": "warning",
        "POOL_TIMEOUT_SECONDS": "600",
        "OPERATION_TIMEOUT_SECONDS": "600",
        "STATEMENT_TIMEOUT_SECONDS": "600",
        "RATE_LIMIT_PER_SECOND": "0",
        "IN_FLIGHT_LIMIT": "0",
        "COST_LIMIT": "1000000",
        "PAGE_SIZE_LIMIT": "200",
    }
    return {f"GQL_SERVER_{name}": value for name, value in settings.items()}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_until_open(kind: Kind, process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"{kind.title} ended with {process.returncode} before it listened.")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"{kind.title} does not listen after {START_SECONDS} seconds.")
