"""Sends requests over kept connections, as little work of its own as possible, and measures.

It runs in a process of its own, `python -m benchmarks.load`, so that what it costs is nobody else's: a `Job` comes in
as a line of JSON, an `Outcome` goes out.
"""

import asyncio
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncGenerator
from collections.abc import Generator as Iterating
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

import httptools
import orjson
import uvloop

from benchmarks.processes import cpu_seconds

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Job:
    """`requests` are sent in turns; `sizes` are those that their answers must have, in bytes; negative, at least."""

    port: int
    requests: list[str]
    sizes: list[int]
    connections: int
    count: int
    warm_up: int
    pids: dict[str, int]


@dataclass(frozen=True)
class Outcome:
    """Seconds of the wall and of CPU, milliseconds that answers took, and what went wrong, with how often it did."""

    seconds: float
    cpu: dict[str, float]
    milliseconds: list[float]
    failures: dict[str, int]


class Turns:
    """Which request is the next, and when all have been answered."""

    def __init__(self, job: Job, count: int) -> None:
        self.payloads = [text.encode() for text in job.requests]
        self.sizes = job.sizes
        self.count = count
        self.sent = 0
        self.times: list[float] = []
        self.failures: Counter[str] = Counter()
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def next(self) -> tuple[bytes, int] | None:
        """A request and the size of its answer; None when all have been sent."""
        if self.sent == self.count:
            return None
        place = self.sent % len(self.payloads)
        self.sent += 1
        return self.payloads[place], self.sizes[place]

    def answered(self, begun: float, status: int, size: int, expected: int) -> None:
        self.times.append((time.perf_counter() - begun) * 1000)
        if status != 200:
            self.failures[f"status {status}"] += 1
        elif size != expected and not 0 > expected >= -size:
            self.failures[f"{size} bytes, not {expected}"] += 1
        if len(self.times) == self.count:
            self.done.set_result(None)

    def broken(self) -> None:
        if not self.done.done():
            self.done.set_exception(RuntimeError("The server closed a connection before it had answered."))


class Connection(asyncio.Protocol):
    """Sends a request, reads its answer, sends the next one."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._waits = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def send(self) -> None:
        following = self._turns.next()
        self._waits = following is not None
        if following is None:
            return
        payload, self._expected = following
        self._size = 0
        self._parser = httptools.HttpResponseParser(self)
        self._begun = time.perf_counter()
        self._transport.write(payload)

    def data_received(self, data: bytes) -> None:
        # Ours tells a connection that has asked for nothing for ten seconds that it closes it.
        if self._waits:
            self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self._size += len(body)

    def on_message_complete(self) -> None:
        self._waits = False
        self._turns.answered(self._begun, self._parser.get_status_code(), self._size, self._expected)
        # The parser is busy with this message until its callback has returned.
        asyncio.get_running_loop().call_soon(self.send)

    def connection_lost(self, exc: Exception | None) -> None:
        # Node closes connections that it has heard nothing on for five seconds, which harms nobody.
        if self._waits:
            self._turns.broken()

    def close(self) -> None:
        self._transport.close()


async def run(job: Job) -> Outcome:
    if job.warm_up:
        async with _connected(job, job.warm_up) as (warming, connections):
            await _send(warming, connections)
    async with _connected(job, job.count) as (turns, connections):
        before = {name: cpu_seconds(pid) for name, pid in job.pids.items()}
        begun = time.perf_counter()
        await _send(turns, connections)
        seconds = time.perf_counter() - begun
        cpu = {name: cpu_seconds(pid) - before[name] for name, pid in job.pids.items()}
    return Outcome(seconds, cpu, sorted(turns.times), dict(turns.failures))


@asynccontextmanager
async def _connected(job: Job, count: int) -> AsyncGenerator[tuple[Turns, list[Connection]]]:
    loop, turns = asyncio.get_running_loop(), Turns(job, count)
    connections: list[Connection] = []
    try:
        for _ in range(job.connections):
            _, connection = await loop.create_connection(lambda: Connection(turns), "127.0.0.1", job.port)
            connections.append(connection)
        yield turns, connections
    finally:
        for connection in connections:
            connection.close()


async def _send(turns: Turns, connections: list[Connection]) -> None:
    for connection in connections:
        connection.send()
    await turns.done


class Generator:
    """A process that does jobs, one after another."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def outcome(self, job: Job) -> Outcome:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(orjson.dumps(asdict(job)) + b"\n")
        stdin.flush()
        answer = orjson.loads(stdout.readline() or b'{"error": "The generator has ended."}')
        if error := answer.get("error"):
            raise RuntimeError(error)
        return Outcome(**answer)


@contextmanager
def generator() -> Iterating[Generator]:
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.load"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with process:
        try:
            yield Generator(process)
        finally:
            process.terminate()


def request_text(path: str, headers: dict[str, str], body: str) -> str:
    """A request as it goes over the wire."""
    fields = {**headers, "content-length": str(len(body.encode()))}
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join([*lines, "", body])


async def serve() -> None:
    for line in sys.stdin.buffer:
        try:
            answer = asdict(await run(Job(**orjson.loads(line))))
        except (RuntimeError, OSError) as error:
            answer = {"error": str(error)}
        sys.stdout.buffer.write(orjson.dumps(answer) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    uvloop.run(serve())
