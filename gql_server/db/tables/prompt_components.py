"""The prompt components of a project: its adaptations of prompts, and pieces of its own."""

from datetime import datetime
from typing import LiteralString, NamedTuple
from uuid import UUID

from gql_server.db import fields
from gql_server.db.each_project import Column
from gql_server.db.pages import Order, OrderKey, Table

BASE_PROMPT_ID: LiteralString = "base_prompt_id"


class PromptComponentRow(NamedTuple):
    project_id: UUID
    id: UUID
    name: str
    content: str
    base_prompt_id: UUID | None
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
