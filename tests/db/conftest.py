"""Clients, and connections that have taken their roles."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import asyncpg
import pytest
from logins import as_login
from rivals import Rival, make_rivals
from roles import Become, Names
from world import World

from gql_server.db.roles import Role


@pytest.fixture
async def rivals(world: World) -> dict[str, Rival]:
    return await make_rivals(world)


@pytest.fixture
async def names(connection: asyncpg.Connection) -> Names:
    return Names(await connection.fetchval("SELECT oid::bigint FROM pg_database WHERE datname = current_database()"))


@pytest.fixture
def become(dsn: str, names: Names) -> Become:
    """A connection of the server's login that has taken a role for good."""

    @asynccontextmanager
    async def become(role: Role) -> AsyncGenerator[asyncpg.Connection]:
        connection = await asyncpg.connect(as_login(dsn))
        try:
            await connection.execute(f"SET ROLE {names.of(role)}")
            yield connection
        finally:
            await connection.close()

    return become
