"""Clients: whose projects these are."""

from datetime import datetime
from decimal import Decimal
from enum import Enum

import strawberry
from strawberry import UNSET

from gql_server.db.tables.clients import ClientRow
from gql_server.db.tables.llm_usage import UsageParent
from gql_server.schema.arguments import OrderDirection
from gql_server.schema.connections import Connection
from gql_server.schema.filters import DateTimeFilter, Filter, NodeIdFilter, StringFilter, on
from gql_server.schema.ids import IdKind
from gql_server.schema.lists import list_field
from gql_server.schema.llm_usage import UsageGroup, usage_field
from gql_server.schema.node import Node, column
from gql_server.schema.projects import Project, ProjectFilter, ProjectOrder


@strawberry.input(description="Which clients.")
class ClientFilter(Filter):
    id: NodeIdFilter | None = on("By id.", IdKind.CLIENT)
    name: StringFilter | None = on("By name.")
    created_at: DateTimeFilter | None = on("By when they were added.")
    and_: list["ClientFilter"] | None = strawberry.field(name="and", default=UNSET, description="All of these hold.")
    or_: list["ClientFilter"] | None = strawberry.field(name="or", default=UNSET, description="One of these holds.")
    not_: "ClientFilter | None" = strawberry.field(name="not", default=UNSET, description="This does not hold.")


@strawberry.enum(description="What clients can be ordered by.")
class ClientOrderField(Enum):
    NAME = strawberry.enum_value("name", description="By name.")
    CREATED_AT = strawberry.enum_value("created_at", description="By when they were added.")


@strawberry.input(description="An order of clients.")
class ClientOrder:
    field: ClientOrderField = strawberry.field(description="What to order by.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="From which end.")


@strawberry.type(description="An organisation that content is generated for.")
class Client(Node, kind=IdKind.CLIENT):
    row: strawberry.Private[ClientRow]

    name: str = column("The name.")
    contact_email: str | None = column("Where it can be written to.")
    monthly_budget: Decimal | None = column(
        "What its calls of language models may cost in a month, in US dollars; null for no limit."
    )
    created_at: datetime = column("When it was added.")

    projects: Connection[Project] = list_field(
        "Its projects, by name.",
        IdKind.PROJECT,
        lambda loaders: loaders.projects_by_client,
        ProjectFilter,
        ProjectOrder,
    )

    usage: list[UsageGroup] = usage_field("What its calls of language models came to.", UsageParent.CLIENT)
