"""A PostgreSQL of a test's own, to be killed and started again."""

import os
import signal
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from gql_server.db.embedded import running_postgres


class MortalPostgres:
    """A cluster that can be killed and started again, at an address that stays the same."""

    def __init__(self, directory: Path) -> None:
        self._data = directory / "postgres"
        self._link = directory / "socket"
        self.dsn = f"postgresql://postgres@/postgres?host={self._link}&port=5432"

    @contextmanager
    def running(self) -> Generator[None]:
        with running_postgres(self._data) as dsn:
            self._link.unlink(missing_ok=True)
            self._link.symlink_to(parse_qs(urlsplit(dsn).query)["host"][0])
            yield

    def kill(self) -> None:
        os.kill(int((self._data / "postmaster.pid").read_text().splitlines()[0]), signal.SIGKILL)
