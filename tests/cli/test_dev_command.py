"""`gql-server dev` as a newcomer uses it: real processes, a real terminal's signals, the printed line pasted."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from patience import PATIENCE_SECONDS

pytestmark = pytest.mark.timeout(240)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def dev(directory: Path, port: int, *options: str) -> Generator[tuple[subprocess.Popen[str], Path]]:
    """A running `gql-server dev` and the file that its output goes to; killed if the test leaves it running."""
    output = directory.with_suffix(f".{time.monotonic_ns()}.txt")
    command = [sys.executable, "-m", "gql_server", "dev", "--data-dir", str(directory), "--port", str(port), *options]
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


def pasted(output: Path) -> dict[str, Any]:
    """What the printed curl line answers in a shell."""
    [line] = re.findall(r"^ +(curl (?:.+\\\n)+.+)$", output.read_text(), re.MULTILINE)
    return json.loads(subprocess.run(line, shell=True, capture_output=True, check=True, text=True).stdout)


def asked(port: int, output: Path, query: str) -> dict[str, Any]:
    """What the server answers to a query."""
    address = f"http://127.0.0.1:{port}/graphql?{urlencode({'query': query})}"
    [key] = re.findall(r"administrator +(gqls_\w+)", output.read_text())
    headers = {"accept": "application/json", "authorization": f"Bearer {key}"}
    with urlopen(Request(address, headers=headers), timeout=PATIENCE_SECONDS) as response:
        return json.load(response)


def postgres_socket(output: Path) -> Path:
    [directory] = re.findall(r"host=([^&']+)", output.read_text())
    return Path(directory)


def ask(port: int, key: str | None = None) -> tuple[int, Any]:
    """The status and the body of the answer to who asks, with this key or without any."""
    headers = {"content-type": "application/json"} | ({} if key is None else {"authorization": f"Bearer {key}"})
    body = json.dumps({"query": "{ viewer { kind } projects { totalCount } }"}).encode()
    try:
        with urlopen(Request(f"http://127.0.0.1:{port}/graphql", body, headers), timeout=PATIENCE_SECONDS) as response:
            return response.status, json.load(response)["data"]
    except HTTPError as error:
        return error.code, json.load(error)["errors"][0]["extensions"]["code"]


def test_the_first_start_the_second_and_ctrl_c(tmp_path: Path) -> None:
    port = free_port()
    with dev(tmp_path / "data", port, "--projects", "2") as (process, output):
        wait_until_ready(port, process, output)
        first = pasted(output)
        assert asked(port, output, "{ __schema { queryType { name } } }") == {
            "data": {"__schema": {"queryType": {"name": "Query"}}}
        }
        assert "Did you mean 'projects'" in asked(port, output, "{ projets { totalCount } }")["errors"][0]["message"]
        sockets = postgres_socket(output)
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(PATIENCE_SECONDS) == 0
    assert output.read_text().endswith("\nStopped.\n")
    assert "Traceback" not in output.read_text()
    assert not sockets.exists()
    assert not (tmp_path / "data/postgres/postmaster.pid").exists()
    assert len(first["data"]["projects"]["nodes"]) == 2

    with dev(tmp_path / "data", port) as (process, output):
        wait_until_ready(port, process, output)
        assert pasted(output) == first
        assert "Making" not in output.read_text()


def test_the_printed_keys_and_what_comes_without(tmp_path: Path) -> None:
    port = free_port()
    admin, refused = (200, {"viewer": {"kind": "ADMIN"}, "projects": {"totalCount": 3}}), (401, "UNAUTHENTICATED")
    with dev(tmp_path / "data", port, "--projects", "3") as (process, output):
        wait_until_ready(port, process, output)
        keys = re.findall(r"(?:administrator|one client) +(gqls_[0-9a-f]{8}_[0-9a-f]{64})\n", output.read_text())
        kept = tmp_path / "data/postgres/demo.json"
        assert json.loads(kept.read_text()) == {"projects": 3, "admin_key": keys[0], "client_key": keys[1]}
        assert kept.stat().st_mode & 0o777 == 0o600
        assert ask(port, keys[0]) == admin
        status, data = ask(port, keys[1])
        assert (status, data["viewer"]) == (200, {"kind": "CLIENT"})
        assert 0 < data["projects"]["totalCount"] < 3
        assert [ask(port), ask(port, "wrong"), ask(port, "")] == [refused] * 3
        process.terminate()
        process.wait(PATIENCE_SECONDS)

    with dev(tmp_path / "data", port, "--allow-anonymous") as (process, output):
        wait_until_ready(port, process, output)
        assert [ask(port), ask(port, keys[0])] == [admin] * 2
        assert ask(port, keys[1]) == (status, data)
        assert [ask(port, "wrong"), ask(port, "")] == [refused] * 2


def test_killed_without_warning_it_starts_again_with_its_data(tmp_path: Path) -> None:
    port = free_port()
    with dev(tmp_path / "data", port, "--projects", "1") as (process, output):
        wait_until_ready(port, process, output)
        first = pasted(output)
        process.kill()

    with dev(tmp_path / "data", port) as (process, output):
        wait_until_ready(port, process, output)
        assert pasted(output) == first


def test_killed_while_it_makes_the_demo_data_it_begins_again(tmp_path: Path) -> None:
    port = free_port()
    with dev(tmp_path / "data", port, "--projects", "200") as (process, output):
        while "Making" not in output.read_text():
            assert process.poll() is None, output.read_text()
            time.sleep(0.05)
        time.sleep(0.5)
        process.kill()

    with dev(tmp_path / "data", port, "--projects", "3") as (process, output):
        wait_until_ready(port, process, output)
        assert len(pasted(output)["data"]["projects"]["nodes"]) == 3


def test_reset_makes_other_data(tmp_path: Path) -> None:
    port = free_port()
    with dev(tmp_path / "data", port, "--projects", "1") as (process, output):
        wait_until_ready(port, process, output)
        process.terminate()
        process.wait(PATIENCE_SECONDS)
    with dev(tmp_path / "data", port, "--projects", "3", "--reset") as (process, output):
        wait_until_ready(port, process, output)
        assert len(pasted(output)["data"]["projects"]["nodes"]) == 3


def test_a_port_in_use_is_a_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with dev(tmp_path / "data", port) as (process, output):
            assert process.wait(PATIENCE_SECONDS) == 1
    assert output.read_text() == f"gql-server: Port {port} of 127.0.0.1 is in use: choose another with --port.\n"


def test_a_second_one_on_the_same_data_is_a_sentence(tmp_path: Path) -> None:
    port = free_port()
    with dev(tmp_path / "data", port, "--projects", "1") as (process, output):
        wait_until_ready(port, process, output)
        with dev(tmp_path / "data", free_port()) as (second, second_output):
            assert second.wait(PATIENCE_SECONDS) == 1
    directory = tmp_path / "data/postgres"
    assert f"gql-server: {directory} is in use by process {process.pid}." in second_output.read_text()
