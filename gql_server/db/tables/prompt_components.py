"""The prompt components of a project: its adaptations of prompts, and pieces of its own."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import LiteralString, NamedTuple
from uuid import UUID

from gql_server.db import fields
from gql_server.db.assignments import assignments
from gql_server.db.database import Transaction
from gql_server.db.each_project import Column
from gql_server.db.pages import Order, OrderKey, Table

INSERT: LiteralString = """
INSERT INTO :"schema".prompt_components (name, content, base_prompt_id, base_prompt_version)
VALUES ($1, $2, $3, $4) RETURNING id
"""

SELECT_FOR_UPDATE: LiteralString = """
SELECT base_prompt_id FROM :"schema".prompt_components WHERE id = $1 FOR UPDATE
"""

CHANGES: dict[str, LiteralString] = {
    "name": "name = {}",
    "content": "content = {}",
    "base_prompt_version": "base_prompt_version = {}",
}

# In one order for all, so that two who delete the same rows wait for one another, and not both.
DELETE: LiteralString = """
DELETE FROM :"schema".prompt_components WHERE id IN (
    SELECT id FROM :"schema".prompt_components WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE
) RETURNING id
"""

BASE_PROMPT_ID: LiteralString = "base_prompt_id"


class PromptComponentRow(NamedTuple):
    project_id: UUID
    id: UUID
    name: str
    content: str
    base_prompt_id: UUID | None
    base_prompt_version: int | None
    created_at: datetime
    updated_at: datetime


PROMPT_COMPONENTS = Table(
    name="prompt_components",
    source=':"schema".prompt_components AS t',
    columns=[
        Column("project_id", "uuid", expression="$3"),
        Column("id", "uuid"),
        Column("name", "text"),
        Column("content", "text"),
        Column("base_prompt_id", "uuid"),
        Column("base_prompt_version", "int", default="NULL"),
        Column("created_at", "timestamptz"),
        Column("updated_at", "timestamptz"),
    ],
    row=PromptComponentRow._make,
    orders={
        "name": OrderKey("name", "text"),
        "created_at": OrderKey("created_at", "timestamptz"),
        "updated_at": OrderKey("updated_at", "timestamptz"),
    },
    default_order=Order("name"),
    fields={
        "id": fields.identifier_in_project("id"),
        "name": fields.text("name"),
        "content": fields.text("content"),
        "base_prompt": fields.identifier("base_prompt_id"),
        "created_at": fields.time("created_at"),
        "updated_at": fields.time("updated_at"),
    },
)


async def insert(
    transaction: Transaction, name: str, content: str, base_prompt_id: UUID | None, base_prompt_version: int | None
) -> UUID:
    [record] = await transaction.fetch(INSERT, name, content, base_prompt_id, base_prompt_version)
    return record[0]


class Base(NamedTuple):
    """The prompt that a component adapts, if any."""

    prompt_id: UUID | None


async def select_base(transaction: Transaction, component_id: UUID) -> Base | None:
    """What a component adapts, which nobody else changes until the transaction ends; None when there is no such one."""
    records = await transaction.fetch(SELECT_FOR_UPDATE, component_id)
    return Base._make(records[0]) if records else None


async def update(transaction: Transaction, component_id: UUID, changes: Mapping[str, object]) -> None:
    """Makes the changes, by the names in `CHANGES`."""
    assigned, values = assignments(CHANGES, changes, first=2)
    await transaction.fetch(
        f'UPDATE :"schema".prompt_components SET {assigned}, updated_at = CURRENT_TIMESTAMP WHERE id = $1',
        component_id,
        *values,
    )


async def delete(transaction: Transaction, component_ids: Sequence[UUID]) -> list[UUID]:
    """The ids of those that there were."""
    return [record[0] for record in await transaction.fetch(DELETE, component_ids)]
