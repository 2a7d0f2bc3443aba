"""A worker beside a server: a process of its own, so that generating and serving do not wait for each other."""

import os
import subprocess
import sys
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager

import structlog

log = structlog.stdlib.get_logger(__name__)

RESTART_SECONDS = 1


@contextmanager
def worker_process(settings: Mapping[str, str], grace_seconds: float) -> Generator[None]:
    """A worker with these environment variables beside our own, started again whenever it ends."""
    supervisor = _Supervisor({**os.environ, **settings})
    supervisor.start()
    try:
        yield
    finally:
        supervisor.stop(grace_seconds)


class _Supervisor(threading.Thread):
    def __init__(self, environment: Mapping[str, str]) -> None:
        super().__init__(name="worker supervisor", daemon=True)
        self._environment = environment
        self._stopping = threading.Event()
        self._starting = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        while (process := self._start()) is not None:
            with process:
                code = process.wait()
            if not self._stopping.wait(RESTART_SECONDS):
                log.warning("The worker has ended, and is started again", exit_code=code)

    def stop(self, grace_seconds: float) -> None:
        with self._starting:
            self._stopping.set()
        if self._process is not None:
            self._process.terminate()
        self.join(grace_seconds)
        if self._process is not None:
            self._process.kill()
        self.join()

    def _start(self) -> "subprocess.Popen[bytes] | None":
        """None when it is not to be started any more."""
        with self._starting:
            if not self._stopping.is_set():
                # It ends with us, however we do: nobody holds the other end of its pipe then.
                command = [sys.executable, "-m", "gql_server", "worker", "--until-input-ends"]
                self._process = subprocess.Popen(  # noqa: S603  the command is our own
                    command,
                    env=self._environment,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    # Ctrl-C is for us; the worker is told when the server has ended.
                    start_new_session=True,
                )
                return self._process
            return None
