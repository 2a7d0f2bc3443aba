"""Projects: each with a PostgreSQL schema of its own."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry
from strawberry import UNSET

from gql_server.db.project_schema import ProjectSchema
from gql_server.db.tables.llm_usage import UsageParent
from gql_server.db.tables.projects import ProjectRow
from gql_server.engine import BatchInfo
from gql_server.schema.arguments import OrderDirection, given
from gql_server.schema.batches import batched
from gql_server.schema.connections import Connection
from gql_server.schema.contents import Content, ContentFilter, ContentOrder
from gql_server.schema.filters import DateTimeFilter, Filter, NodeIdFilter, Operators, StringFilter, on
from gql_server.schema.generations import Generation, GenerationFilter, GenerationOrder
from gql_server.schema.ids import IdKind, expect_id
from gql_server.schema.lists import list_field
from gql_server.schema.llm_usage import LlmUsage, LlmUsageOrder, UsageFilter, UsageGroup, usage_field
from gql_server.schema.metadata import MetadataEntry
from gql_server.schema.node import Info, Node, column
from gql_server.schema.projections import reading
from gql_server.schema.prompt_components import PromptComponent, PromptComponentFilter, PromptComponentOrder
from gql_server.schema.related import each_as, to_one
from gql_server.schema.scalars import JSON
from gql_server.schema.vocabulary import Term, TermFilter, TermOrder

if TYPE_CHECKING:
    from gql_server.schema.clients import Client


@strawberry.enum(description="What is done with a project.")
class ProjectStatus(Enum):
    ACTIVE = strawberry.enum_value("active", description="It is worked on.")
    ARCHIVED = strawberry.enum_value("archived", description="It is kept to be read.")


@strawberry.input(description="In which state it must be.")
class ProjectStatusFilter(Operators):
    eq: ProjectStatus | None = strawberry.field(default=UNSET, description="This one.")
    in_: list[ProjectStatus] | None = strawberry.field(name="in", default=UNSET, description="One of these.")


@strawberry.input(description="Which projects.")
class ProjectFilter(Filter):
    id: NodeIdFilter | None = on("By id.", IdKind.PROJECT)
    name: StringFilter | None = on("By name.")
    client: NodeIdFilter | None = on("By client.", IdKind.CLIENT)
    status: ProjectStatusFilter | None = on("By status.")
    created_at: DateTimeFilter | None = on("By when they were added.")
    updated_at: DateTimeFilter | None = on("By when they were last changed.")
    and_: list["ProjectFilter"] | None = strawberry.field(name="and", default=UNSET, description="All of these hold.")
    or_: list["ProjectFilter"] | None = strawberry.field(name="or", default=UNSET, description="One of these holds.")
    not_: "ProjectFilter | None" = strawberry.field(name="not", default=UNSET, description="This does not hold.")


@strawberry.enum(description="What projects can be ordered by.")
class ProjectOrderField(Enum):
    NAME = strawberry.enum_value("name", description="By name.")
    CREATED_AT = strawberry.enum_value("created_at", description="By when they were added.")
    UPDATED_AT = strawberry.enum_value("updated_at", description="By when they were last changed.")


@strawberry.input(description="An order of projects.")
class ProjectOrder:
    field: ProjectOrderField = strawberry.field(description="What to order by.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="From which end.")


async def schema_versions(projects: "Sequence[Project]", info: BatchInfo) -> list[int | Exception]:
    ids = [project.row.id for project in projects]
    versions = await info.context.loaders.schema_version_by_project.load_each(ids)
    return [versions[id_] for id_ in ids]


async def metadata_entries(
    projects: "Sequence[Project]",
    info: BatchInfo,
    keys: Annotated[
        list[str] | None, strawberry.argument(description="The keys of the entries; all of them without it.")
    ] = UNSET,
) -> list[list[MetadataEntry] | Exception]:
    wanted = given(keys)
    names = None if wanted is None else tuple(wanted)
    loader = info.context.loaders.metadata_by_project
    return await each_as(MetadataEntry, loader, [(project.row.id, names) for project in projects])


@strawberry.type(
    description="A client's project. Its contents, vocabulary, prompt components and metadata have a PostgreSQL schema "
    "to themselves; they are null, with an error, while that schema cannot be read."
)
class Project(Node, kind=IdKind.PROJECT):
    row: strawberry.Private[ProjectRow]

    name: str = column("The name.")
    settings: JSON | None = column("How contents are made for it; `model` names its language model.")
    monthly_budget: Decimal | None = column(
        "What its calls of language models may cost in a month, in US dollars; null for no limit of its own."
    )
    created_at: datetime = column("When it was added.")
    updated_at: datetime = column("When it was last changed.")

    @strawberry.field(description="The id in the database, which also names the schema.", metadata=reading(["id"]))
    def database_id(self) -> UUID:
        return self.row.id

    @strawberry.field(description="What is done with it.", metadata=reading(["status"]))
    def status(self) -> ProjectStatus:
        return ProjectStatus(self.row.status)

    client: Annotated["Client", strawberry.lazy("gql_server.schema.clients")] = to_one(
        "The client whose project it is.",
        IdKind.CLIENT,
        "client_id",
        must_exist=True,
    )

    @strawberry.field(description="The PostgreSQL schema that holds its rows.", metadata=reading(["id"]))
    def schema_name(self) -> str:
        return ProjectSchema(self.row.id).name

    schema_version: int | None = batched("The newest migration that its schema has had.", schema_versions, reads=["id"])

    contents: Connection[Content] | None = list_field(
        "Its contents, newest first.",
        IdKind.CONTENT,
        lambda loaders: loaders.contents_by_project,
        ContentFilter,
        ContentOrder,
    )

    @strawberry.field(description="One of its contents; null when it has no such content.")
    async def content(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The content's global id.")]
    ) -> Content | None:
        parsed = expect_id(id, IdKind.CONTENT)
        if parsed.project_id != self.row.id:
            return None
        row = await info.context.loaders.content_by_id.load((self.row.id, parsed.id))
        return None if row is None else Content(row=row)

    vocabulary: Connection[Term] | None = list_field(
        "The terms of its vocabulary, by term.",
        IdKind.TERM,
        lambda loaders: loaders.vocabulary_by_project,
        TermFilter,
        TermOrder,
    )

    prompt_components: Connection[PromptComponent] | None = list_field(
        "Its prompt components, by name.",
        IdKind.PROMPT_COMPONENT,
        lambda loaders: loaders.prompt_components_by_project,
        PromptComponentFilter,
        PromptComponentOrder,
    )

    metadata: list[MetadataEntry] | None = batched("Its metadata, by key.", metadata_entries, reads=["id"])

    generations: Connection[Generation] | None = list_field(
        "The contents that were asked to be generated for it, newest first.",
        IdKind.GENERATION,
        lambda loaders: loaders.generations_by_project,
        GenerationFilter,
        GenerationOrder,
    )

    llm_usage: Connection[LlmUsage] = list_field(
        "The calls of language models that were made for it, newest first.",
        IdKind.LLM_USAGE,
        lambda loaders: loaders.llm_usage_by_project,
        UsageFilter,
        LlmUsageOrder,
    )

    usage: list[UsageGroup] = usage_field("What its calls of language models came to.", UsageParent.PROJECT)
