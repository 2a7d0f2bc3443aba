"""The object models: what a generated content is made of, shared by all projects."""

from collections.abc import Mapping
from datetime import datetime
from typing import LiteralString, NamedTuple
from uuid import UUID

from gql_server.db import fields
from gql_server.db.assignments import assignments
from gql_server.db.database import Transaction
from gql_server.db.each_project import Column
from gql_server.db.pages import Order, OrderKey, Table


class ObjectModelRow(NamedTuple):
    """`structure` is JSON as text."""

    id: UUID
    name: str
    version: str
    structure: str
    description: str | None
    created_at: datetime


SELECT_STRUCTURE: LiteralString = "SELECT structure FROM public.object_models WHERE id = $1"

HOLD: LiteralString = "SELECT TRUE FROM public.object_models WHERE id = $1 FOR UPDATE"

INSERT: LiteralString = """
INSERT INTO public.object_models (name, version, structure, description) VALUES ($1, $2, $3::jsonb, $4) RETURNING id
"""

CHANGES: dict[str, LiteralString] = {
    "name": "name = {}",
    "version": "version = {}",
    "structure": "structure = {}::jsonb",
    "description": "description = {}",
}

DELETE: LiteralString = "DELETE FROM public.object_models WHERE id = $1"

OBJECT_MODELS = Table(
    name="object_models",
    source="public.object_models AS t",
    columns=[
        Column("id", "uuid"),
        Column("name", "text"),
        Column("version", "text"),
        Column("structure", "jsonb"),
        Column("description", "text"),
        Column("created_at", "timestamptz"),
    ],
    row=ObjectModelRow._make,
    orders={
        "name": OrderKey("name", "text"),
        "created_at": OrderKey("created_at", "timestamptz"),
    },
    default_order=Order("name"),
    fields={
        "id": fields.identifier("id"),
        "name": fields.text("name"),
        "version": fields.text("version"),
        "created_at": fields.time("created_at"),
    },
)


async def select_structure(transaction: Transaction, object_model_id: UUID) -> str | None:
    """As JSON text; None when there is no such object model."""
    records = await transaction.fetch(SELECT_STRUCTURE, object_model_id)
    return records[0][0] if records else None


async def hold(transaction: Transaction, object_model_id: UUID) -> bool:
    """Whether there is such an object model; until the transaction ends no prompt begins to name it."""
    return bool(await transaction.fetch(HOLD, object_model_id))


async def insert(transaction: Transaction, name: str, version: str, structure: str, description: str | None) -> UUID:
    """Raises UserErrors when there is one of this name and version."""
    [record] = await transaction.fetch(INSERT, name, version, structure, description)
    return record[0]


async def update(transaction: Transaction, object_model_id: UUID, changes: Mapping[str, object]) -> None:
    """Makes the changes, by the names in `CHANGES`. Raises UserErrors when there is one of this name and version."""
    assigned, values = assignments(CHANGES, changes, first=2)
    await transaction.fetch(f"UPDATE public.object_models SET {assigned} WHERE id = $1", object_model_id, *values)


async def delete(transaction: Transaction, object_model_id: UUID) -> None:
    await transaction.fetch(DELETE, object_model_id)
