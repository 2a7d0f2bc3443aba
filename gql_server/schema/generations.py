"""Generations: requests for contents, and what becomes of them."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry import UNSET

from gql_server import errors
from gql_server.db.tables.generations import GenerationRow
from gql_server.engine import BatchInfo
from gql_server.schema.arguments import OrderDirection
from gql_server.schema.batches import batched
from gql_server.schema.contents import Content
from gql_server.schema.filters import DateTimeFilter, Filter, IdFilter, NodeIdFilter, Operators, StringFilter, on
from gql_server.schema.ids import IdKind
from gql_server.schema.llm_usage import LlmUsage
from gql_server.schema.node import Node, column
from gql_server.schema.object_models import ObjectModel
from gql_server.schema.prices import COUNT, priced
from gql_server.schema.projections import reading
from gql_server.schema.prompt_components import PromptComponent
from gql_server.schema.prompts import Prompt
from gql_server.schema.related import InProject, each_as, to_one
from gql_server.schema.scalars import JSON

if TYPE_CHECKING:
    from gql_server.schema.projects import Project


@strawberry.type(description="A language model that contents can be generated with.")
class LanguageModel:
    name: str = strawberry.field(description="What it is called where contents are asked for.")
    is_default: bool = strawberry.field(
        description="Whether it is the one that the server takes where neither a request nor a project names another."
    )


@strawberry.enum(description="How far a generation is.")
class GenerationStatus(Enum):
    QUEUED = strawberry.enum_value("queued", description="It waits for a worker.")
    RUNNING = strawberry.enum_value("running", description="A worker does it.")
    SUCCEEDED = strawberry.enum_value("succeeded", description="Its content is there.")
    FAILED = strawberry.enum_value("failed", description="It came to nothing.")
    CANCELLED = strawberry.enum_value("cancelled", description="It was ended before it was done.")


@strawberry.type(description="How many generations have a status.")
class GenerationCount:
    status: GenerationStatus = strawberry.field(description="The status.")
    count: int = strawberry.field(description="How many have it.")


@strawberry.enum(description="Why a generation came to nothing.")
class GenerationErrorCode(Enum):
    VALIDATION_FAILED = strawberry.enum_value(
        "VALIDATION_FAILED", description="No answer of the language model met the object model."
    )
    PROVIDER_ERROR = strawberry.enum_value("PROVIDER_ERROR", description="The provider of the language model failed.")
    PROVIDER_RATE_LIMITED = strawberry.enum_value(
        "PROVIDER_RATE_LIMITED", description="The provider took no more calls, for longer than was waited."
    )
    PROVIDER_REFUSED = strawberry.enum_value(
        "PROVIDER_REFUSED", description="The language model, or its provider, declined to answer this prompt."
    )
    TIMEOUT = strawberry.enum_value("TIMEOUT", description="The language model took too long.")
    BUDGET_EXCEEDED = strawberry.enum_value("BUDGET_EXCEEDED", description="The month's budget is spent.")
    WORKER_LOST = strawberry.enum_value("WORKER_LOST", description="One worker after another was lost over it.")
    INTERNAL = strawberry.enum_value("INTERNAL", description="The server is at fault; its log says how.")


@strawberry.type(description="Why a generation came to nothing.")
class GenerationError:
    code: GenerationErrorCode = strawberry.field(description="What was wrong.")
    message: str = strawberry.field(description="What was wrong, as a sentence.")
    pointer: str | None = strawberry.field(
        description="The JSON pointer into the answer to what did not meet the object model."
    )


@strawberry.input(description="Which status.")
class GenerationStatusFilter(Operators):
    eq: GenerationStatus | None = strawberry.field(default=UNSET, description="This one.")
    in_: list[GenerationStatus] | None = strawberry.field(name="in", default=UNSET, description="One of these.")


@strawberry.input(description="Which generations.")
class GenerationFilter(Filter):
    id: NodeIdFilter | None = on("By id.", IdKind.GENERATION)
    status: GenerationStatusFilter | None = on("By how far they are.")
    model: StringFilter | None = on("By the name of the language model.")
    prompt: IdFilter | None = on("By prompt.", IdKind.PROMPT)
    prompt_component: IdFilter | None = on("By prompt component.", IdKind.PROMPT_COMPONENT)
    object_model: NodeIdFilter | None = on("By object model.", IdKind.OBJECT_MODEL)
    created_at: DateTimeFilter | None = on("By when they were asked for.")
    and_: list["GenerationFilter"] | None = strawberry.field(
        name="and", default=UNSET, description="All of these hold."
    )
    or_: list["GenerationFilter"] | None = strawberry.field(name="or", default=UNSET, description="One of these holds.")
    not_: "GenerationFilter | None" = strawberry.field(name="not", default=UNSET, description="This does not hold.")


@strawberry.enum(description="What generations can be ordered by.")
class GenerationOrderField(Enum):
    CREATED_AT = strawberry.enum_value("created_at", description="By when they were asked for.")


@strawberry.input(description="An order of generations.")
class GenerationOrder:
    field: GenerationOrderField = strawberry.field(description="What to order by.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="From which end.")


async def calls_of(generations: "Sequence[Generation]", info: BatchInfo) -> list[list[LlmUsage] | Exception]:
    loader = info.context.loaders.llm_usage_by_generation
    return await each_as(
        LlmUsage, loader, [(generation.row.project_id, generation.row.id) for generation in generations]
    )


@strawberry.type(
    description="A request to generate a content. Whatever happens to the servers, it ends as one content, or with an "
    "error that says why there is none."
)
class Generation(Node, kind=IdKind.GENERATION):
    row: strawberry.Private[GenerationRow]

    attempt: int = column("How many workers have begun with it; more than one when a worker was lost.")
    model: str = column("The name of the language model.")
    variables: JSON = column("The template's variables, as they were given.")
    rendered_prompt: str = column("What the language model is sent, beside the structure of the object model.")
    prompt_version: int | None = column("The version of the prompt then; null when there is no prompt.")
    created_at: datetime = column("When it was asked for.")
    started_at: datetime | None = column("When a worker first began with it.")
    finished_at: datetime | None = column("When it ended.")

    @strawberry.field(description="How far it is.", metadata=reading(["status"]))
    def status(self) -> GenerationStatus:
        return GenerationStatus(self.row.status)

    @strawberry.field(
        description="Why it came to nothing; null unless it failed.",
        metadata=reading(["error_code", "error_message", "error_pointer"]),
    )
    def error(self) -> GenerationError | None:
        row = self.row
        if row.error_code is None:
            return None
        code = GenerationErrorCode(errors.GenerationErrorCode(row.error_code).value)
        return GenerationError(code=code, message=row.error_message or "", pointer=row.error_pointer)

    project: Annotated["Project", strawberry.lazy("gql_server.schema.projects")] = to_one(
        "The project that it is for.",
        IdKind.PROJECT,
        "project_id",
        must_exist=True,
    )

    prompt: Prompt | None = to_one(
        "The prompt, or the one that the prompt component adapts; null, with an error, when it is gone.",
        IdKind.PROMPT,
        "prompt_id",
        must_exist=True,
    )

    prompt_component: PromptComponent | None = to_one(
        "The project's own prompt that it was made with, if any; null when that is gone.",
        IdKind.PROMPT_COMPONENT,
        InProject("prompt_component_id"),
        must_exist=False,
    )

    object_model: ObjectModel | None = to_one(
        "What the content is made after; null, with an error, when that is gone.",
        IdKind.OBJECT_MODEL,
        "object_model_id",
        must_exist=True,
    )

    content: Content | None = to_one(
        "The content; null until it is there, and when it was deleted.",
        IdKind.CONTENT,
        InProject("id"),
        must_exist=False,
        loader=lambda loaders: loaders.content_by_generation,
    )

    retry_of: Annotated["Generation", strawberry.lazy(__name__)] | None = to_one(
        "The generation that this one is another try of.",
        IdKind.GENERATION,
        InProject("retry_of"),
        must_exist=False,
    )

    usage: list[LlmUsage] = batched(
        "The calls of language models that were made for it, the oldest first: one for each, also of those "
        "that came to nothing.",
        calls_of,
        reads=["project_id", "id"],
        metadata=priced(COUNT),
    )
