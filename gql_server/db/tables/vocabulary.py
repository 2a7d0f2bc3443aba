"""The vocabulary of a project: its terms."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from gql_server.db import fields
from gql_server.db.each_project import Column
from gql_server.db.pages import Order, OrderKey, Table


class TermRow(NamedTuple):
    project_id: UUID
    id: UUID
    term: str
    definition: str
    category: str | None
    created_at: datetime


VOCABULARY = Table(
    name="vocabulary",
    source=':"schema".vocabulary AS t',
    columns=[
        Column("project_id", "uuid", expression="$3"),
        Column("id", "uuid"),
        Column("term", "text"),
        Column("definition", "text"),
        Column("category", "text"),
        Column("created_at", "timestamptz"),
    ],
    row=TermRow._make,
    orders={
        "term": OrderKey("term", "text"),
        "created_at": OrderKey("created_at", "timestamptz"),
    },
    default_order=Order("term"),
    fields={
        "id": fields.identifier_in_project("id"),
        "term": fields.text("term"),
        "definition": fields.text("definition"),
        "category": fields.text("category"),
        "created_at": fields.time("created_at"),
    },
)
