"""How the time of the small nested query compares with another revision's, measured in turns.

    .venv/bin/python benchmarks/against_revision.py REVISION

Starts one PostgreSQL, and for this checkout and the revision a database with the same demo data and a server. Sends
rounds of requests to one and the other in turns, to this checkout's also as a client whose rows PostgreSQL picks out,
and prints the medians and their ratio. Quote the ratios.
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
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import httpx
import psutil
import uvloop

from gql_server.db.embedded import running_postgres
from gql_server.db.logins import OWNER, login_dsn, make_roles

HERE = Path(__file__).parent.parent
ROUNDS, REQUESTS, WARM_UP = 200, 10, 5
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
        key = await load(database, {PROJECTS})
        print(key.text if key else "")

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


class Server(NamedTuple):
    """A server, and those who ask it: the administrator and a client."""

    admin: httpx.Client
    client: httpx.Client
    process: psutil.Process


@contextmanager
def serving(tree: Path, superuser_dsn: str, name: str) -> Generator[Server]:
    """A server of this tree's code."""
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
        made = subprocess.run([sys.executable, *command], cwd=tree, env=environment, check=True, stdout=subprocess.PIPE)
    server = subprocess.Popen([sys.executable, "-m", "gql_server", "serve"], cwd=tree, env=environment)
    address = f"http://127.0.0.1:{port}"
    with asking(address, KEY) as admin, asking(address, made.stdout.decode().strip()) as client:
        try:
            wait_until_ready(admin)
            yield Server(admin, client, psutil.Process(server.pid))
        finally:
            server.terminate()
            server.wait()


def asking(address: str, key: str) -> httpx.Client:
    return httpx.Client(base_url=address, headers={"authorization": f"Bearer {key}"}, timeout=10)


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
        report(servers["before"], servers["now"])


def report(before: Server, now: Server) -> None:
    askers = {"before": before.admin, "now": now.admin, "now, as a client": now.client}
    times: dict[str, list[float]] = {name: [] for name in askers}
    spent = dict.fromkeys(askers, 0.0)
    for turn in range(-WARM_UP, ROUNDS):
        for name, asker in askers.items():
            process = before.process if name == "before" else now.process
            begun = sum(process.cpu_times()[:2])
            taken = [milliseconds(asker) for _ in range(REQUESTS)]
            if turn >= 0:
                times[name] += taken
                spent[name] += sum(process.cpu_times()[:2]) - begun
    print(f"{ROUNDS} rounds of {REQUESTS} requests each, in turns")
    for name, values in times.items():
        p50, p95 = statistics.median(values), statistics.quantiles(values, n=20)[-1]
        ratio, cpu = p50 / statistics.median(times["before"]), spent[name] / spent["before"]
        print(f"{name:17} p50 {p50:5.2f} ms  p95 {p95:5.2f} ms  p50 {ratio:.3f} and CPU {cpu:.3f} of before")


if __name__ == "__main__":
    main(sys.argv[1])
