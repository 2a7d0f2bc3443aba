"""The contents of a project."""

from datetime import datetime
from typing import LiteralString, NamedTuple
from uuid import UUID

from gql_server.db import fields
from gql_server.db.each_project import Column
from gql_server.db.pages import Order, OrderKey, Table

OBJECT_MODEL_ID: LiteralString = "object_model_id"


class ContentRow(NamedTuple):
    """`metadata` is JSON as text."""

    project_id: UUID
    id: UUID
    title: str | None
    body: str
    object_model_id: UUID
    metadata: str | None
    version: int
    created_at: datetime
    updated_at: datetime


CONTENTS = Table(
    name="contents",
    source=':"schema".contents AS t',
    columns=[
        Column("project_id", "uuid", expression="$3"),
        Column("id", "uuid"),
        Column("title", "text"),
        Column("body", "text"),
        Column("object_model_id", "uuid"),
        Column("metadata", "jsonb"),
        Column("version", "int", default="1"),
        Column("created_at", "timestamptz"),
        Column("updated_at", "timestamptz"),
    ],
    row=ContentRow._make,
    orders={
        "created_at": OrderKey("created_at", "timestamptz"),
        "updated_at": OrderKey("updated_at", "timestamptz"),
        "title": OrderKey("title", "text", nullable=True),
    },
    default_order=Order("created_at", descending=True),
    fields={
        "id": fields.identifier_in_project("id"),
        "title": fields.text("title"),
        "body": fields.text("body"),
        "object_model": fields.identifier("object_model_id"),
        "metadata": fields.json("metadata"),
        "created_at": fields.time("created_at"),
        "updated_at": fields.time("updated_at"),
        "search": fields.words("to_tsvector('simple', left(coalesce(title, '') || ' ' || body, 250000))"),
    },
)
