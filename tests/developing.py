"""Runs `gql-server dev` in a process of its own, as a newcomer does."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from patience import PATIENCE_SECONDS

PROGRAM = (sys.executable, "-m", "gql_server")


@contextmanager
def dev(
    directory: Path, port: int, *options: str, program: Sequence[str] = PROGRAM
) -> Generator[tuple[subprocess.Popen[str], Path]]:
    """A running `gql-server dev` and the file that its output goes to; killed if the test leaves it running."""
    output = directory.with_suffix(f".{time.monotonic_ns()}.txt")
    command = [*program, "dev", "--data-dir", str(directory), "--port", str(port), *options]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GQL_SERVER_")}
    with output.open("w") as file:
        process = subprocess.Popen(
            command, stdout=file, stderr=subprocess.STDOUT, text=True, env=environment, start_new_session=True
        )
    try:
        yield process, output
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def wait_until_ready(port: int, process: subprocess.Popen[str], output: Path) -> None:
    begun = time.monotonic()
    while time.monotonic() - begun < 60:
        assert process.poll() is None, output.read_text()
        try:
            with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=PATIENCE_SECONDS) as response:
                assert response.status == 200
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(output.read_text())


def keys_in(output: Path) -> tuple[str, str]:
    """The administrator's key and a client's."""
    admin, client = re.findall(r"(?:administrator|one client) +(gqls_[0-9a-f]{8}_[0-9a-f]{64})\n", output.read_text())
    return admin, client
