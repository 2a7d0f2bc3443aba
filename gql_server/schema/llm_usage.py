"""Usage of language models: the calls that were paid for, and sums over them."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry
from strawberry import UNSET

from gql_server.db.tables.llm_usage import Dimension, LlmUsageRow, UsageGroupRow, UsageParent
from gql_server.db.tables.projects import ProjectRow
from gql_server.engine import BatchInfo
from gql_server.loaders import Loaders
from gql_server.loaders.llm_usage import UsageQuery
from gql_server.schema.arguments import OrderDirection, given
from gql_server.schema.batches import batched
from gql_server.schema.filters import (
    DateTimeFilter,
    Filter,
    IdFilter,
    NodeIdFilter,
    Operators,
    StringFilter,
    condition,
    on,
)
from gql_server.schema.ids import IdKind
from gql_server.schema.node import Node, column
from gql_server.schema.prices import SUMS, priced
from gql_server.schema.projections import columns_below, reading
from gql_server.schema.prompts import Prompt
from gql_server.schema.related import each_as, node_or_none, to_one
from gql_server.schema.scalars import JSON, BigInt

if TYPE_CHECKING:
    from gql_server.schema.clients import Client
    from gql_server.schema.generations import Generation
    from gql_server.schema.projects import Project


@strawberry.enum(description="What has become of a call.")
class LlmUsageStatus(Enum):
    STARTED = strawberry.enum_value("started", description="It is under way.")
    SUCCEEDED = strawberry.enum_value("succeeded", description="Its answer was used.")
    INVALID = strawberry.enum_value("invalid", description="Its answer did not meet the object model.")
    FAILED = strawberry.enum_value("failed", description="The provider failed, refused, or took too long.")
    ABORTED = strawberry.enum_value(
        "aborted", description="It was cut off, since the generation was cancelled or lost."
    )
    LOST = strawberry.enum_value("lost", description="The worker that made it has not been heard of since.")


@strawberry.input(description="Which status.")
class LlmUsageStatusFilter(Operators):
    eq: LlmUsageStatus | None = strawberry.field(default=UNSET, description="This one.")
    in_: list[LlmUsageStatus] | None = strawberry.field(name="in", default=UNSET, description="One of these.")


@strawberry.input(description="Which calls.")
class UsageFilter(Filter):
    id: NodeIdFilter | None = on("By id.", IdKind.LLM_USAGE)
    project: IdFilter | None = on("By the project that they were made for.", IdKind.PROJECT)
    prompt: IdFilter | None = on("By prompt.", IdKind.PROMPT)
    model: StringFilter | None = on("By the name of the language model.")
    status: LlmUsageStatusFilter | None = on("By what has become of them.")
    created_at: DateTimeFilter | None = on("By when they were made.")
    and_: list["UsageFilter"] | None = strawberry.field(name="and", default=UNSET, description="All of these hold.")
    or_: list["UsageFilter"] | None = strawberry.field(name="or", default=UNSET, description="One of these holds.")
    not_: "UsageFilter | None" = strawberry.field(name="not", default=UNSET, description="This does not hold.")


@strawberry.enum(description="What calls can be ordered by.")
class LlmUsageOrderField(Enum):
    CREATED_AT = strawberry.enum_value("created_at", description="By when they were made.")


@strawberry.input(description="An order of calls.")
class LlmUsageOrder:
    field: LlmUsageOrderField = strawberry.field(description="What to order by.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="From which end.")


@strawberry.enum(description="What usage is summed by.")
class UsageDimension(Enum):
    CLIENT = strawberry.enum_value("client", description="By client.")
    PROJECT = strawberry.enum_value("project", description="By project.")
    PROMPT = strawberry.enum_value("prompt", description="By prompt.")
    MODEL = strawberry.enum_value("model", description="By language model.")
    DAY = strawberry.enum_value("day", description="By day, in UTC.")


GroupBy = Annotated[
    list[UsageDimension], strawberry.argument(description="What to sum by; everything is one sum without any.")
]

Calls = Annotated[UsageFilter | None, strawberry.argument(description="Which calls to sum; all of them without it.")]


async def project_names(calls: "Sequence[LlmUsage | UsageGroup]", info: BatchInfo) -> list[str | Exception | None]:
    ids = [call.row.project_id for call in calls]
    names: dict[UUID, Any] = await info.context.loaders.project_name_by_id.load_each(id_ for id_ in ids if id_)
    return [names[id_] if id_ else None for id_ in ids]


async def generations_of(calls: "Sequence[LlmUsage]", info: BatchInfo) -> list[Any]:
    """Those of projects that are there still: the schema of one that is not cannot be read."""
    loaders: Loaders = info.context.loaders
    keys = [(call.row.project_id, call.row.generation_id) for call in calls]
    projects = await loaders.project_by_id.load_each(project_id for project_id, _ in keys if project_id)
    there = {project_id for project_id, row in projects.items() if isinstance(row, ProjectRow)}
    rows = await loaders.generation_by_id.load_each(
        (project_id, id_) for project_id, id_ in keys if project_id and project_id in there and id_
    )
    failed: dict[object, Exception] = {
        project_id: row for project_id, row in projects.items() if isinstance(row, Exception)
    }
    nodes: dict[object, Any] = {key: node_or_none(IdKind.GENERATION, row) for key, row in rows.items()}
    return [failed[key[0]] if key[0] in failed else nodes.get(key) for key in keys]


@strawberry.type(description="A call of a language model that was paid for.")
class LlmUsage(Node, kind=IdKind.LLM_USAGE):
    row: strawberry.Private[LlmUsageRow]

    model: str = column("The name of the language model.")
    tokens_in: int = column("The tokens that were sent.")
    tokens_out: int = column("The tokens that came back.")
    cost: Decimal | None = column("What it cost, in US dollars; null when the price is not known.")
    is_estimated: bool = column("Whether tokens and cost are estimates, since nobody told what they were.")
    details: JSON | None = column("Tokens of other prices among them, such as cached ones, by name.")
    created_at: datetime = column("When it was made.")
    finished_at: datetime | None = column("When it ended; null while it is under way, and for old ones.")

    @strawberry.field(description="What has become of it.", metadata=reading(["status"]))
    def status(self) -> LlmUsageStatus:
        return LlmUsageStatus(self.row.status)

    generation: Annotated["Generation", strawberry.lazy("gql_server.schema.generations")] | None = batched(
        "What it was made for; null when that is gone, or was nothing known.",
        generations_of,
        reads=["project_id", "generation_id"],
    )

    project: Annotated["Project", strawberry.lazy("gql_server.schema.projects")] | None = to_one(
        "The project that it was made for; null when that was deleted.",
        IdKind.PROJECT,
        "project_id",
        must_exist=False,
    )

    project_name: str | None = batched(
        "The name of the project that it was made for, also when that was deleted.",
        project_names,
        reads=["project_id"],
    )

    prompt: Prompt | None = to_one(
        "The prompt that it was made with.",
        IdKind.PROMPT,
        "prompt_id",
        must_exist=True,
    )


@strawberry.type(description="A sum over calls; what it is not summed by is null.")
class UsageGroup:
    row: strawberry.Private[UsageGroupRow]

    model: str | None = column("The name of the language model.")
    day: date | None = column("The day, in UTC.")
    calls: int = column("How many calls there were.")
    tokens_in: BigInt = column("The tokens that were sent.")
    tokens_out: BigInt = column("The tokens that came back.")
    cost: Decimal = column("What the calls cost whose price is known, in US dollars.")
    unpriced_calls: int = column("How many calls have no known price.")
    mean_seconds: float | None = column(
        "How long a call took that was answered, on average; null when that is not known of any."
    )
    p95_seconds: float | None = column("Within how many seconds 95 of 100 such calls were answered.")

    client: Annotated["Client", strawberry.lazy("gql_server.schema.clients")] | None = to_one(
        "The client whose projects the calls were made for.",
        IdKind.CLIENT,
        "client_id",
        must_exist=True,
    )

    project: Annotated["Project", strawberry.lazy("gql_server.schema.projects")] | None = to_one(
        "The project that the calls were made for; null when that was deleted.",
        IdKind.PROJECT,
        "project_id",
        must_exist=False,
    )

    project_name: str | None = batched(
        "The name of the project that the calls were made for, also when that was deleted.",
        project_names,
        reads=["project_id"],
    )

    prompt: Prompt | None = to_one(
        "The prompt that the calls were made with.",
        IdKind.PROMPT,
        "prompt_id",
        must_exist=True,
    )


def usage_field(description: str, parent: UsageParent) -> Any:
    """A field that has the sums for each client or project, or over all usage."""

    async def sums(
        objects: Sequence[Any], info: BatchInfo, group_by: GroupBy, where: Calls = UNSET
    ) -> list[list[UsageGroup] | Exception]:
        dimensions = tuple(dict.fromkeys(Dimension[dimension.name] for dimension in group_by))
        query = UsageQuery(parent, dimensions, condition(given(where)), columns_below(info.asked))
        keys = [(None if object_ is None else object_.row.id, query) for object_ in objects]
        return await each_as(UsageGroup, info.context.loaders.usage_groups, keys)

    return batched(description, sums, reads=["id"], metadata=priced(SUMS))
