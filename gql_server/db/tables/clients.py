"""The clients, whose projects these are, and the digests of their keys."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import LiteralString, NamedTuple
from uuid import UUID

from gql_server.db import fields
from gql_server.db.assignments import assignments
from gql_server.db.database import Database, Transaction
from gql_server.db.each_project import Column
from gql_server.db.pages import Order, OrderKey, Table
from gql_server.db.roles import SERVER


class ClientRow(NamedTuple):
    id: UUID
    name: str
    contact_email: str | None
    monthly_budget: Decimal | None
    created_at: datetime


CLIENTS = Table(
    name="clients",
    source="public.clients AS t",
    columns=[
        Column("id", "uuid"),
        Column("name", "text"),
        Column("contact_email", "text"),
        Column("monthly_budget", "numeric"),
        Column("created_at", "timestamptz"),
    ],
    row=ClientRow._make,
    orders={
        "name": OrderKey("name", "text"),
        "created_at": OrderKey("created_at", "timestamptz"),
    },
    default_order=Order("name"),
    fields={
        "id": fields.identifier("id"),
        "name": fields.text("name"),
        "created_at": fields.time("created_at"),
    },
)

SELECT_BY_KEY: LiteralString = """
SELECT id,
    api_key IS NOT DISTINCT FROM $1 AS is_current,
    coalesce(CASE WHEN api_key = $1 THEN api_key_used_at ELSE retired_api_key_used_at END, '-infinity')
        < now() - interval '1 minute' AS is_news
FROM public.clients
WHERE api_key = $1 OR (retired_api_key = $1 AND retired_api_key_expires_at > now())
"""

# Whoever is first notes the use; nobody waits for that.
FREE: LiteralString = "(SELECT id FROM public.clients WHERE id = $1 FOR NO KEY UPDATE SKIP LOCKED)"
NOTE_USE: LiteralString = f"UPDATE public.clients SET api_key_used_at = now() WHERE id = {FREE}"
NOTE_USE_OF_RETIRED: LiteralString = f"UPDATE public.clients SET retired_api_key_used_at = now() WHERE id = {FREE}"

INSERT: LiteralString = """
INSERT INTO public.clients (name, contact_email, api_key, api_key_prefix) VALUES ($1, $2, $3, $4)
RETURNING id
"""

EXISTS: LiteralString = "SELECT TRUE FROM public.clients WHERE id = $1"

CHANGES: dict[str, LiteralString] = {
    "name": "name = {}",
    "contact_email": "contact_email = {}",
    "monthly_budget": "monthly_budget = {}",
}

SYNC_ROLE: LiteralString = "SELECT public.sync_client_role($1)"

ROTATE_KEY: LiteralString = """
UPDATE public.clients SET
    api_key = $2,
    api_key_prefix = $3,
    api_key_used_at = NULL,
    retired_api_key = CASE WHEN $4 > interval '0' THEN api_key END,
    retired_api_key_used_at = CASE WHEN $4 > interval '0' THEN api_key_used_at END,
    retired_api_key_expires_at = CASE WHEN $4 > interval '0' AND api_key IS NOT NULL THEN now() + $4 END
WHERE id = $1 RETURNING id
"""

REVOKE_KEYS: LiteralString = """
UPDATE public.clients SET
    api_key = NULL,
    api_key_prefix = NULL,
    api_key_used_at = NULL,
    retired_api_key = NULL,
    retired_api_key_used_at = NULL,
    retired_api_key_expires_at = NULL
WHERE id = $1 RETURNING id
"""

SELECT_KEYS: LiteralString = """
SELECT id, name, api_key IS NOT NULL, api_key_prefix, api_key_used_at, retired_api_key_used_at,
    CASE WHEN retired_api_key_expires_at > now() THEN retired_api_key_expires_at END
FROM public.clients ORDER BY name, id
"""


class ClientKeysRow(NamedTuple):
    """What is known of a client's keys; a key that is adopted has no `prefix`."""

    id: UUID
    name: str
    has_key: bool
    prefix: str | None
    used_at: datetime | None
    retired_used_at: datetime | None
    retired_expires_at: datetime | None


async def select_id_by_key(database: Database, digest: str) -> UUID | None:
    """The client whose key this is, which is noted as used, once a minute; None when it is nobody's or several's."""
    async with database.transaction(SERVER) as transaction:
        records = await transaction.fetch(SELECT_BY_KEY, digest)
        if len(records) != 1:
            return None
        [(client_id, is_current, is_news)] = records
        if is_news:
            await transaction.fetch(NOTE_USE if is_current else NOTE_USE_OF_RETIRED, client_id)
    return client_id


async def insert(
    transaction: Transaction, name: str, contact_email: str | None, key_digest: str, key_prefix: str
) -> UUID:
    [record] = await transaction.fetch(INSERT, name, contact_email, key_digest, key_prefix)
    return record[0]


async def sync_role(transaction: Transaction, client_id: UUID) -> None:
    """Makes the client's role in PostgreSQL, unless it is there."""
    await transaction.fetch(SYNC_ROLE, client_id)


async def update(transaction: Transaction, client_id: UUID, changes: Mapping[str, object]) -> bool:
    """Makes the changes, by the names in `CHANGES`. Whether there is such a client."""
    if not changes:
        return bool(await transaction.fetch(EXISTS, client_id))
    assigned, values = assignments(CHANGES, changes, first=2)
    sql: LiteralString = f"UPDATE public.clients SET {assigned} WHERE id = $1 RETURNING id"
    return bool(await transaction.fetch(sql, client_id, *values))


async def rotate_key(transaction: Transaction, client_id: UUID, digest: str, prefix: str, grace: timedelta) -> bool:
    """Whether there is such a client."""
    return bool(await transaction.fetch(ROTATE_KEY, client_id, digest, prefix, grace))


async def revoke_keys(transaction: Transaction, client_id: UUID) -> bool:
    """Whether there is such a client."""
    return bool(await transaction.fetch(REVOKE_KEYS, client_id))


async def select_keys(transaction: Transaction) -> list[ClientKeysRow]:
    return [ClientKeysRow._make(record) for record in await transaction.fetch(SELECT_KEYS)]
