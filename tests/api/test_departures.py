"""A client that goes away ends what it asked for, in PostgreSQL too, unless it is a change."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import asyncpg
import pytest
from conftest import listening
from logins import ADMIN_KEY
from patience import PATIENCE_SECONDS
from wire import request
from world import World

from gql_server.config import Config

READ = "{ projects { nodes { contents { nodes { title } } } } }"
CHANGE = 'mutation ($id: ID!) { updateProject(input: { project: $id, name: "Changed" }) { project { name } } }'
WAITING = """
SELECT count(*) FROM pg_locks WHERE NOT granted
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


@pytest.fixture
async def port(config: Config) -> AsyncGenerator[int]:
    # Nothing else ends an operation that waits for a lock.
    limits = ("lock_timeout_seconds", "statement_timeout_seconds", "operation_timeout_seconds")
    async with listening(config.model_copy(update=dict.fromkeys(limits, 600))) as server:
        yield server.port


async def until(connection: asyncpg.Connection, waiting: int) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await connection.fetchval(WAITING) != waiting:
            await asyncio.sleep(0.01)


@asynccontextmanager
async def asked(port: int, query: str, **variables: str) -> AsyncGenerator[asyncio.StreamReader]:
    """Sends an operation, and leaves at the end."""
    body = json.dumps({"query": query, "variables": variables}).encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    headers = ["content-type: application/json", f"content-length: {len(body)}", f"authorization: Bearer {ADMIN_KEY}"]
    writer.write(request(*headers, body=body))
    await writer.drain()
    try:
        yield reader
    finally:
        writer.transport.abort()


async def test_a_read_ends_with_its_client(port: int, world: World, connection: asyncpg.Connection) -> None:
    [project] = await world.full_projects(1, rows=1)
    table = f'"project_{str(project).replace("-", "_")}".contents'
    async with connection.transaction():
        await connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        async with asked(port, READ):
            await until(connection, waiting=1)
        await until(connection, waiting=0)

    async with asked(port, READ) as reader:
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")


async def test_a_change_is_made_all_the_same(port: int, world: World, connection: asyncpg.Connection) -> None:
    project = await world.project("One", await world.client())
    async with connection.transaction():
        await connection.execute("LOCK TABLE public.projects IN ACCESS EXCLUSIVE MODE")
        async with asked(port, CHANGE, id=str(project)):
            await until(connection, waiting=1)

    async with asyncio.timeout(PATIENCE_SECONDS):
        while await connection.fetchval("SELECT name FROM public.projects") != "Changed":
            await asyncio.sleep(0.01)
