"""A server as it is in production, with the data and the keys of those who attack it."""

import asyncio
import subprocess
from collections.abc import Awaitable, Callable, Generator
from contextlib import AbstractAsyncContextManager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
from logins import ADMIN_KEY, as_login
from pydantic import SecretStr
from served import memory, served
from surface import Ids
from world import World, uuid_of

from gql_server.config import Config
from gql_server.db.database import open_database
from gql_server.db.logins import OWNER
from gql_server.services.clients import rotate_key
from gql_server.services.writer import Writer

LARGE = "Lorem ipsum. " * 1000
"""The body of each of a hundred contents, which make an answer of 1.3 MB."""

LARGE_ROWS = 100

Attack = Callable[..., Awaitable[dict[str, Any]]]
"""Sends bytes as they are, a text as a document, or anything else as JSON; answers with the body of the answer."""


NewDatabase = Callable[[], AbstractAsyncContextManager[str]]
"""Makes a migrated database, for as long as it is needed."""


class Target(NamedTuple):
    """A server in a process of its own; `keys` are the administrator's and those of the clients Acme and Beacon."""

    process: subprocess.Popen[bytes]
    port: int
    dsn: str
    log: Path
    ids: Ids
    keys: dict[str, str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def headers(self, caller: str | None) -> dict[str, str]:
        return {"authorization": f"Bearer {self.keys[caller]}"} if caller else {}

    def memory(self) -> int:
        return memory(self.process.pid)


@contextmanager
def running_target(new_database: NewDatabase, directory: Path, **settings: object) -> Generator[Target]:
    """A server with every limit at its default but the rate: those who attack are one caller."""
    log = directory / "log"
    with asyncio.Runner() as runner:
        database = new_database()
        dsn = runner.run(database.__aenter__())
        try:
            ids, keys = runner.run(_fill(dsn))
            with served(dsn, log, **{"rate_limit_per_second": 0, **settings}) as (process, port):
                yield Target(process, port, dsn, log, ids, {"admin": ADMIN_KEY, **keys})
        finally:
            runner.run(database.__aexit__(None, None, None))


async def _fill(dsn: str) -> tuple[Ids, dict[str, str]]:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(f"SET ROLE {OWNER}")
        async with open_database(Config(database_url=SecretStr(as_login(dsn)), owner_role=OWNER)) as database:
            world = World(database, connection)
            ids = await world.one_of_each()
            large = await world.project("Large", uuid_of("client", "Beacon"))
            for row in range(LARGE_ROWS):
                await world.content(large, f"Large {row:02}", uuid_of("object_model", "Article"), body=LARGE)
            clients = {name.lower(): uuid_of("client", name) for name in ("Acme", "Beacon")}
            keys = {
                name: (await rotate_key(Writer(database), id_, timedelta())).key.text for name, id_ in clients.items()
            }
    finally:
        await connection.close()
    return ids, keys
