"""What a worker writes of a generation: only while the generation's lease is its own."""

from typing import LiteralString, NamedTuple
from uuid import UUID

from gql_server.db.database import Transaction

EVENT: LiteralString = ':"schema".generation_events (generation_id, sequence, kind, attempt, text)'

# A successor takes the lease; whoever had it before finds out when it next writes.
CLAIM: LiteralString = f"""
WITH claimed AS (
    UPDATE :"schema".generations SET
        status = 'running',
        attempt = attempt + 1,
        lease = $2,
        started_at = coalesce(started_at, CURRENT_TIMESTAMP),
        sequence = sequence + 1
    WHERE id = $1 AND status IN ('queued', 'running') AND attempt < $3
    RETURNING id, attempt, model, prompt_id, structure, variables, terms, rendered_prompt, sequence
), event AS (INSERT INTO {EVENT} SELECT id, sequence, 'started', attempt, NULL FROM claimed)
SELECT id, attempt, model, prompt_id, structure, variables, terms, rendered_prompt FROM claimed
"""

NOTE: LiteralString = f"""
WITH told AS (
    UPDATE :"schema".generations SET sequence = sequence + 1
    WHERE id = $1 AND lease = $2 AND status = 'running' RETURNING id, sequence, attempt
), event AS (INSERT INTO {EVENT} SELECT id, sequence, $3, attempt, $4 FROM told)
SELECT TRUE FROM told
"""

HAND_BACK: LiteralString = f"""
WITH told AS (
    UPDATE :"schema".generations
    SET status = 'queued', lease = NULL, attempt = attempt - 1, sequence = sequence + 1
    WHERE id = $1 AND lease = $2 AND status = 'running' RETURNING id, sequence, attempt
), event AS (INSERT INTO {EVENT} SELECT id, sequence, 'queued', attempt, NULL FROM told)
SELECT TRUE FROM told
"""

ENDED: LiteralString = "finished_at = CURRENT_TIMESTAMP, lease = NULL, sequence = sequence + 1"

SUCCEED: LiteralString = f"""
WITH told AS (
    UPDATE :"schema".generations SET status = 'succeeded', {ENDED}
    WHERE id = $1 AND lease = $2 AND status = 'running' RETURNING id, sequence, attempt, object_model_id
), event AS (INSERT INTO {EVENT} SELECT id, sequence, 'succeeded', attempt, NULL FROM told)
INSERT INTO :"schema".contents (title, body, metadata, object_model_id, generation_id)
SELECT $3, $4, $5::jsonb, object_model_id, id FROM told RETURNING id
"""

FAIL: LiteralString = f"""
WITH told AS (
    UPDATE :"schema".generations
    SET status = 'failed', error_code = $3, error_message = $4, error_pointer = $5, {ENDED}
    WHERE id = $1 AND lease = $2 AND status = 'running' RETURNING id, sequence, attempt
), event AS (INSERT INTO {EVENT} SELECT id, sequence, 'failed', attempt, $4 FROM told)
SELECT TRUE FROM told
"""

GIVE_UP: LiteralString = f"""
WITH told AS (
    UPDATE :"schema".generations
    SET status = 'failed', error_code = $3, error_message = $4, {ENDED}
    WHERE id = $1 AND status = 'running' AND attempt >= $2 RETURNING id, sequence, attempt
), event AS (INSERT INTO {EVENT} SELECT id, sequence, 'failed', attempt, $4 FROM told)
SELECT TRUE FROM told
"""

SELECT_ANSWERS: LiteralString = """
SELECT answer FROM :"schema".generation_answers WHERE generation_id = $1 ORDER BY number
"""

# The generation is held, so that nobody claims it between the two.
INSERT_ANSWER: LiteralString = """
INSERT INTO :"schema".generation_answers (generation_id, number, answer)
SELECT id, $3, $4 FROM :"schema".generations WHERE id = $1 AND lease = $2 FOR UPDATE
ON CONFLICT (generation_id, number) DO NOTHING
"""

