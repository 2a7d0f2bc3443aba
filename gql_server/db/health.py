"""Whether the database is there, and is the one that this server reads."""

import asyncio
import time
from typing import LiteralString

import asyncpg

from gql_server.config import Config
from gql_server.db.database import Database
from gql_server.db.migrate import FAILURES, owner_transaction, reason
from gql_server.db.migrations import latest_version
from gql_server.errors import SettingError, StartError, UnavailableError

SELECT_VERSION: LiteralString = "SELECT max(version)::bigint FROM public.schema_migrations"

RETRY_SECONDS = 0.5


async def wait_for_database(config: Config) -> None:
    """Returns when the database answers. Raises StartError when it has not after `database_wait_seconds`."""
    deadline = time.monotonic() + config.database_wait_seconds
    while True:
        try:
            async with owner_transaction(config):
                return
        except SettingError:
            raise
        except StartError as error:
            if time.monotonic() >= deadline:
                raise StartError(f"{error} Gave up after {config.database_wait_seconds:g} seconds.") from None
            await asyncio.sleep(RETRY_SECONDS)


async def check_version(config: Config) -> None:
    """Raises StartError when the database has been migrated by a newer gql-server than this one."""
    await _version(config)


async def check_migrated(config: Config) -> None:
    """Raises StartError when the database has not been migrated for this gql-server, or by a newer one."""
    version, latest = await _version(config), latest_version("public")
    if version < latest:
        raise StartError(
            f"The database is at version {version}, and this gql-server works with {latest}: run gql-server migrate."
        )


async def _version(config: Config) -> int:
    try:
        async with owner_transaction(config) as connection:
            version: int = await connection.fetchval(SELECT_VERSION) or 0
    except asyncpg.UndefinedTableError:
        version = 0
    except FAILURES as error:
        raise StartError(f"The database's version cannot be read: {reason(error)}.") from None
    latest = latest_version("public")
    if version > latest:
        raise StartError(
            f"The database is at version {version}, newer than this gql-server, which knows {latest}: "
            f"use the gql-server that migrated it, or a newer one."
        )
    return version


async def check_ready(database: Database) -> None:
    """Raises UnavailableError when the database is away or its shared schema is not this server's."""
    version, latest = await database.fetch_value(SELECT_VERSION) or 0, latest_version("public")
    if version != latest:
        raise UnavailableError(f"The database is at version {version}, and this server reads {latest}.")
