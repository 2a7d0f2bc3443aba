"""What would be sent to a language model, before anything is."""

import asyncio
import json
from typing import Any
from uuid import UUID

import strawberry
from strawberry import UNSET

from gql_server.db.tables.prompts import PromptRow
from gql_server.errors import UserError as Problem
from gql_server.errors import UserErrorCode, UserErrors
from gql_server.schema.arguments import given
from gql_server.schema.changes import UserError, shown
from gql_server.schema.ids import IdKind, expect_id, expect_project_id
from gql_server.schema.node import Info
from gql_server.schema.object_models import ObjectModel
from gql_server.schema.prices import SUMS, priced
from gql_server.schema.scalars import JSON
from gql_server.services import prompting
from gql_server.services.checks import not_found
from gql_server.services.prompting import Sample, Source


@strawberry.input(description="A prompt to try out: one that all share, or a project's own.")
class PreviewPromptInput:
    project: strawberry.ID = strawberry.field(description="The project's global id, or its bare UUID.")
    prompt: strawberry.ID | None = strawberry.field(
        default=UNSET, description="The global id of a prompt; either this or `promptComponent`."
    )
    prompt_component: strawberry.ID | None = strawberry.field(
        default=UNSET, description="The global id of a prompt component of the project; either this or `prompt`."
    )
    variables: JSON | None = strawberry.field(
        default=UNSET, description="The template's variables: an object that meets the prompt's parameters."
    )


@strawberry.type(description="What would be sent to a language model.")
class PromptPreview:
    rendered_prompt: str | None = strawberry.field(
        default=None, description="The text of the prompt; null when it cannot be made."
    )
    object_model: ObjectModel | None = strawberry.field(
        default=None, description="What the answer would have to be made after, if the prompt names it."
    )
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What the caller can put right; there is a text when it is empty."
    )
    sample: strawberry.Private[Sample | None] = None

    @strawberry.field(
        description="What an answer may look like: made up by rules, the same for the same prompt, and marked as a "
        "sample; valid against the object model. Null when there is no text, and for a structure that no example is "
        "found of.",
        metadata=priced(SUMS),
    )
    async def sample_output(self) -> JSON | None:
        # It may take as long as half a second for a structure that is hard to meet.
        made = None if self.sample is None else await asyncio.to_thread(prompting.sample_output, self.sample)
        return None if made is None else JSON(made)


async def preview_prompt(info: Info, input: PreviewPromptInput) -> PromptPreview:
    try:
        return await _preview(info, input)
    except UserErrors as found:
        return PromptPreview(user_errors=shown(found))


async def _preview(info: Info, input: PreviewPromptInput) -> PromptPreview:
    loaders, project_id = info.context.loaders, expect_project_id(input.project)
    if await loaders.project_by_id.load(project_id) is None:
        raise UserErrors(not_found("project", "project"))
    source, base = await _source(info, project_id, given(input.prompt), given(input.prompt_component))
    variables = prompting.read_variables(source, given(input.variables))
    keys = source.metadata_keys
    entries = await loaders.metadata_by_project.load((project_id, keys)) if keys != () else []
    metadata = {entry.key: json.loads(entry.value) for entry in entries}
    names_vocabulary = "vocabulary" in source.names
    vocabulary = await loaders.fitting_terms.load((project_id, json.dumps(variables))) if names_vocabulary else []
    text = prompting.render(source, variables, metadata, vocabulary)
    if not names_vocabulary:
        vocabulary = await loaders.fitting_terms.load((project_id, text))
        text = prompting.with_terminology(text, vocabulary, info.context.config.vocabulary_token_limit)
    model = await _object_model(info, base)
    sample = Sample(text, model.row.structure if model else None, variables, vocabulary)
    return PromptPreview(rendered_prompt=text, object_model=model, sample=sample)


async def _source(
    info: Info, project_id: UUID, prompt: str | None, component: str | None
) -> tuple[Source, PromptRow | None]:
    """The template, and the prompt that it is of or adapts."""
    if (prompt is None) == (component is None):
        message = "Name a prompt or a prompt component, and not both."
        raise UserErrors(Problem(UserErrorCode.REQUIRED, message, ("prompt",)))
    if prompt is not None:
        base = await info.context.loaders.prompt_by_id.load(expect_id(prompt, IdKind.PROMPT).id)
        if base is None:
            raise UserErrors(not_found("prompt", "prompt"))
        return Source(base.template, base.parameters, ("prompt",)), base
    return await _adapted(info, project_id, component or "")


async def _adapted(info: Info, project_id: UUID, component: str) -> tuple[Source, PromptRow | None]:
    wanted = expect_id(component, IdKind.PROMPT_COMPONENT)
    loader, missing = info.context.loaders.prompt_component_by_id, not_found("prompt component", "promptComponent")
    row = await loader.load((project_id, wanted.id)) if wanted.project_id == project_id else None
    if row is None:
        raise UserErrors(missing)
    base = None if row.base_prompt_id is None else await info.context.loaders.prompt_by_id.load(row.base_prompt_id)
    return Source(row.content, base and base.parameters, ("promptComponent",)), base


async def _object_model(info: Info, base: PromptRow | None) -> ObjectModel | None:
    id_ = None if base is None else base.object_model_id
    row: Any = None if id_ is None else await info.context.loaders.object_model_by_id.load(id_)
    return None if row is None else ObjectModel(row=row)
