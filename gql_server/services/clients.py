"""Changes of clients and of their keys."""

from datetime import timedelta
from enum import Enum
from typing import NamedTuple
from uuid import UUID

from gql_server.db.database import Database
from gql_server.db.tables import clients
from gql_server.db.tables.clients import ClientKeysRow, ClientRow
from gql_server.errors import UserError, UserErrorCode, UserErrors
from gql_server.services.keys import Key, generate

INVALID = UserErrorCode.INVALID

TEXT_LENGTH = 255
"""Characters that the columns of name and address take."""

LONGEST_GRACE = timedelta(days=365)


class Clear(Enum):
    """What stands for an address that is taken away, where None is for one that stays."""

    CLEAR = "clear"


CLEAR = Clear.CLEAR


class NewClient(NamedTuple):
    client: ClientRow
    key: Key


async def create_client(database: Database, *, name: str, contact_email: str | None = None) -> NewClient:
    """Makes a client with its role and its key, which is not to be had again. Raises UserErrors."""
    name, contact_email = _checked(name, contact_email)
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

    Raises UserErrors when there is no such client, or the grace period is none.
    """
    if not timedelta() <= grace <= LONGEST_GRACE:
        days = LONGEST_GRACE.days
        raise UserErrors(UserError(INVALID, f"The grace period has 0 to {days * 24} hours.", ("graceHours",)))
    key = generate()
    async with database.transaction() as transaction:
        if not await clients.rotate_key(transaction, client_id, key.digest, key.prefix, grace):
            raise missing(client_id)
    return key


async def revoke_keys(database: Database, client_id: UUID) -> None:
    """Takes all its keys from a client. Raises UserErrors when there is no such client."""
    async with database.transaction() as transaction:
        if not await clients.revoke_keys(transaction, client_id):
            raise missing(client_id)


async def update_client(
    database: Database, client_id: UUID, *, name: str | None = None, contact_email: str | Clear | None = None
) -> ClientRow:
    """Changes what is given; what is None stays as it is. Raises UserErrors."""
    async with database.transaction() as transaction:
        [client] = await clients.select_for_update(transaction, client_id) or [None]
        if client is None:
            raise missing(client_id)
        email = client.contact_email if contact_email is None else None if contact_email is CLEAR else contact_email
        checked = _checked(client.name if name is None else name, email)
        return await clients.update(transaction, client_id, *checked)


def _checked(name: str, contact_email: str | None) -> tuple[str, str | None]:
    """Both without the spaces around them."""
    name, email = name.strip(), None if contact_email is None else contact_email.strip()
    errors: list[UserError] = []
    if not 0 < len(name) <= TEXT_LENGTH or "\0" in name:
        errors.append(UserError(INVALID, f"A name has 1 to {TEXT_LENGTH} characters.", ("name",)))
    if email is not None and (not 0 < len(email) <= TEXT_LENGTH or "@" not in email or "\0" in email):
        errors.append(UserError(INVALID, f"{email!r} is no address to write to.", ("contactEmail",)))
    if errors:
        raise UserErrors(*errors)
    return name, email


def missing(client_id: UUID) -> UserErrors:
    """What is said of a client that there is not, or not for the viewer."""
    return UserErrors(UserError(UserErrorCode.NOT_FOUND, f"There is no client {client_id}.", ("client",)))
