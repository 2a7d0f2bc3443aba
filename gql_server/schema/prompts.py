"""Prompts: templates that all projects share."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry import UNSET

from gql_server.db.tables.prompts import PromptRow, PromptVersionRow
from gql_server.engine import BatchInfo
from gql_server.schema.arguments import OrderDirection, given
from gql_server.schema.batches import batched
from gql_server.schema.connections import Connection
from gql_server.schema.filters import DateTimeFilter, Filter, IdFilter, NodeIdFilter, StringFilter, on
from gql_server.schema.ids import IdKind
from gql_server.schema.lists import list_field
from gql_server.schema.node import Node, column
from gql_server.schema.object_models import ObjectModel
from gql_server.schema.prices import EVERY_PROJECT
from gql_server.schema.related import each_as, to_one
from gql_server.schema.scalars import JSON

if TYPE_CHECKING:
    from gql_server.schema.prompt_components import PromptComponent


@strawberry.input(description="Which prompts.")
class PromptFilter(Filter):
    id: NodeIdFilter | None = on("By id.", IdKind.PROMPT)
    name: StringFilter | None = on("By name.")
    template: StringFilter | None = on("By template.")
    object_model: IdFilter | None = on("By the object model that they ask for.", IdKind.OBJECT_MODEL)
    created_at: DateTimeFilter | None = on("By when they were added.")
    updated_at: DateTimeFilter | None = on("By when they were last changed.")
    and_: list["PromptFilter"] | None = strawberry.field(name="and", default=UNSET, description="All of these hold.")
    or_: list["PromptFilter"] | None = strawberry.field(name="or", default=UNSET, description="One of these holds.")
    not_: "PromptFilter | None" = strawberry.field(name="not", default=UNSET, description="This does not hold.")


@strawberry.enum(description="What prompts can be ordered by.")
class PromptOrderField(Enum):
    NAME = strawberry.enum_value("name", description="By name.")
    CREATED_AT = strawberry.enum_value("created_at", description="By when they were added.")
    UPDATED_AT = strawberry.enum_value("updated_at", description="By when they were last changed.")


@strawberry.input(description="An order of prompts.")
class PromptOrder:
    field: PromptOrderField = strawberry.field(description="What to order by.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="From which end.")


@strawberry.type(description="What a prompt said before it was changed.")
class PromptVersion:
    row: strawberry.Private[PromptVersionRow]

    version: int = column("Which version it was: 1 when the prompt was made.")
    name: str = column("The name that the prompt had.")
    template: str = column("The template that it had, in Liquid.")
    parameters: JSON | None = column("The JSON Schema of that template's variables.")
    created_at: datetime = column("When the prompt became this.")


async def versions_before(
    prompts: "Sequence[Prompt]",
    info: BatchInfo,
    before_version: Annotated[
        int | None, strawberry.argument(description="Only those before this one; all but what it says now without.")
    ] = UNSET,
) -> list[list[PromptVersion] | Exception]:
    loader, before = info.context.loaders.prompt_versions_by_prompt, given(before_version)
    return await each_as(PromptVersion, loader, [(prompt.row.id, before) for prompt in prompts])


@strawberry.type(description="A template that asks a language model for a content.")
class Prompt(Node, kind=IdKind.PROMPT):
    row: strawberry.Private[PromptRow]

    name: str = column("The name.")
    template: str = column("The template, in Liquid.")
    parameters: JSON | None = column("The JSON Schema of the template's variables.")
    version: int = column("How often it was changed: 1 when it was made.")
    created_at: datetime = column("When it was added.")
    updated_at: datetime = column("When it was last changed.")

    object_model: ObjectModel | None = to_one(
        "The object model of the contents that it asks for, if it names one.",
        IdKind.OBJECT_MODEL,
        "object_model_id",
        must_exist=False,
    )

    versions: list[PromptVersion] = batched(
        "What it said before, the newest first: up to 100 versions at once.", versions_before, reads=["id"]
    )

    components: Connection[Annotated["PromptComponent", strawberry.lazy("gql_server.schema.prompt_components")]] = (
        list_field(
            "The projects' adaptations of it.",
            IdKind.PROMPT_COMPONENT,
            lambda loaders: loaders.prompt_components_by_prompt,
            price=EVERY_PROJECT,
        )
    )
