"""Clients with keys, in every state that a key can be in."""

from datetime import timedelta

import asyncpg
from world import World

from gql_server.services.clients import NewKey, create_client, rotate_key
from gql_server.services.keys import Key
from gql_server.services.writer import Writer

NOBODYS = f"gqls_00000000_{'0' * 64}"
HOUR = timedelta(hours=1)


async def make_client(world: World, name: str = "Acme") -> NewKey:
    return await create_client(Writer(world.database), name=name)


async def replace_key(world: World, made: NewKey, grace: timedelta = HOUR) -> Key:
    """Another key for a client, whose first stays good for a while."""
    return (await rotate_key(Writer(world.database), made.client_id, grace)).key


async def end_grace(connection: asyncpg.Connection) -> None:
    """What is retired is so for too long."""
    await connection.execute("UPDATE clients SET retired_api_key_expires_at = now()")
