"""One PostgreSQL with seeded projects, which all servers read."""

import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit, urlunsplit

import asyncpg
import uvloop
from pydantic import SecretStr

from benchmarks.seeding import Seeded, seed
from gql_server.config import Config
from gql_server.db.database import open_database
from gql_server.db.embedded import running_postgres
from gql_server.db.logins import OWNER, make_database, make_roles
from gql_server.db.migrate import migrator

SETTINGS = {
    "max_locks_per_transaction": "512",
    "max_connections": "300",
    "shared_buffers": "512MB",
    # What is measured are servers, not disks, and nothing is to run beside them.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    # Statements over many schemas look expensive enough to be compiled, which takes longer than running them.
    "jit": "off",
}


@dataclass(frozen=True)
class Postgres:
    """A running server: `login_dsn` is for gql_server, `superuser_dsn` for peers, who know no roles."""

    login_dsn: str
    superuser_dsn: str
    pid: int
    seeded: Seeded

    @property
    def peer_environment(self) -> dict[str, str]:
        """Where it is, in the variables that both asyncpg and pg read."""
        parts = urlsplit(self.superuser_dsn)
        place = parse_qs(parts.query)
        return {
            "PGHOST": place["host"][0],
            "PGPORT": place["port"][0],
            "PGUSER": parts.username or "postgres",
            "PGDATABASE": parts.path.removeprefix("/"),
        }

    def vacuum(self) -> None:
        """Takes away what mutations have left behind, and says how large the tables are."""
        uvloop.run(_execute(self.superuser_dsn, "VACUUM ANALYZE"))


@contextmanager
def seeded_postgres(projects: int, rows: int) -> Generator[Postgres]:
    """Starts a PostgreSQL of its own, with that many projects, each with that many rows of each kind."""
    with tempfile.TemporaryDirectory() as directory:
        data_dir = Path(directory) / "postgres"
        with running_postgres(data_dir, settings=SETTINGS) as dsn:
            login_dsn, seeded = uvloop.run(_prepare(dsn, projects, rows))
            superuser_dsn = urlunsplit(urlsplit(dsn)._replace(path=urlsplit(login_dsn).path))
            pid = int((data_dir / "postmaster.pid").read_text().splitlines()[0])
            postgres = Postgres(login_dsn, superuser_dsn, pid, seeded)
            postgres.vacuum()
            yield postgres


async def _prepare(dsn: str, projects: int, rows: int) -> tuple[str, Seeded]:
    await make_roles(dsn)
    login_dsn = await make_database(dsn)
    config = Config(database_url=SecretStr(login_dsn), owner_role=OWNER, pool_size=8)
    async with migrator(config, lambda: None) as migration:
        await migration.migrate_shared(await migration.shared_state())
    async with open_database(config) as database:
        return login_dsn, await seed(database, projects, rows)


async def _execute(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
