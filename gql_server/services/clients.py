"""Changes of clients and of their keys."""

from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from gql_server.db.database import Database
from gql_server.db.tables import clients
from gql_server.db.tables.clients import ClientKeysRow, ClientRow
from gql_server.services.keys import Key, generate

NAME_LENGTH = 255
"""Characters that the column takes."""


class NewClient(NamedTuple):
    client: ClientRow
    key: Key


async def create_client(database: Database, *, name: str, contact_email: str | None = None) -> NewClient:
    """Makes a client with its role and its key, which is not to be had again."""
    key = generate()
    async with database.transaction() as transaction:
        client = await clients.insert(transaction, name, contact_email, key.digest, key.prefix)
        await clients.sync_role(transaction, client.id)
    return NewClient(client, key)


async def list_keys(database: Database) -> list[ClientKeysRow]:
    """All clients by name, with what is known of their keys."""
    async with database.transaction() as transaction:
        return await clients.select_keys(transaction)


async def rotate_key(database: Database, client_id: UUID, grace: timedelta) -> Key:
    """Gives a client a new key; the one that it has stays good for the grace period, an older one does not.

    Raises NotFoundError when there is no such client.
    """
    key = generate()
    async with database.transaction() as transaction:
        await clients.rotate_key(transaction, client_id, key.digest, key.prefix, grace)
    return key


async def revoke_keys(database: Database, client_id: UUID) -> None:
    """Takes all its keys from a client. Raises NotFoundError when there is no such client."""
    async with database.transaction() as transaction:
        await clients.revoke_keys(transaction, client_id)
