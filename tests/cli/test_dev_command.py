"""`gql-server dev` as a newcomer uses it: real processes, a real terminal's signals, the printed line pasted."""

import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from http.client import HTTPResponse
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from developing import dev, keys_in, wait_until_ready
from patience import PATIENCE_SECONDS
from served import free_port

pytestmark = pytest.mark.timeout(240)

EXAMPLES = Path(__file__).parents[2] / "gql_server/static/plain/examples.graphql"


def pasted(output: Path) -> dict[str, Any]:
    """What the printed curl line answers in a shell."""
    [line] = re.findall(r"^ +(curl (?:.+\\\n)+.+)$", output.read_text(), re.MULTILINE)
    return json.loads(subprocess.run(line, shell=True, capture_output=True, check=True, text=True).stdout)


def asked(port: int, output: Path, query: str) -> dict[str, Any]:
    """What the server answers to a query."""
    address = f"http://127.0.0.1:{port}/graphql?{urlencode({'query': query})}"
    headers = {"accept": "application/json", "authorization": f"Bearer {keys_in(output)[0]}"}
    with urlopen(Request(address, headers=headers), timeout=PATIENCE_SECONDS) as response:
        return json.load(response)


def opened(port: int, key: str, query: str, accept: str) -> HTTPResponse:
    headers = {"content-type": "application/json", "accept": accept, "authorization": f"Bearer {key}"}
    body = json.dumps({"query": query}).encode()
    return urlopen(Request(f"http://127.0.0.1:{port}/graphql", body, headers), timeout=PATIENCE_SECONDS)


def sent(port: int, key: str, query: str) -> dict[str, Any]:
    """The data of what a client is answered."""
    with opened(port, key, query, "application/json") as response:
        answer = json.load(response)
    assert "errors" not in answer, answer
    return answer["data"]


def kinds_until_the_end(stream: HTTPResponse) -> Iterator[str]:
    for line in stream:
        if line.startswith(b'data: {"'):
            event = json.loads(line.removeprefix(b"data: "))["data"]["generations"]
            yield event["kind"]
            if event["kind"] == "SUCCEEDED":
                return


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
        keys = keys_in(output)
        kept = tmp_path / "data/postgres/demo.json"
        assert json.loads(kept.read_text()) == {"projects": 3, "admin_key": keys[0], "client_key": keys[1]}
        assert kept.stat().st_mode & 0o777 == 0o600
        assert f"http://127.0.0.1:{port}/graphql#key={keys[0]}\n" in output.read_text()
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


def test_the_examples_of_the_page_run_as_they_stand(tmp_path: Path) -> None:
    port = free_port()
    examples = [text.strip() for text in re.split(r"\n\n(?=#)", EXAMPLES.read_text())]
    with dev(tmp_path / "data", port, "--projects", "1") as (process, output):
        wait_until_ready(port, process, output)
        key = keys_in(output)[1]
        reading, changing, generating, watching = examples
        [project] = sent(port, key, reading)["projects"]["nodes"]
        assert project["contents"]["nodes"]
        assert project["vocabulary"]["nodes"]
        saved = sent(port, key, changing)["saveTerms"]
        assert (len(saved["terms"]), saved["userErrors"]) == (1, [])
        with opened(port, key, watching, "text/event-stream") as stream:
            generated = sent(port, key, generating)["generateContent"]
            kinds = list(kinds_until_the_end(stream))
    assert (generated["generation"]["status"], generated["userErrors"]) == ("SUCCEEDED", [])
    assert generated["generation"]["content"]["title"].startswith("Sample title about moss")
    assert kinds == ["QUEUED", "STARTED", "SUCCEEDED"]


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
