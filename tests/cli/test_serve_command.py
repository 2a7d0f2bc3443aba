"""`gql-server serve` as an operator runs it: what it refuses, how it serves and how it ends."""

import asyncio
import json
import signal
import socket
import subprocess
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import asyncpg
import httpx
import pytest
from command import Result, run
from conftest import client_at, config_of
from migration import migrate
from patience import PATIENCE_SECONDS
from served import free_port, members, served

from gql_server.db.migrations import latest_version

SHARED = latest_version("public")

QUERY = {"query": "{ clients { nodes { name } } }"}


class Server(NamedTuple):
    """A running server: the group of its processes has the number of the first."""

    process: subprocess.Popen[bytes]
    client: httpx.AsyncClient
    log: Path


@asynccontextmanager
async def serving(dsn: str, log: Path, *options: object, **settings: object) -> AsyncGenerator[Server]:
    """A server that answers; its group is killed if the test leaves any of it running."""
    with served(dsn, log, *options, **settings) as (process, port):
        async with client_at(port) as client:
            yield Server(process, client, log)


async def test_settings_that_are_missing_or_wrong_are_named() -> None:
    url = "postgresql://localhost/x"
    missing, scheme, port, workers = await asyncio.gather(
        run("serve"),
        run("serve", dsn="mysql://localhost/x"),
        run("serve", "--port", 65536, dsn=url),
        run("serve", dsn=url, workers="many"),
    )

    assert missing == Result(
        2,
        "",
        "gql-server: GQL_SERVER_DATABASE_URL is not set: "
        "Where PostgreSQL is: `postgresql://user:password@host:5432/database`.\n",
    )
    assert scheme == Result(
        2, "", "gql-server: GQL_SERVER_DATABASE_URL is wrong: it should begin with postgresql://.\n"
    )
    assert port == Result(2, "", "gql-server: GQL_SERVER_PORT is wrong: input should be less than or equal to 65535.\n")
    assert workers == Result(
        2,
        "",
        "gql-server: GQL_SERVER_WORKERS is wrong: "
        "input should be a valid integer, unable to parse string as an integer.\n",
    )


async def test_trusted_documents_that_are_missing_or_wrong_are_told(tmp_path: Path) -> None:
    url = "postgresql://localhost/x"
    missing, broken = tmp_path / "none.json", tmp_path / "wrong.json"
    broken.write_text('{"a": 1}')
    without, unread, wrong = await asyncio.gather(
        run("serve", "--trusted-only", dsn=url),
        run("serve", "--workers", 2, dsn=url, trusted_documents=missing),
        run("serve", dsn=url, trusted_documents=broken),
    )

    words = "GQL_SERVER_TRUSTED_DOCUMENTS is wrong:"
    assert [without, unread, wrong] == [
        Result(2, "", "gql-server: GQL_SERVER_TRUSTED_ONLY is wrong: it needs GQL_SERVER_TRUSTED_DOCUMENTS.\n"),
        Result(2, "", f"gql-server: {words} {missing} cannot be read: No such file or directory.\n"),
        Result(2, "", f"gql-server: {words} in {broken}, a: input should be a valid string.\n"),
    ]


@pytest.mark.parametrize("workers", [1, 2])
async def test_a_server_that_is_held_to_trusted_documents(workers: int, dsn: str, tmp_path: Path) -> None:
    documents = tmp_path / "documents.json"
    documents.write_text(json.dumps({"clients": QUERY["query"]}))

    options = ("--trusted-only", "--workers", workers)
    async with serving(dsn, tmp_path / "log", *options, trusted_documents=documents) as server:
        known = await server.client.post("/graphql", json={"documentId": "clients"})
        other = await server.client.post("/graphql", json={"query": "{ __typename }"})

    assert known.json() == {"data": {"clients": {"nodes": []}}}
    assert other.json()["errors"][0]["extensions"] == {"code": "DOCUMENT_NOT_TRUSTED"}


async def test_a_database_that_is_down_is_waited_for_as_long_as_is_set() -> None:
    port = free_port()
    started = time.monotonic()

    result = await run("serve", dsn=f"postgresql://u@127.0.0.1:{port}/x", database_wait_seconds=0.5)

    assert time.monotonic() - started >= 0.5
    reason = f"Connect call failed ('127.0.0.1', {port})"
    sentence = f"gql-server: The database cannot be reached: {reason}. Gave up after 0.5 seconds.\n"
    assert result == Result(1, "", sentence)


async def test_a_database_that_is_newer_is_refused(dsn: str, connection: asyncpg.Connection) -> None:
    await connection.execute(f"INSERT INTO schema_migrations VALUES ({SHARED + 1}, 'later', '')")

    assert await run("serve", dsn=dsn) == Result(
        1,
        "",
        f"gql-server: The database is at version {SHARED + 1}, newer than this gql-server, which knows {SHARED}: "
        "use the gql-server that migrated it, or a newer one.\n",
    )


async def test_two_workers_serve_and_end_together(dsn: str, connection: asyncpg.Connection, tmp_path: Path) -> None:
    await connection.execute("INSERT INTO clients (name) VALUES ('Acme')")

    async with serving(dsn, tmp_path / "log", "--workers", 2) as server:
        for path in ("/healthz", "/readyz"):
            response = await server.client.get(path)
            assert (response.status_code, response.json()) == (200, {"status": "ok"})
        response = await server.client.post("/graphql", json=QUERY)
        assert response.json() == {"data": {"clients": {"nodes": [{"name": "Acme"}]}}}
        assert len(members(server.process.pid)) >= 3

        server.process.terminate()
        assert await ended(server) == 0

    assert "Traceback" not in server.log.read_text()


async def test_a_server_is_not_ready_until_the_migrations_have_run(empty_dsn: str, tmp_path: Path) -> None:
    async with serving(empty_dsn, tmp_path / "log") as server:
        before = await server.client.get("/readyz")
        refused = await server.client.post("/graphql", json=QUERY)
        await migrate(config_of(empty_dsn))
        after = await server.client.get("/readyz")

        server.process.terminate()
        assert await ended(server) == -signal.SIGTERM

    reason = "The database is not set up for this server; try again later."
    assert (before.status_code, before.json()) == (503, {"status": "unavailable", "reason": reason})
    [error] = refused.json()["errors"]
    assert (error["message"], error["extensions"]["code"]) == (reason, "UNAVAILABLE")
    assert (after.status_code, after.json()) == (200, {"status": "ok"})


async def test_a_server_behind_by_some_migrations_is_not_ready(
    dsn: str, connection: asyncpg.Connection, tmp_path: Path
) -> None:
    await connection.execute(f"DELETE FROM schema_migrations WHERE version = {SHARED}")

    async with serving(dsn, tmp_path / "log") as server:
        response = await server.client.get("/readyz")

    reason = f"The database is at version {SHARED - 1}, and this server reads {SHARED}."
    assert (response.status_code, response.json()) == (503, {"status": "unavailable", "reason": reason})


@pytest.mark.parametrize("workers", [1, 2])
async def test_a_port_in_use_is_told(workers: int, dsn: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = await run("serve", "--port", port, "--workers", workers, dsn=dsn)

    assert result.code == 1
    assert result.err.splitlines()[-1].startswith("gql-server: ")
    assert str(port) in result.err.splitlines()[-1]
    assert "in use" in result.err.splitlines()[-1]


async def ended(server: Server) -> int:
    """The exit code of the server, which leaves no process of its group behind."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while server.process.poll() is None or members(server.process.pid):
            await asyncio.sleep(0.02)
    assert server.process.returncode is not None
    return server.process.returncode
