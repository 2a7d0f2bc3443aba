"""How the time of the small nested query compares with another revision's, measured in turns.

    .venv/bin/python benchmarks/against_revision.py REVISION

Starts one PostgreSQL, and for this checkout and the revision a database with the same demo data and a server. Sends
rounds of requests to one and the other in turns, and prints the medians and their ratio. Quote the ratio.
"""

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import httpx
import psutil
import uvloop

from gql_server.db.embedded import running_postgres
from gql_server.db.logins import LOGIN, OWNER, login_dsn, make_roles

HERE = Path(__file__).parent.parent
ROUNDS, REQUESTS = 300, 10
PROJECTS = 10
KEY = "a-key-of-the-administrator-for-benchmarks"
QUERY = """
{
  projects(first: 1) {
    nodes {
      name
      client { name }
      contents(first: 10) { nodes { title createdAt objectModel { name version } } }
      vocabulary(first: 10) { nodes { term definition } }
      promptComponents(first: 10) { nodes { name basePrompt { name } } }
    }
  }
}
"""
LOAD = f"""
import asyncio
from gql_server.config import read_config
from gql_server.db.database import open_database
from gql_server.demo.load import load

async def main():
    async with open_database(read_config()) as database:
        await load(database, {PROJECTS})

asyncio.run(main())
"""


@contextmanager
def checkout(revision: str) -> Generator[Path]:
    with tempfile.TemporaryDirectory() as directory:
        tree = Path(directory) / "tree"
        subprocess.run(["git", "-C", HERE, "worktree", "add", "--quiet", "--detach", tree, revision], check=True)
        try:
            yield tree
        finally:
            subprocess.run(["git", "-C", HERE, "worktree", "remove", "--force", tree], check=True)


async def make_database(superuser_dsn: str, name: str) -> None:
    connection = await asyncpg.connect(superuser_dsn)
    await connection.execute(f"CREATE DATABASE {name} OWNER {OWNER}")
    await connection.close()


def has_roles(tree: Path) -> bool:
    return (tree / "gql_server/db/logins.py").exists()


@contextmanager
def serving(tree: Path, superuser_dsn: str, name: str) -> Generator[tuple[httpx.Client, psutil.Process]]:
    """A client of a server of this tree's code, and the server's process."""
    uvloop.run(make_database(superuser_dsn, name))
    as_superuser = urlunsplit(urlsplit(superuser_dsn)._replace(path=f"/{name}"))
    login = {"GQL_SERVER_DATABASE_URL": login_dsn(superuser_dsn, name), "GQL_SERVER_OWNER_ROLE": OWNER}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "PYTHONPATH": str(tree),
        "GQL_SERVER_DATABASE_URL": as_superuser,
        **(login if has_roles(tree) else {}),
        "GQL_SERVER_ADMIN_KEYS": KEY,
        "GQL_SERVER_RATE_LIMIT_PER_SECOND": "1000000",
        "GQL_SERVER_PORT": str(port),
        "GQL_SERVER_LOG_LEVEL": "warning",
    }
    for command in (["-m", "gql_server", "migrate"], ["-c", LOAD]):
        subprocess.run([sys.executable, *command], cwd=tree, env=environment, check=True, stdout=subprocess.DEVNULL)
    server = subprocess.Popen([sys.executable, "-m", "gql_server", "serve"], cwd=tree, env=environment)
    headers = {"authorization": f"Bearer {KEY}"}
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=10) as client:
        try:
            wait_until_ready(client)
            yield client, psutil.Process(server.pid)
        finally:
            server.terminate()
            server.wait()


def wait_until_ready(client: httpx.Client) -> None:
    for _ in range(200):
        try:
            if client.get("/readyz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise RuntimeError("The server does not become ready.")


def milliseconds(client: httpx.Client) -> float:
    begun = time.perf_counter()
    response = client.post("/graphql", json={"query": QUERY})
    took = (time.perf_counter() - begun) * 1000
    assert "errors" not in response.json(), response.text
    return took


def main(revision: str) -> None:
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        dsn = stack.enter_context(
            running_postgres(directory / "postgres", settings={"max_locks_per_transaction": "512"})
        )
        uvloop.run(make_roles(dsn))
        trees = {"before": stack.enter_context(checkout(revision)), "now": HERE}
        servers = {name: stack.enter_context(serving(tree, dsn, name)) for name, tree in trees.items()}
        times: dict[str, list[float]] = {name: [] for name in servers}
        spent: dict[str, float] = {}
        for client, _ in servers.values():
            for _ in range(REQUESTS):
                milliseconds(client)
        begun = {name: sum(process.cpu_times()[:2]) for name, (_, process) in servers.items()}
        for _ in range(ROUNDS):
            for name, (client, _) in servers.items():
                times[name] += [milliseconds(client) for _ in range(REQUESTS)]
        for name, (_, process) in servers.items():
            spent[name] = (sum(process.cpu_times()[:2]) - begun[name]) / (ROUNDS * REQUESTS) * 1000
    print(f"{ROUNDS} rounds of {REQUESTS} requests each, in turns; logs in as {LOGIN} where there are roles")
    for name, values in times.items():
        p50, p95 = statistics.median(values), statistics.quantiles(values, n=20)[-1]
        print(f"{name:7} p50 {p50:6.2f} ms  p95 {p95:6.2f} ms  CPU of the server {spent[name]:5.2f} ms")
    ratio = statistics.median(times["now"]) / statistics.median(times["before"])
    print(f"p50 now / before: {ratio:.3f}; CPU: {spent['now'] / spent['before']:.3f}")


if __name__ == "__main__":
    main(sys.argv[1])