IS_LEASED: LiteralString = """
SELECT TRUE FROM :"schema".generations WHERE id = $1 AND lease = $2 AND status = 'running'
"""

# A day is enough for whoever watched to come back.
DELETE_OLD_EVENTS: LiteralString = """
DELETE FROM :"schema".generation_events WHERE (generation_id, sequence) IN (
    SELECT e.generation_id, e.sequence FROM :"schema".generation_events AS e
    JOIN :"schema".generations AS g ON g.id = e.generation_id
    WHERE e.created_at < CURRENT_TIMESTAMP - interval '1 day' AND e.kind = 'output' AND g.finished_at IS NOT NULL
    ORDER BY e.created_at LIMIT 1000 FOR UPDATE OF e SKIP LOCKED
)
"""


class Lease(NamedTuple):
    """A claim on a generation: what is written under another one since is written in vain."""

    project_id: UUID
    generation_id: UUID
    id: UUID

    @property
    def values(self) -> tuple[UUID, UUID]:
        return self.generation_id, self.id


class ClaimedGeneration(NamedTuple):
    """What a worker has to know; `structure`, `variables` and `terms` are JSON as text."""

    id: UUID
    attempt: int
    model: str
    prompt_id: UUID | None
    structure: str
    variables: str
    terms: str
    rendered_prompt: str


async def claim(transaction: Transaction, lease: Lease, attempts: int) -> ClaimedGeneration | None:
    """Begins an attempt; None when it has ended, is none any more, or has had so many."""
    records = await transaction.fetch(CLAIM, *lease.values, attempts)
    return ClaimedGeneration._make(records[0]) if records else None


async def note(transaction: Transaction, lease: Lease, kind: str, text: str | None) -> bool:
    """Adds an event; whether the lease is good still."""
    return bool(await transaction.fetch(NOTE, *lease.values, kind, text))


async def hand_back(transaction: Transaction, lease: Lease) -> bool:
    """Puts it in line again as if this attempt had not been; whether the lease was good still."""
    return bool(await transaction.fetch(HAND_BACK, *lease.values))


async def succeed(
    transaction: Transaction, lease: Lease, title: str | None, body: str, metadata: str | None
) -> UUID | None:
    """Stores the content; its id, and None when the lease is good no more. `metadata` is JSON as text."""
    records = await transaction.fetch(SUCCEED, *lease.values, title, body, metadata)
    return records[0][0] if records else None


async def fail(transaction: Transaction, lease: Lease, code: str, message: str, pointer: str | None) -> bool:
    """Whether the lease was good still."""
    return bool(await transaction.fetch(FAIL, *lease.values, code, message, pointer))


async def give_up(transaction: Transaction, generation_id: UUID, attempts: int, code: str, message: str) -> bool:
    """Ends one that has had so many attempts, none of which came to an end; whether this is one."""
    return bool(await transaction.fetch(GIVE_UP, generation_id, attempts, code, message))


async def select_answers(transaction: Transaction, generation_id: UUID) -> list[str]:
    """What language models have answered for it so far, in order."""
    return [record[0] for record in await transaction.fetch(SELECT_ANSWERS, generation_id)]


async def insert_answer(transaction: Transaction, lease: Lease, number: int, answer: str) -> None:
    """Keeps an answer, unless the lease is good no more: the successor asks for itself. Harmless again."""
    await transaction.fetch(INSERT_ANSWER, *lease.values, number, answer)


async def is_leased(transaction: Transaction, lease: Lease) -> bool:
    return bool(await transaction.fetch(IS_LEASED, *lease.values))


async def delete_old_events(transaction: Transaction) -> None:
    """Deletes some of the output of generations that ended long ago; the contents have it."""
    await transaction.fetch(DELETE_OLD_EVENTS)
