"""The generations of a project: requests for contents, and what becomes of them."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import LiteralString, NamedTuple, cast
from uuid import UUID

from gql_server.db import fields
from gql_server.db.arguments import Arguments
from gql_server.db.conditions import Condition, compile_condition
from gql_server.db.database import Transaction
from gql_server.db.each_project import Column, ProjectStatement, in_each_project
from gql_server.db.pages import Order, OrderKey, Table
from gql_server.db.snapshot import Snapshot
from gql_server.errors import ProjectUnavailableError

UNDER_WAY = ("queued", "running")
"""The statuses of those that have not ended."""


class GenerationRow(NamedTuple):
    """`variables` is JSON as text; `sequence` is the number of the latest event."""

    project_id: UUID
    id: UUID
    status: str
    attempt: int
    model: str
    prompt_id: UUID | None
    prompt_version: int | None
    prompt_component_id: UUID | None
    object_model_id: UUID
    variables: str
    rendered_prompt: str
    retry_of: UUID | None
    sequence: int
    error_code: str | None
    error_message: str | None
    error_pointer: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


GENERATIONS = Table(
    name="generations",
    source=':"schema".generations AS t',
    columns=[
        Column("project_id", "uuid", expression="$3"),
        Column("id", "uuid"),
        Column("status", "text"),
        Column("attempt", "int"),
        Column("model", "text"),
        Column("prompt_id", "uuid"),
        Column("prompt_version", "int"),
        Column("prompt_component_id", "uuid"),
        Column("object_model_id", "uuid"),
        Column("variables", "jsonb"),
        Column("rendered_prompt", "text"),
        Column("retry_of", "uuid"),
        Column("sequence", "int"),
        Column("error_code", "text"),
        Column("error_message", "text"),
        Column("error_pointer", "text"),
        Column("created_at", "timestamptz"),
        Column("started_at", "timestamptz", nullable=True),
        Column("finished_at", "timestamptz", nullable=True),
    ],
    row=GenerationRow._make,
    orders={"created_at": OrderKey("created_at", "timestamptz")},
    default_order=Order("created_at", descending=True),
    fields={
        "id": fields.identifier_in_project("id"),
        "status": fields.text("status"),
        "model": fields.text("model"),
        "prompt": fields.identifier("prompt_id"),
        "prompt_component": fields.identifier_in_project("prompt_component_id"),
        "object_model": fields.identifier("object_model_id"),
        "created_at": fields.time("created_at"),
    },
)


class Request(NamedTuple):
    """A generation as it is asked for; `structure`, `variables` and `terms` are JSON as text."""

    model: str
    prompt_id: UUID | None
    prompt_version: int | None
    prompt_component_id: UUID | None
    object_model_id: UUID
    structure: str
    variables: str
    terms: str
    rendered_prompt: str


class Asked(NamedTuple):
    """What a generation was to make, and how far it is; `structure` is JSON as text."""

    status: str
    model: str
    object_model_id: UUID
    structure: str


class Enqueued(NamedTuple):
    """A generation that waits, with its place in the order of turns."""

    id: UUID
    model: str
    turn: int


# A project that has some in line for the same model goes on behind them; one that has none begins beside what is first.
NEXT_TURN: LiteralString = """
greatest(
    (SELECT max(line.turn) + 1 FROM :"schema".generations AS line WHERE status = 'queued' AND line.model = asked.model),
    public.current_turn(asked.model)
)
"""

QUEUED: LiteralString = """
event AS (
    INSERT INTO :"schema".generation_events (generation_id, sequence, kind, attempt) SELECT id, 1, 'queued', 0 FROM made
)
"""

INSERT: LiteralString = f"""
WITH made AS (
    INSERT INTO :"schema".generations (
        model, prompt_id, prompt_version, prompt_component_id, object_model_id, structure, variables, terms,
        rendered_prompt, turn, sequence
    )
    SELECT model, prompt_id, prompt_version, prompt_component_id, object_model_id, structure::jsonb, variables::jsonb,
        terms::jsonb, rendered_prompt, {NEXT_TURN} + place - 1, 1
    FROM unnest(
        $1::text[], $2::uuid[], $3::int[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::text[]
    ) WITH ORDINALITY AS asked (
        model, prompt_id, prompt_version, prompt_component_id, object_model_id, structure, variables, terms,
        rendered_prompt, place
    )
    RETURNING id, model, turn
), {QUEUED}
SELECT id, model, turn FROM made ORDER BY turn
"""

INSERT_RETRY: LiteralString = f"""
WITH made AS (
    INSERT INTO :"schema".generations (
        model, prompt_id, prompt_version, prompt_component_id, object_model_id, structure, variables, terms,
        rendered_prompt, retry_of, turn, sequence
    )
    SELECT model, prompt_id, prompt_version, prompt_component_id, object_model_id, structure, variables, terms,
        rendered_prompt, id, {NEXT_TURN}, 1
    FROM :"schema".generations AS asked WHERE id = $1
    RETURNING id, model, turn
), {QUEUED}
SELECT id, model, turn FROM made
"""

SELECT_ASKED: LiteralString = """
SELECT status, model, object_model_id, structure FROM :"schema".generations WHERE id = $1
"""

CANCEL: LiteralString = """
WITH ended AS (
    UPDATE :"schema".generations
    SET status = 'cancelled', finished_at = CURRENT_TIMESTAMP, lease = NULL, sequence = sequence + 1
    WHERE id = $1 AND status IN ('queued', 'running') RETURNING id, sequence, attempt
), event AS (
    INSERT INTO :"schema".generation_events (generation_id, sequence, kind, attempt)
    SELECT id, sequence, 'cancelled', attempt FROM ended
)
SELECT TRUE FROM ended
"""


def counts_by_status(where: Condition | None, args: Arguments) -> ProjectStatement:
    text = (
        f"SELECT status, count(*) FROM {GENERATIONS.source}"
        f" WHERE {compile_condition(where, GENERATIONS.fields, args)} GROUP BY status"
    )
    return in_each_project(text, [Column("status", "text"), Column("count", "bigint")])


async def count_by_status(
    snapshot: Snapshot, project_ids: Sequence[UUID], where: Condition | None
) -> tuple[Counter[str], list[ProjectUnavailableError]]:
    """The number of generations of each status over all the projects, and the projects that are missing."""
    args = Arguments()
    counts: Counter[str] = Counter()
    unavailable: list[ProjectUnavailableError] = []
    for answer in (await snapshot.fetch_each_project(counts_by_status(where, args), project_ids, args)).values():
        if isinstance(answer, ProjectUnavailableError):
            unavailable.append(answer)
            continue
        for status, count in cast("list[tuple[str, int]]", answer):
            counts[status] += count
    return counts, unavailable


async def insert(transaction: Transaction, requests: Sequence[Request]) -> list[Enqueued]:
    """In the requests' order."""
    columns = [list(column) for column in zip(*requests, strict=True)]
    return [Enqueued._make(record) for record in await transaction.fetch(INSERT, *columns)]


async def insert_retry(transaction: Transaction, generation_id: UUID) -> Enqueued:
    """Asks once more for what a generation, which there is, was to make."""
    [record] = await transaction.fetch(INSERT_RETRY, generation_id)
    return Enqueued._make(record)


async def select_asked(transaction: Transaction, generation_id: UUID) -> Asked | None:
    """None when there is no such generation."""
    records = await transaction.fetch(SELECT_ASKED, generation_id)
    return Asked._make(records[0]) if records else None


async def cancel(transaction: Transaction, generation_id: UUID) -> bool:
    """Whether it had not ended before."""
    return bool(await transaction.fetch(CANCEL, generation_id))
