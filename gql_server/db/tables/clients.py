"""The clients, whose projects these are."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from gql_server.db import fields
from gql_server.db.each_project import Column
from gql_server.db.pages import Order, OrderKey, Table


class ClientRow(NamedTuple):
    id: UUID
    name: str
    contact_email: str | None
    created_at: datetime


CLIENTS = Table(
    name="clients",
    source="public.clients AS t",
    columns=[
        Column("id", "uuid"),
        Column("name", "text"),
        Column("contact_email", "text"),
        Column("created_at", "timestamptz"),
    ],
    row=ClientRow._make,
    orders={
        "name": OrderKey("name", "text"),
        "created_at": OrderKey("created_at", "timestamptz"),
    },
    default_order=Order("name"),
    fields={
        "id": fields.identifier("id"),
        "name": fields.text("name"),
        "created_at": fields.time("created_at"),
    },
)
