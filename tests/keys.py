"""Clients with keys, in every state that a key can be in."""

from datetime import timedelta

import asyncpg
from world import World

from gql_server.services.clients import NewClient, create_client, rotate_key
from gql_server.services.keys import Key

NOBODYS = f"gqls_00000000_{'0' * 64}"
HOUR = timedelta(hours=1)


async def make_client(world: World, name: str = "Acme") -> NewClient:
    return await create_client(world.database, name=name)


async def replace_key(world: World, made: NewClient, grace: timedelta = HOUR) -> Key:
    """Another key for a client, whose first stays good for a while."""
    return await rotate_key(world.database, made.client.id, grace)


async def end_grace(connection: asyncpg.Connection) -> None:
    """What is retired is so for too long."""
    await connection.execute("UPDATE clients SET retired_api_key_expires_at = now()")
