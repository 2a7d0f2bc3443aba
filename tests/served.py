"""Runs `gql-server serve` in a process of its own, as an operator does."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx
from command import PROGRAM, environment
from patience import PATIENCE_SECONDS


@contextmanager
def served(dsn: str, log: Path, *options: object, **settings: object) -> Generator[tuple[subprocess.Popen[bytes], int]]:
    """The process of a server that answers, and its port; its group is killed if any of it is left running."""
    port = free_port()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*PROGRAM, "serve", "--port", str(port), *map(str, options)],
            env=environment(dsn, **settings),
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    try:
        give_up = time.monotonic() + PATIENCE_SECONDS
        while not _answers(port):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < give_up, log.read_text()
            time.sleep(0.05)
        yield process, port
    finally:
        if members(process.pid):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def members(group: int) -> list[str]:
    """The states of the processes in a group that live."""
    listed = subprocess.run(["ps", "-A", "-o", "pgid=,stat="], stdout=subprocess.PIPE, check=True, text=True).stdout
    return [state for pgid, state in map(str.split, listed.splitlines()) if int(pgid) == group and state[0] != "Z"]


def memory(process_id: int) -> int:
    """Bytes of memory that a process has for itself."""
    return 1024 * int(subprocess.check_output(["ps", "-o", "rss=", "-p", str(process_id)], text=True))


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200
    except httpx.TransportError:
        return False
