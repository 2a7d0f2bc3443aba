"""Hundreds of connections that are opened and hardly used, all at once, while others are answered."""

import asyncio
import json
import socket
import time
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import pytest
from harmless import code_of
from httpx import AsyncClient
from live import PROJECT_CHANGED
from patience import PATIENCE_SECONDS
from target import Target
from wire import request, statuses

SLOW, IDLE, STREAMS = 50, 500, 200

OTHERS = 25
"""Connections that the server may have opened or taken meanwhile: a pool of 20, and those of who asks beside."""

ANSWER_SECONDS = 5
"""Less than the ten that the server waits for whatever a peer owes it: nobody else waits so long."""

LARGE = {"query": '{ contents(first: 100, where: {title: {contains: "Large"}}) { nodes { title body } } }'}
DRIPS = 5
EVENTS = "accept: text/event-stream"
TYPENAME = {"query": "{ __typename }"}

Opened = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def post(key: str, length: int, body: bytes = b"", *headers: str) -> bytes:
    head = (f"authorization: Bearer {key}", "content-type: application/json", f"content-length: {length}")
    return request(*head, *headers, body=body)


def open_files(target: Target) -> int:
    return len(list(Path(f"/proc/{target.process.pid}/fd").iterdir()))


@asynccontextmanager
async def connections(target: Target, number: int, sent: bytes = b"") -> AsyncGenerator[list[Opened]]:
    """So many connections that have sent this much; few bytes of what is answered fit between the two ends."""
    opened: list[Opened] = []
    try:
        for _ in range(number):
            sock = socket.socket()
            sock.setblocking(False)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", target.port))
            reader, writer = await asyncio.open_connection(sock=sock, limit=1)
            writer.write(sent)
            opened.append((reader, writer))
        yield opened
    finally:
        for _, writer in opened:
            writer.transport.abort()


async def drip(opened: list[Opened], byte: bytes) -> None:
    """Sends a byte a second over each, and nothing more into those that are closed."""
    for _ in range(DRIPS):
        for _, writer in opened:
            writer.write(byte)
        await asyncio.sleep(1)


async def answered(http: AsyncClient, target: Target, caller: str) -> float:
    """The seconds that an ordinary answer takes."""
    begun = time.monotonic()
    response = await http.post("/graphql", json=TYPENAME, headers=target.headers(caller))
    assert response.json() == {"data": {"__typename": "Query"}}
    return time.monotonic() - begun


async def last_words(opened: list[Opened]) -> list[int]:
    """The statuses of what was answered before the connections were closed."""
    found: list[int] = []
    for reader, _ in opened:
        with suppress(ConnectionError):
            found += statuses(await asyncio.wait_for(reader.read(), PATIENCE_SECONDS))
    return found


@pytest.mark.timeout(120)
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="Connections that the server has open are counted in /proc.")
async def test_hundreds_who_are_slow_stop_nobody_and_are_sent_away(target: Target, http: AsyncClient) -> None:
    key, large = target.keys, json.dumps(LARGE).encode()
    half_body = post(key["acme"], 1000, b"{")
    before = open_files(target)
    async with AsyncExitStack() as stack:
        for _ in range(SLOW):
            await stack.enter_async_context(connections(target, 1, post(key["beacon"], len(large), large)))
            # It is the reading that is slow here, and not the answering.
            assert await answered(http, target, "admin") < ANSWER_SECONDS
        await stack.enter_async_context(connections(target, IDLE))
        # These come last, since they are to be there still when the others have been opened.
        heads = await stack.enter_async_context(connections(target, SLOW, b"POST /graphql HTTP/1.1\r\nx-a: "))
        bodies = await stack.enter_async_context(connections(target, SLOW, half_body))
        drips = [asyncio.create_task(drip(opened, b" ")) for opened in (heads, bodies)]
        stack.callback(lambda: [task.cancel() for task in drips])
        async with asyncio.timeout(PATIENCE_SECONDS):
            while open_files(target) - before < 2 * SLOW + IDLE:
                await asyncio.sleep(0.1)

        # Whoever is slow has but the places of its own, as soon as the server has read the last of the heads.
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (mine := await http.post("/graphql", json=TYPENAME, headers=target.headers("acme"))).is_success:
                # It may have had the place of one of them, which was refused then.
                bodies += await stack.enter_async_context(connections(target, 1, half_body))
                await asyncio.sleep(0.1)
        assert (mine.status_code, code_of(mine.json())) == (429, "LIMIT_EXCEEDED")
        deadline = time.monotonic() + PATIENCE_SECONDS
        while open_files(target) - before > OTHERS and time.monotonic() < deadline:
            for caller in ("admin", "beacon"):
                assert await answered(http, target, caller) < ANSWER_SECONDS
            await asyncio.sleep(0.3)

        assert open_files(target) - before <= OTHERS
        words = Counter(await last_words(bodies))
        assert words.total() == len(bodies)
        assert (words[408] >= SLOW, words.keys() <= {408, 429}) == (True, True)
        assert await answered(http, target, "acme") < ANSWER_SECONDS


async def test_streams_that_are_not_read(target: Target, http: AsyncClient) -> None:
    body = json.dumps({"query": PROJECT_CHANGED, "variables": {"id": target.ids["Project"]}}).encode()
    async with connections(target, STREAMS, post(target.keys["acme"], len(body), body, EVENTS)) as opened:
        for reader, _ in opened:
            assert statuses(await asyncio.wait_for(reader.read(1000), PATIENCE_SECONDS)) == [200]
        for caller in ("admin", "acme", "beacon"):
            assert await answered(http, target, caller) < ANSWER_SECONDS
