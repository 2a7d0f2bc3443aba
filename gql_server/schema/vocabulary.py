"""Vocabulary: the terms that a project's texts use."""

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry import UNSET

from gql_server.db.tables.vocabulary import TermRow
from gql_server.schema.arguments import OrderDirection
from gql_server.schema.filters import DateTimeFilter, Filter, NodeIdFilter, StringFilter, on
from gql_server.schema.ids import IdKind
from gql_server.schema.node import Node, column
from gql_server.schema.related import to_one

if TYPE_CHECKING:
    from gql_server.schema.projects import Project


@strawberry.input(description="Which terms.")
class TermFilter(Filter):
    id: NodeIdFilter | None = on("By id.", IdKind.TERM)
    term: StringFilter | None = on("By term.")
    definition: StringFilter | None = on("By definition.")
    category: StringFilter | None = on("By category.")
    created_at: DateTimeFilter | None = on("By when they were added.")
    and_: list["TermFilter"] | None = strawberry.field(name="and", default=UNSET, description="All of these hold.")
    or_: list["TermFilter"] | None = strawberry.field(name="or", default=UNSET, description="One of these holds.")
    not_: "TermFilter | None" = strawberry.field(name="not", default=UNSET, description="This does not hold.")


@strawberry.enum(description="What terms can be ordered by.")
class TermOrderField(Enum):
    TERM = strawberry.enum_value("term", description="By term.")
    CREATED_AT = strawberry.enum_value("created_at", description="By when they were added.")


@strawberry.input(description="An order of terms.")
class TermOrder:
    field: TermOrderField = strawberry.field(description="What to order by.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="From which end.")


@strawberry.type(description="A term of a project's vocabulary.")
class Term(Node, kind=IdKind.TERM):
    row: strawberry.Private[TermRow]

    term: str = column("The term.")
    definition: str = column("What it means in this project.")
    category: str | None = column("What it belongs to.")
    created_at: datetime = column("When it was added.")

    project: Annotated["Project", strawberry.lazy("gql_server.schema.projects")] = to_one(
        "The project that it belongs to.",
        IdKind.PROJECT,
        "project_id",
        must_exist=True,
    )
