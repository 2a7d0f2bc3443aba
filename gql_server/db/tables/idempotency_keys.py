"""What was done under which key, in each project and for what is shared."""

from collections.abc import Sequence
from typing import LiteralString, NamedTuple
from uuid import UUID

from gql_server.db.database import Transaction

DAY: LiteralString = "interval '24 hours'"
"""How long a key is kept."""

# Whoever has the same key at the same time waits here until the first has committed, or given up.
CLAIM: LiteralString = f"""
INSERT INTO :"schema".idempotency_keys (caller, key, digest) VALUES ($1, $2, $3)
ON CONFLICT (caller, key) DO UPDATE SET digest = excluded.digest, made = NULL, created_at = excluded.created_at
WHERE idempotency_keys.created_at <= excluded.created_at - {DAY}
RETURNING TRUE
"""

SELECT: LiteralString = 'SELECT digest, made FROM :"schema".idempotency_keys WHERE caller = $1 AND key = $2'

UPDATE: LiteralString = 'UPDATE :"schema".idempotency_keys SET made = $3 WHERE caller = $1 AND key = $2'

DELETE_OLD: LiteralString = f"""
DELETE FROM :"schema".idempotency_keys WHERE (caller, key) IN (
    SELECT caller, key FROM :"schema".idempotency_keys
    WHERE created_at <= CURRENT_TIMESTAMP - {DAY} ORDER BY created_at LIMIT 100 FOR UPDATE SKIP LOCKED
)
"""


class Done(NamedTuple):
    """What was done under a key before: for which input, and the ids of what it made."""

    digest: str
    made: list[UUID]


async def claim(transaction: Transaction, caller: str, key: str, digest: str) -> Done | None:
    """Takes a key for an input, for as long as it is kept; what was done under it when it is taken already."""
    if await transaction.fetch(CLAIM, caller, key, digest):
        await transaction.fetch(DELETE_OLD)
        return None
    records = await transaction.fetch(SELECT, caller, key)
    if not records:
        # It was old enough for somebody to delete it between the two.
        return await claim(transaction, caller, key, digest)
    return Done(records[0][0], list(records[0][1]))


async def keep(transaction: Transaction, caller: str, key: str, made: Sequence[UUID]) -> None:
    """Notes what was made under a key that was claimed."""
    await transaction.fetch(UPDATE, caller, key, made)
