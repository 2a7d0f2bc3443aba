"""The prompts: templates that all projects share, and what they said before."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import LiteralString, NamedTuple
from uuid import UUID

from gql_server.db import fields
from gql_server.db.assignments import assignments, differing
from gql_server.db.database import Transaction
from gql_server.db.each_project import Column
from gql_server.db.pages import Order, OrderKey, Table
from gql_server.db.snapshot import Snapshot

OBJECT_MODEL_ID: LiteralString = "object_model_id"

VERSIONS = 100
"""Earlier versions of one prompt that are answered: the newest."""


class PromptRow(NamedTuple):
    """`parameters` is JSON as text."""

    id: UUID
    name: str
    template: str
    parameters: str | None
    object_model_id: UUID | None
    version: int
    created_at: datetime
    updated_at: datetime


SELECT_BASE: LiteralString = "SELECT name, template, version FROM public.prompts WHERE id = $1"


class BasePrompt(NamedTuple):
    """What a project's adaptation begins with."""

    name: str
    template: str
    version: int


SELECT_FOR_UPDATE: LiteralString = """
SELECT template, parameters, version FROM public.prompts WHERE id = $1 FOR UPDATE
"""


class CurrentPrompt(NamedTuple):
    """A prompt before it is changed; `parameters` is JSON as text."""

    template: str
    parameters: str | None
    version: int


INSERT: LiteralString = """
INSERT INTO public.prompts (name, template, parameters, object_model_id) VALUES ($1, $2, $3::jsonb, $4) RETURNING id
"""

CHANGES: dict[str, LiteralString] = {
    "name": "name = {}",
    "template": "template = {}",
    "parameters": "parameters = {}::jsonb",
    "object_model_id": "object_model_id = {}::uuid",
}

DELETE: LiteralString = "DELETE FROM public.prompts WHERE id = $1 RETURNING id"

SELECT_NAMING: LiteralString = "SELECT TRUE FROM public.prompts WHERE object_model_id = $1 LIMIT 1"


class PromptVersionRow(NamedTuple):
    """What a prompt said before it was changed; `created_at` is when it began to. `parameters` is JSON as text."""

    prompt_id: UUID
    version: int
    name: str
    template: str
    parameters: str | None
    created_at: datetime


VERSION_COLUMNS = [
    Column("prompt_id", "uuid"),
    Column("version", "int"),
    Column("name", "text"),
    Column("template", "text"),
    Column("parameters", "jsonb"),
    Column("created_at", "timestamptz"),
]
VERSION_SELECTED: LiteralString = ", ".join([column.selected for column in VERSION_COLUMNS])

SELECT_VERSIONS: LiteralString = f"""
SELECT t.*
FROM unnest($1::uuid[]) AS wanted (id)
CROSS JOIN LATERAL (
    SELECT {VERSION_SELECTED} FROM public.prompt_versions
    WHERE prompt_id = wanted.id AND ($2::int IS NULL OR version < $2) ORDER BY version DESC LIMIT $3
) AS t
ORDER BY prompt_id, version DESC
"""

PROMPTS = Table(
    name="prompts",
    source="public.prompts AS t",
    columns=[
        Column("id", "uuid"),
        Column("name", "text"),
        Column("template", "text"),
        Column("parameters", "jsonb"),
        Column("object_model_id", "uuid"),
        Column("version", "int"),
        Column("created_at", "timestamptz"),
        Column("updated_at", "timestamptz"),
    ],
    row=PromptRow._make,
    orders={
        "name": OrderKey("name", "text"),
        "created_at": OrderKey("created_at", "timestamptz"),
        "updated_at": OrderKey("updated_at", "timestamptz"),
    },
    default_order=Order("name"),
    fields={
        "id": fields.identifier("id"),
        "name": fields.text("name"),
        "template": fields.text("template"),
        "object_model": fields.identifier("object_model_id"),
        "created_at": fields.time("created_at"),
        "updated_at": fields.time("updated_at"),
    },
)


async def select_base(transaction: Transaction, prompt_id: UUID) -> BasePrompt | None:
    records = await transaction.fetch(SELECT_BASE, prompt_id)
    return BasePrompt._make(records[0]) if records else None


async def select_for_update(transaction: Transaction, prompt_id: UUID) -> CurrentPrompt | None:
    """The prompt, which nobody else changes until the transaction ends; None when there is none."""
    records = await transaction.fetch(SELECT_FOR_UPDATE, prompt_id)
    return CurrentPrompt._make(records[0]) if records else None


async def insert(
    transaction: Transaction, name: str, template: str, parameters: str | None, object_model_id: UUID | None
) -> UUID:
    """Raises UserErrors when there is no such object model."""
    [record] = await transaction.fetch(INSERT, name, template, parameters, object_model_id)
    return record[0]


async def update(transaction: Transaction, prompt_id: UUID, changes: Mapping[str, object]) -> None:
    """Makes the changes, by the names in `CHANGES`, and keeps what there was; does nothing when all is so already.

    Raises UserErrors when there is no such object model.
    """
    assigned, values = assignments(CHANGES, changes, first=2)
    # All parts of a statement see the rows as they were before it.
    await transaction.fetch(
        f"""
        WITH changed AS (
            UPDATE public.prompts SET {assigned}, version = version + 1, updated_at = CURRENT_TIMESTAMP
            WHERE id = $1 AND ({differing(CHANGES, changes, first=2)}) RETURNING id
        )
        INSERT INTO public.prompt_versions (prompt_id, version, name, template, parameters, object_model_id, created_at)
        SELECT id, version, name, template, parameters, object_model_id, updated_at
        FROM public.prompts JOIN changed USING (id)
        """,
        prompt_id,
        *values,
    )


async def delete(transaction: Transaction, prompt_id: UUID) -> bool:
    """Whether there was such a prompt. Raises UserErrors when language models were called with it."""
    return bool(await transaction.fetch(DELETE, prompt_id))


async def any_naming(transaction: Transaction, object_model_id: UUID) -> bool:
    """Whether a prompt names an object model."""
    return bool(await transaction.fetch(SELECT_NAMING, object_model_id))


async def select_versions(
    snapshot: Snapshot, prompt_ids: Sequence[UUID], before: int | None
) -> list[list[PromptVersionRow]]:
    """What each prompt said before, or before a version, the newest first, in the ids' order."""
    found: defaultdict[UUID, list[PromptVersionRow]] = defaultdict(list)
    for record in await snapshot.fetch(SELECT_VERSIONS, prompt_ids, before, VERSIONS):
        row = PromptVersionRow._make(record)
        found[row.prompt_id].append(row)
    return [found[id_] for id_ in prompt_ids]
