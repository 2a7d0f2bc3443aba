"""Object models: what a content is made of, shared by all projects."""

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry import UNSET

from gql_server.db.tables.object_models import ObjectModelRow
from gql_server.schema.arguments import OrderDirection
from gql_server.schema.connections import Connection
from gql_server.schema.filters import DateTimeFilter, Filter, NodeIdFilter, StringFilter, on
from gql_server.schema.ids import IdKind
from gql_server.schema.lists import list_field
from gql_server.schema.node import Node, column
from gql_server.schema.prices import EVERY_PROJECT
from gql_server.schema.scalars import JSON
from gql_server.services import strictness

if TYPE_CHECKING:
    from gql_server.schema.contents import Content
    from gql_server.schema.prompts import Prompt


@strawberry.input(description="Which object models.")
class ObjectModelFilter(Filter):
    id: NodeIdFilter | None = on("By id.", IdKind.OBJECT_MODEL)
    name: StringFilter | None = on("By name.")
    version: StringFilter | None = on("By version.")
    created_at: DateTimeFilter | None = on("By when they were added.")
    and_: list["ObjectModelFilter"] | None = strawberry.field(
        name="and", default=UNSET, description="All of these hold."
    )
    or_: list["ObjectModelFilter"] | None = strawberry.field(
        name="or", default=UNSET, description="One of these holds."
    )
    not_: "ObjectModelFilter | None" = strawberry.field(name="not", default=UNSET, description="This does not hold.")


@strawberry.enum(description="What object models can be ordered by.")
class ObjectModelOrderField(Enum):
    NAME = strawberry.enum_value("name", description="By name.")
    CREATED_AT = strawberry.enum_value("created_at", description="By when they were added.")


@strawberry.input(description="An order of object models.")
class ObjectModelOrder:
    field: ObjectModelOrderField = strawberry.field(description="What to order by.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="From which end.")


@strawberry.type(description="What providers of language models cannot promise of a structure in their strict modes.")
class StructureWarning:
    row: strawberry.Private[strictness.Warning]

    pointer: str = column("A JSON pointer into the structure, empty for the whole.")
    message: str = column("What it is that they cannot promise, as a sentence.")


@strawberry.type(description="What a content is made of: a JSON Schema with a name and a version.")
class ObjectModel(Node, kind=IdKind.OBJECT_MODEL):
    row: strawberry.Private[ObjectModelRow]

    name: str = column("The name.")
    version: str = column("The version of the structure.")
    structure: JSON = column("The JSON Schema that a content's parts meet.")
    description: str | None = column("What it is for.")
    created_at: datetime = column("When it was added.")

    @strawberry.field(
        description="What in the structure providers of language models refuse or pass over in their strict modes, the "
        "first 100 of it. Contents are checked against the structure all the same."
    )
    def warnings(self) -> list[StructureWarning]:
        return [StructureWarning(row=warning) for warning in strictness.warnings(self.row.structure)]

    prompts: Connection[Annotated["Prompt", strawberry.lazy("gql_server.schema.prompts")]] = list_field(
        "The prompts that ask for such contents.", IdKind.PROMPT, lambda loaders: loaders.prompts_by_object_model
    )

    contents: Connection[Annotated["Content", strawberry.lazy("gql_server.schema.contents")]] = list_field(
        "The contents made after it, of every project, newest first.",
        IdKind.CONTENT,
        lambda loaders: loaders.contents_by_object_model,
        price=EVERY_PROJECT,
    )
