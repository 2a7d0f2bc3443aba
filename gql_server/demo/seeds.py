"""The rows of the demo data, field by field in the order of their tables' columns."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, NamedTuple
from uuid import UUID


class ClientSeed(NamedTuple):
    id: UUID
    name: str
    contact_email: str | None
    created_at: dt.datetime
    monthly_budget: Decimal | None = None


class ObjectModelSeed(NamedTuple):
    id: UUID
    name: str
    version: str
    structure: str
    description: str
    created_at: dt.datetime


class PromptSeed(NamedTuple):
    id: UUID
    name: str
    template: str
    parameters: str
    object_model_id: UUID
    created_at: dt.datetime
    updated_at: dt.datetime


class ContentSeed(NamedTuple):
    id: UUID
    title: str | None
    body: str
    object_model_id: UUID
    metadata: str | None
    created_at: dt.datetime
    updated_at: dt.datetime
    generation_id: UUID | None = None


class TermSeed(NamedTuple):
    id: UUID
    term: str
    definition: str
    category: str | None
    created_at: dt.datetime


class PromptComponentSeed(NamedTuple):
    id: UUID
    name: str
    content: str
    base_prompt_id: UUID | None
    created_at: dt.datetime
    updated_at: dt.datetime


class MetadataSeed(NamedTuple):
    key: str
    value: str
    description: str | None
    updated_at: dt.datetime


class GenerationSeed(NamedTuple):
    id: UUID
    status: str
    attempt: int
    model: str
    prompt_id: UUID | None
    prompt_version: int | None
    prompt_component_id: UUID | None
    object_model_id: UUID
    structure: str
    variables: str
    terms: str
    rendered_prompt: str
    turn: int
    sequence: int
    error_code: str | None
    error_message: str | None
    error_pointer: str | None
    created_at: dt.datetime
    started_at: dt.datetime | None
    finished_at: dt.datetime


class GenerationEventSeed(NamedTuple):
    generation_id: UUID
    sequence: int
    kind: str
    attempt: int
    text: str | None
    created_at: dt.datetime


class UsageSeed(NamedTuple):
    id: UUID
    project_id: UUID
    prompt_id: UUID | None
    tokens_in: int
    tokens_out: int
    model: str
    cost: Decimal | None
    created_at: dt.datetime
    status: str
    generation_id: UUID | None
    is_estimated: bool
    finished_at: dt.datetime


class DemoProject(NamedTuple):
    """The first eight fields are the row of the project, the others the rows of its own schema."""

    id: UUID
    name: str
    client_id: UUID
    status: Literal["active", "archived"]
    settings: str
    monthly_budget: Decimal | None
    created_at: dt.datetime
    updated_at: dt.datetime
    contents: list[ContentSeed]
    vocabulary: list[TermSeed]
    prompt_components: list[PromptComponentSeed]
    metadata: list[MetadataSeed]
    generations: list[GenerationSeed]
    generation_events: list[GenerationEventSeed]


@dataclass(frozen=True, slots=True)
class DemoData:
    clients: list[ClientSeed]
    object_models: list[ObjectModelSeed]
    prompts: list[PromptSeed]
    projects: list[DemoProject]
    llm_usage: list[UsageSeed]
