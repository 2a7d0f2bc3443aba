"""`gql-server worker` as an operator runs it: what it refuses, how it ends, and one beside a server."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
from command import PROGRAM, Result, environment, run
from patience import PATIENCE_SECONDS
from served import served
from world import World

from gql_server.db.database import Database
from gql_server.db.tables.generations import Request
from gql_server.services.generations import enqueue_generations
from gql_server.services.writer import Place, Writer

READY = "The worker is ready."
STRUCTURE = '{"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"]}'


@contextmanager
def working(dsn: str, log: Path, *options: str, **settings: object) -> Generator[subprocess.Popen[bytes]]:
    """A worker that claims generations; it is killed if the test leaves it running."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*PROGRAM, "worker", *options],
            env=environment(dsn, **settings),
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
        )
    try:
        with process:
            wait_until(lambda: READY in log.read_text(), log)
            yield process
            process.kill()
    finally:
        process.kill()


def wait_until(holds: Callable[[], bool], log: Path) -> None:
    give_up = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < give_up, log.read_text()
        time.sleep(0.05)


def children(process_id: int) -> list[int]:
    listed = subprocess.run(
        ["ps", "-A", "-o", "ppid=,pid=,stat="], stdout=subprocess.PIPE, check=True, text=True
    ).stdout
    rows = [line.split() for line in listed.splitlines()]
    return [int(pid) for ppid, pid, state in rows if int(ppid) == process_id and state[0] != "Z"]


def is_alive(process_id: int) -> bool:
    state = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(process_id)], stdout=subprocess.PIPE, check=False, text=True
    ).stdout
    return bool(state.strip()) and state.strip()[0] != "Z"


async def enqueue(world: World, database: Database, count: int) -> UUID:
    """Asks for contents of a new project."""
    project_id = await world.project("Garden", await world.client())
    model_id = await world.object_model(structure={"type": "object"})
    request = Request("sample", None, None, None, model_id, STRUCTURE, "{}", "[]", "Write.")
    await enqueue_generations(Writer(database), Place(project_id, ()), [request] * count)
    return project_id


async def stored(connection: asyncpg.Connection, project_id: UUID) -> int:
    return await connection.fetchval(f'SELECT count(*) FROM "project_{str(project_id).replace("-", "_")}".contents')


async def test_what_it_refuses(dsn: str, empty_dsn: str, tmp_path: Path) -> None:
    nowhere = tmp_path / "models.toml"

    assert await run("worker", dsn=empty_dsn) == Result(
        1,
        "",
        "gql-server: The database is at version 0, and this gql-server works with 17: run gql-server migrate.\n",
    )
    missing = await run("worker", dsn=dsn, models_file=nowhere)
    assert (missing.code, missing.out) == (2, "")
    assert missing.err.startswith("gql-server: GQL_SERVER_MODELS_FILE is wrong: ")
    assert (await run("worker", "--concurrency", "1", dsn=dsn)).code == 2
    unknown = await run("worker", dsn=dsn, default_model="nobody's")
    assert unknown == Result(
        2, "", "gql-server: GQL_SERVER_DEFAULT_MODEL is wrong: no model is named \"nobody's\"; there is 'sample'.\n"
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_works_until_it_is_told_to_stop(
    number: signal.Signals, world: World, database: Database, connection: asyncpg.Connection, dsn: str, tmp_path: Path
) -> None:
    project_id = await enqueue(world, database, 3)
    log = tmp_path / "log"

    with working(dsn, log) as process:
        give_up = time.monotonic() + PATIENCE_SECONDS
        while await stored(connection, project_id) < 3:
            assert time.monotonic() < give_up, log.read_text()
            time.sleep(0.05)
        process.send_signal(number)
        assert process.wait(PATIENCE_SECONDS) == 0

    assert log.read_text() == f"{READY}\n"
    assert await connection.fetchval("SELECT count(*) FROM jobs.pgqueuer") == 0


def test_it_ends_with_whoever_started_it_for_himself(dsn: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with working(dsn, log, "--until-input-ends") as process:
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(PATIENCE_SECONDS) == 0


def test_one_beside_a_server_is_started_again_and_ends_with_it(dsn: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with served(dsn, log, "--with-worker") as (process, _port):
        wait_until(lambda: len(children(process.pid)) == 1, log)
        [first] = children(process.pid)
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: children(process.pid) not in ([], [first]), log)
        [second] = children(process.pid)
        assert "The worker has ended, and is started again" in log.read_text()
        process.terminate()
        assert process.wait(PATIENCE_SECONDS) == 128 + signal.SIGTERM
        assert not is_alive(second)


def test_one_beside_a_server_that_is_killed_ends_too(dsn: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with served(dsn, log, "--with-worker") as (process, _port):
        wait_until(lambda: len(children(process.pid)) == 1, log)
        [worker] = children(process.pid)
        process.kill()
        process.wait()
        wait_until(lambda: not is_alive(worker), log)
