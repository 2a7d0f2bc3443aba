"""The object models: what a generated content is made of, shared by all projects."""

from datetime import datetime
from typing import LiteralString, NamedTuple
from uuid import UUID

from gql_server.db import fields
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


EXISTS: LiteralString = "SELECT TRUE FROM public.object_models WHERE id = $1"

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


async def exists(transaction: Transaction, object_model_id: UUID) -> bool:
    return bool(await transaction.fetch(EXISTS, object_model_id))
