"""What would be sent to a language model, before anything is."""

import asyncio

import strawberry
from strawberry import UNSET

from gql_server.errors import UserErrors
from gql_server.schema.arguments import given
from gql_server.schema.changes import UserError, shown
from gql_server.schema.ids import expect_project_id
from gql_server.schema.node import Info
from gql_server.schema.object_models import ObjectModel
from gql_server.schema.prepared_prompts import Aside, PromptChoice, prepare, require_project
from gql_server.schema.prices import SUMS, priced
from gql_server.schema.scalars import JSON
from gql_server.services import prompting
from gql_server.services.prompting import Sample


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
    project_id = expect_project_id(input.project)
    await require_project(info, project_id)
    choice = PromptChoice(given(input.prompt), given(input.prompt_component), given(input.variables))
    prompt = await prepare(info, project_id, choice, Aside())
    model = prompt.object_model
    sample = Sample(prompt.text, model and model.structure, prompt.variables, prompt.terms)
    return PromptPreview(
        rendered_prompt=prompt.text, object_model=ObjectModel(row=model) if model else None, sample=sample
    )
