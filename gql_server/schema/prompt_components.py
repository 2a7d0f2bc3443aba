"""Prompt components: a project's adaptations of prompts, and pieces of its own."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry
from strawberry import UNSET

from gql_server.db.tables.prompt_components import PromptComponentRow
from gql_server.db.tables.prompts import PromptRow
from gql_server.engine import BatchInfo
from gql_server.schema.arguments import OrderDirection
from gql_server.schema.batches import batched
from gql_server.schema.filters import DateTimeFilter, Filter, IdFilter, NodeIdFilter, StringFilter, on
from gql_server.schema.ids import IdKind
from gql_server.schema.node import Node, column
from gql_server.schema.related import to_one

if TYPE_CHECKING:
    from gql_server.schema.projects import Project
    from gql_server.schema.prompts import Prompt


@strawberry.input(description="Which prompt components.")
class PromptComponentFilter(Filter):
    id: NodeIdFilter | None = on("By id.", IdKind.PROMPT_COMPONENT)
    name: StringFilter | None = on("By name.")
    content: StringFilter | None = on("By content.")
    base_prompt: IdFilter | None = on("By the prompt that they adapt.", IdKind.PROMPT)
    created_at: DateTimeFilter | None = on("By when they were made.")
    updated_at: DateTimeFilter | None = on("By when they were last changed.")
    and_: list["PromptComponentFilter"] | None = strawberry.field(
        name="and", default=UNSET, description="All of these hold."
    )
    or_: list["PromptComponentFilter"] | None = strawberry.field(
        name="or", default=UNSET, description="One of these holds."
    )
    not_: "PromptComponentFilter | None" = strawberry.field(
        name="not", default=UNSET, description="This does not hold."
    )


@strawberry.enum(description="What prompt components can be ordered by.")
class PromptComponentOrderField(Enum):
    NAME = strawberry.enum_value("name", description="By name.")
    CREATED_AT = strawberry.enum_value("created_at", description="By when they were made.")
    UPDATED_AT = strawberry.enum_value("updated_at", description="By when they were last changed.")


@strawberry.input(description="An order of prompt components.")
class PromptComponentOrder:
    field: PromptComponentOrderField = strawberry.field(description="What to order by.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="From which end.")


async def whether_outdated(components: "Sequence[PromptComponent]", info: BatchInfo) -> list[bool | Exception]:
    ids = {component.row.base_prompt_id for component in components} - {None}
    prompts: dict[UUID | None, PromptRow | Exception | None] = await info.context.loaders.prompt_by_id.load_each(ids)
    return [_is_outdated(component.row, prompts.get(component.row.base_prompt_id)) for component in components]


def _is_outdated(row: PromptComponentRow, base: PromptRow | Exception | None) -> bool | Exception:
    if base is None:
        return False
    if isinstance(base, Exception):
        return base
    version = row.base_prompt_version
    return base.updated_at > row.created_at if version is None else base.version > version


@strawberry.type(description="A project's adaptation of a prompt, or a piece of a prompt of its own.")
class PromptComponent(Node, kind=IdKind.PROMPT_COMPONENT):
    row: strawberry.Private[PromptComponentRow]

    name: str = column("The name.")
    content: str = column("The text of the prompt, as the project has it.")
    created_at: datetime = column("When it was made.")
    updated_at: datetime = column("When it was last changed.")

    base_prompt_version: int | None = column(
        "The version of the base prompt that the text follows; null when there is no base prompt, or it is not known."
    )

    outdated: bool = batched(
        "Whether its base prompt has changed since. When the version that the text follows is not known, "
        "since the component was made; never when there is no base prompt any more.",
        whether_outdated,
        reads=["base_prompt_id", "base_prompt_version", "created_at"],
    )

    project: Annotated["Project", strawberry.lazy("gql_server.schema.projects")] = to_one(
        "The project that it belongs to.",
        IdKind.PROJECT,
        "project_id",
        must_exist=True,
    )

    base_prompt: Annotated["Prompt", strawberry.lazy("gql_server.schema.prompts")] | None = to_one(
        "The prompt that it adapts, if any; null, with an error, when that is gone.",
        IdKind.PROMPT,
        "base_prompt_id",
        must_exist=True,
    )
