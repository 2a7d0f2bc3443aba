"""The root of all reads."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import UNSET

from gql_server.db.tables.llm_usage import UsageParent
from gql_server.engine import BatchInfo
from gql_server.schema.arguments import After, Before, First, Last, ListArguments, OrderBy, Where, given, page_query
from gql_server.schema.batches import batched
from gql_server.schema.clients import Client, ClientFilter, ClientOrder
from gql_server.schema.connections import Connection
from gql_server.schema.contents import Content, ContentFilter, ContentOrder
from gql_server.schema.filters import condition
from gql_server.schema.generations import Generation, GenerationCount, GenerationFilter, GenerationStatus, LanguageModel
from gql_server.schema.ids import GlobalId, IdKind, expect_id, expect_project_id, parse_id
from gql_server.schema.lists import list_field
from gql_server.schema.llm_usage import LlmUsage, LlmUsageOrder, UsageFilter, UsageGroup, usage_field
from gql_server.schema.node import Info, Node
from gql_server.schema.nodes import load_node, load_nodes
from gql_server.schema.object_models import ObjectModel, ObjectModelFilter, ObjectModelOrder
from gql_server.schema.prices import EVERY_PROJECT, priced
from gql_server.schema.projects import Project, ProjectFilter, ProjectOrder
from gql_server.schema.prompt_previews import PreviewPromptInput, PromptPreview, preview_prompt
from gql_server.schema.prompts import Prompt, PromptFilter, PromptOrder
from gql_server.schema.viewer import Viewer

Id = Annotated[strawberry.ID, strawberry.argument(description="The global id.")]
ProjectId = Annotated[strawberry.ID, strawberry.argument(description="The global id, or the bare UUID.")]
ProjectIds = Annotated[
    list[strawberry.ID] | None,
    strawberry.argument(description="The projects to look into; all that there are without it."),
]
Counted = Annotated[
    GenerationFilter | None, strawberry.argument(description="Which generations to count; all of them without it.")
]
Ids = Annotated[list[strawberry.ID], strawberry.argument(description="The global ids.")]


def contents_of_projects(
    roots: Sequence[None],
    info: BatchInfo,
    first: First = UNSET,
    after: After = UNSET,
    last: Last = UNSET,
    before: Before = UNSET,
    projects: ProjectIds = UNSET,
    where: Where[ContentFilter] = UNSET,
    order_by: OrderBy[ContentOrder] = UNSET,
) -> list[Connection[Content]]:
    arguments = ListArguments(first, after, last, before, where, order_by)
    loader = info.context.loaders.contents
    query = page_query(arguments, loader, info.context.config, info.asked)
    parent = _project_ids(projects)
    return [Connection(source=loader, parent=parent, query=query, kind=IdKind.CONTENT) for _ in roots]


async def counts_by_status(
    roots: Sequence[None], info: BatchInfo, projects: ProjectIds = UNSET, where: Counted = UNSET
) -> list[list[GenerationCount]]:
    loader = info.context.loaders.generation_counts
    loaded = await loader.load((_project_ids(projects), condition(given(where))))
    counts = [GenerationCount(status=status, count=loaded.value.get(status.value, 0)) for status in GenerationStatus]
    for index, _ in enumerate(roots):
        for position in info.everywhere(index):
            info.context.report(loaded, position)
    return [counts for _ in roots]


def _project_ids(projects: list[strawberry.ID] | None) -> tuple[UUID, ...] | None:
    ids = given(projects)
    return None if ids is None else tuple(dict.fromkeys(map(expect_project_id, ids)))


@strawberry.type(description="What can be read.")
class Query:
    @strawberry.field(description="Who asks: whose key the request was sent with.")
    def viewer(self, info: Info) -> Viewer:
        return Viewer(row=info.context.viewer)

    @strawberry.field(description="Whatever has this id; null when nothing has.")
    async def node(self, info: Info, id: Id) -> Node | None:
        return await load_node(info, parse_id(id))

    @strawberry.field(description="Whatever has these ids, in their order; null in the place of what does not exist.")
    async def nodes(self, info: Info, ids: Ids) -> list[Node | None]:
        return await load_nodes(info, [parse_id(id_) for id_ in ids])

    @strawberry.field(description="A client; null when there is none with this id.")
    async def client(self, info: Info, id: Id) -> Client | None:
        return await load_node(info, expect_id(id, IdKind.CLIENT))

    clients: Connection[Client] = list_field(
        "The clients that the viewer sees, by name.",
        IdKind.CLIENT,
        lambda loaders: loaders.clients,
        ClientFilter,
        ClientOrder,
    )

    @strawberry.field(description="A project; null when there is none with this id.")
    async def project(self, info: Info, id: ProjectId) -> Project | None:
        return await load_node(info, GlobalId(IdKind.PROJECT, None, expect_project_id(id)))

    projects: Connection[Project] = list_field(
        "The projects that the viewer sees, by name.",
        IdKind.PROJECT,
        lambda loaders: loaders.projects,
        ProjectFilter,
        ProjectOrder,
    )

    @strawberry.field(description="An object model; null when there is none with this id.")
    async def object_model(self, info: Info, id: Id) -> ObjectModel | None:
        return await load_node(info, expect_id(id, IdKind.OBJECT_MODEL))

    object_models: Connection[ObjectModel] = list_field(
        "All object models, by name.",
        IdKind.OBJECT_MODEL,
        lambda loaders: loaders.object_models,
        ObjectModelFilter,
        ObjectModelOrder,
    )

    @strawberry.field(description="A prompt; null when there is none with this id.")
    async def prompt(self, info: Info, id: Id) -> Prompt | None:
        return await load_node(info, expect_id(id, IdKind.PROMPT))

    prompts: Connection[Prompt] = list_field(
        "All prompts, by name.", IdKind.PROMPT, lambda loaders: loaders.prompts, PromptFilter, PromptOrder
    )

    @strawberry.field(
        description="What would be sent to a language model for a content: the prompt with its variables filled in, "
        "and the project's terms. Nothing is called, and nothing is stored."
    )
    async def preview_prompt(
        self, info: Info, input: Annotated[PreviewPromptInput, strawberry.argument(description="Of which prompt.")]
    ) -> PromptPreview:
        return await preview_prompt(info, input)

    contents: Connection[Content] = batched(
        "The contents of all projects that the viewer sees in one order, newest first. "
        "A project that cannot be read is left out, with an error.",
        contents_of_projects,
        metadata=priced(EVERY_PROJECT),
    )

    @strawberry.field(description="A generation; null when there is none with this id.")
    async def generation(self, info: Info, id: Id) -> Generation | None:
        return await load_node(info, expect_id(id, IdKind.GENERATION))

    generation_counts: list[GenerationCount] = batched(
        "How many generations of all projects that the viewer sees have each status. "
        "A project that cannot be read is left out, with an error.",
        counts_by_status,
        metadata=priced(EVERY_PROJECT),
    )

    @strawberry.field(description="The language models that contents can be generated with.")
    def models(self, info: Info) -> list[LanguageModel]:
        default = info.context.config.default_model
        return [LanguageModel(name=name, is_default=name == default) for name in info.context.models]

    llm_usage: Connection[LlmUsage] = list_field(
        "The calls of language models that were paid for, newest first.",
        IdKind.LLM_USAGE,
        lambda loaders: loaders.llm_usage,
        UsageFilter,
        LlmUsageOrder,
    )

    usage: list[UsageGroup] = usage_field(
        "What all calls of language models that the viewer sees came to.", UsageParent.NONE
    )
