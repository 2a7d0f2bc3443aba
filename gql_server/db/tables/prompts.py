"""The prompts: templates that all projects share."""

from datetime import datetime
from typing import LiteralString, NamedTuple
from uuid import UUID

from gql_server.db import fields
from gql_server.db.database import Transaction
from gql_server.db.each_project import Column
from gql_server.db.pages import Order, OrderKey, Table

OBJECT_MODEL_ID: LiteralString = "object_model_id"


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
