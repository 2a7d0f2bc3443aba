"""Contents: what was generated or written for a project."""

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry import UNSET

from gql_server.db.tables.contents import ContentRow
from gql_server.schema.arguments import OrderDirection
from gql_server.schema.filters import DateTimeFilter, Filter, JsonFilter, NodeIdFilter, StringFilter, on
from gql_server.schema.ids import IdKind
from gql_server.schema.node import Node, column
from gql_server.schema.object_models import ObjectModel
from gql_server.schema.prices import SEARCH
from gql_server.schema.related import InProject, to_one
from gql_server.schema.scalars import JSON

if TYPE_CHECKING:
    from gql_server.schema.generations import Generation
    from gql_server.schema.projects import Project


@strawberry.input(description="Which contents.")
class ContentFilter(Filter):
    id: NodeIdFilter | None = on("By id.", IdKind.CONTENT)
    title: StringFilter | None = on("By title.")
    body: StringFilter | None = on("By body.")
    object_model: NodeIdFilter | None = on("By object model.", IdKind.OBJECT_MODEL)
    metadata: JsonFilter | None = on("By metadata.")
    created_at: DateTimeFilter | None = on("By when they were made.")
    updated_at: DateTimeFilter | None = on("By when they were last changed.")
    search: str | None = on(
        'By whole words in title and body, as in a web search: `"exact phrase"`, `or`, and `-` before a word to leave '
        "out. Without a word it finds nothing; of a longer text it knows the first 250,000 characters.",
        price=SEARCH,
    )
    and_: list["ContentFilter"] | None = strawberry.field(name="and", default=UNSET, description="All of these hold.")
    or_: list["ContentFilter"] | None = strawberry.field(name="or", default=UNSET, description="One of these holds.")
    not_: "ContentFilter | None" = strawberry.field(name="not", default=UNSET, description="This does not hold.")


@strawberry.enum(description="What contents can be ordered by.")
class ContentOrderField(Enum):
    CREATED_AT = strawberry.enum_value("created_at", description="By when they were made.")
    UPDATED_AT = strawberry.enum_value("updated_at", description="By when they were last changed.")
    TITLE = strawberry.enum_value("title", description="By title; those without come first.")


@strawberry.input(description="An order of contents.")
class ContentOrder:
    field: ContentOrderField = strawberry.field(description="What to order by.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="From which end.")


@strawberry.type(description="A text of a project, made after an object model.")
class Content(Node, kind=IdKind.CONTENT):
    row: strawberry.Private[ContentRow]

    title: str | None = column("The title, if it has one.")
    body: str = column("The text.")
    metadata: JSON | None = column("What its object model asks for beyond title and body.")
    version: int = column("How often it was changed: 1 when it was made.")
    created_at: datetime = column("When it was made.")
    updated_at: datetime = column("When it was last changed.")

    project: Annotated["Project", strawberry.lazy("gql_server.schema.projects")] = to_one(
        "The project that it belongs to.",
        IdKind.PROJECT,
        "project_id",
        must_exist=True,
    )

    object_model: ObjectModel | None = to_one(
        "What it is made after; null, with an error, when that is gone.",
        IdKind.OBJECT_MODEL,
        "object_model_id",
        must_exist=True,
    )

    generation: Annotated["Generation", strawberry.lazy("gql_server.schema.generations")] | None = to_one(
        "How it came to be; null when it was written, and not generated.",
        IdKind.GENERATION,
        InProject("generation_id"),
        must_exist=False,
    )
