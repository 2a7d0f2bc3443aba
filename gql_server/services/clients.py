"""Changes of clients and of their keys."""

from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple, TypedDict
from uuid import UUID

from gql_server.db.database import Database
from gql_server.db.tables import clients
from gql_server.db.tables.clients import ClientKeysRow
from gql_server.errors import UserError, UserErrorCode, UserErrors
from gql_server.services.checks import NAME_LENGTH, Checks, not_found
from gql_server.services.keys import Key, generate
from gql_server.services.writer import Change, Writer

LONGEST_GRACE = timedelta(days=365)

MISSING = not_found("client", "client")


class ClientChanges(TypedDict, total=False):
    """What is to change of a client; no name is refused, no address and no budget take it away."""

    name: str | None
    contact_email: str | None
    monthly_budget: Decimal | None


class NewKey(NamedTuple):
    """A client's new key, which is not to be had again: it is nobody's when it was given before (`is_repeated`)."""

    client_id: UUID
    key: Key
    is_repeated: bool


async def create_client(writer: Writer, *, name: str, contact_email: str | None = None) -> NewKey:
    """Makes a client with its role and its key. Raises UserErrors."""
    checks = Checks()
    name = checks.name(name, "A name", "name")
    contact_email = _address(checks, contact_email)
    checks.finish()
    key = generate()

    async def work(change: Change) -> list[UUID]:
        client_id = await clients.insert(change.transaction, name, contact_email, key.digest, key.prefix)
        await clients.sync_role(change.transaction, client_id)
        return [client_id]

    made = await writer.owned(work)
    return NewKey(made.id, key, made.repeated)


async def update_client(writer: Writer, client_id: UUID, changes: ClientChanges) -> None:
    """Changes what is given. Raises UserErrors."""
    changes = _checked(changes)

    async def work(change: Change) -> list[UUID]:
        if not await clients.update(change.transaction, client_id, changes):
            raise UserErrors(MISSING)
        return []

    await writer.owned(work)


async def rotate_key(writer: Writer, client_id: UUID, grace: timedelta) -> NewKey:
    """Gives a client a new key; the one that it has stays good for the grace period, an older one does not.

    Raises UserErrors when the viewer has no such client, or the grace period is none.
    """
    if not timedelta() <= grace <= LONGEST_GRACE:
        message = f"The grace period has 0 to {LONGEST_GRACE.days * 24} hours."
        raise UserErrors(UserError(UserErrorCode.INVALID, message, ("graceHours",)))
    if writer.viewer.client_id not in (None, client_id):
        # Another's client is none.
        raise UserErrors(MISSING)
    key = generate()

    async def work(change: Change) -> list[UUID]:
        if not await clients.rotate_key(change.transaction, client_id, key.digest, key.prefix, grace):
            raise UserErrors(MISSING)
        return []

    made = await writer.owned(work)
    return NewKey(client_id, key, made.repeated)


async def revoke_keys(database: Database, client_id: UUID) -> None:
    """Takes all its keys from a client. Raises UserErrors when there is no such client."""
    async with database.transaction() as transaction:
        if not await clients.revoke_keys(transaction, client_id):
            raise UserErrors(MISSING)


async def list_keys(database: Database) -> list[ClientKeysRow]:
    """All clients by name, with what is known of their keys."""
    async with database.transaction() as transaction:
        return await clients.select_keys(transaction)


def _checked(changes: ClientChanges) -> ClientChanges:
    checks = Checks()
    checked = changes.copy()
    if "name" in changes:
        checked["name"] = checks.name(changes["name"], "A name", "name")
    if "contact_email" in changes:
        checked["contact_email"] = _address(checks, changes["contact_email"])
    checks.budget(changes.get("monthly_budget"), "monthlyBudget")
    checks.finish()
    return checked


def _address(checks: Checks, contact_email: str | None) -> str | None:
    if contact_email is None:
        return None
    address = contact_email.strip()
    if "@" not in address or len(address) > NAME_LENGTH:
        checks.refuse(f"{address!r} is no address to write to.", "contactEmail")
    return checks.text(address, "An address", "contactEmail")
