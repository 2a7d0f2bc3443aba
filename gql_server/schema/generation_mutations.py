"""Requests for generated contents, and what can be done about them."""

import asyncio
import json
from collections.abc import Awaitable, Sequence
from typing import Annotated, TypeVar
from uuid import UUID

import strawberry

from gql_server.db.tables.generations import Request
from gql_server.errors import UnavailableError, UserError, UserErrorCode, UserErrors
from gql_server.schema.arguments import given
from gql_server.schema.changes import change, project_place, read_back, row_place
from gql_server.schema.generation_events import is_told_of, load_generation
from gql_server.schema.generation_inputs import (
    CancelGenerationInput,
    CancelGenerationPayload,
    ContentRequestInput,
    GenerateContentInput,
    GenerateContentPayload,
    GenerateContentsInput,
    GenerateContentsPayload,
    RetryGenerationInput,
    RetryGenerationPayload,
)
from gql_server.schema.generations import Generation
from gql_server.schema.ids import IdKind, expect_id
from gql_server.schema.node import Info
from gql_server.schema.prepared_prompts import Aside, PreparedPrompt, PromptChoice, prepare, require_project
from gql_server.services import generations, prompting
from gql_server.services.checks import not_found
from gql_server.services.writer import Place, Writer

MadeT = TypeVar("MadeT")

WAIT = 0.8
"""The part of an operation's time that it may wait for a generation."""


@strawberry.type(description="Generated contents.")
class GenerationMutations:
    @strawberry.mutation(
        description="Has a language model generate a content. The answer comes at once, and the generation can be "
        "watched, or waited for; it is done whatever happens to this connection or to the server."
    )
    async def generate_content(
        self, info: Info, input: Annotated[GenerateContentInput, strawberry.argument(description="What to generate.")]
    ) -> GenerateContentPayload | None:
        async def make(writer: Writer) -> GenerateContentPayload:
            if input.wait_seconds < 0:
                message = "The time to wait cannot be negative."
                raise UserErrors(UserError(UserErrorCode.INVALID, message, ("waitSeconds",)))
            place = project_place(input.project)
            await require_project(info, place.project_id)
            request = await _unless_refused(_request(info, place.project_id, input, Aside()))
            await info.context.renew()
            wanted = request if isinstance(request, UserErrors) else [request]
            made = await generations.enqueue_generations(writer, place, wanted)
            await _wait(info, place.project_id, made.id, input.wait_seconds)
            return GenerateContentPayload(generation=await _generation(info, place, made.id))

        return await change(info, input, GenerateContentPayload, make)

    @strawberry.mutation(
        description="Has a language model generate contents of a project: all that are asked for, or none."
    )
    async def generate_contents(
        self, info: Info, input: Annotated[GenerateContentsInput, strawberry.argument(description="What to generate.")]
    ) -> GenerateContentsPayload | None:
        async def make(writer: Writer) -> GenerateContentsPayload:
            if not 0 < len(input.requests) <= generations.BULK:
                message = f"From 1 to {generations.BULK} can be asked for at once."
                raise UserErrors(UserError(UserErrorCode.INVALID, message, ("requests",)))
            place = project_place(input.project)
            await require_project(info, place.project_id)
            requests = await _unless_refused(_requests(info, place.project_id, input.requests))
            await info.context.renew()
            made = await generations.enqueue_generations(writer, place, requests)
            found = await asyncio.gather(*(_generation(info, place, id_) for id_ in made.ids))
            return GenerateContentsPayload(generations=[generation for generation in found if generation])

        return await change(info, input, GenerateContentsPayload, make)

    @strawberry.mutation(description="Ends a generation before it is done. What was paid until then stays paid.")
    async def cancel_generation(
        self, info: Info, input: Annotated[CancelGenerationInput, strawberry.argument(description="Which one.")]
    ) -> CancelGenerationPayload | None:
        async def make(writer: Writer) -> CancelGenerationPayload:
            place, generation_id = row_place(input.generation, IdKind.GENERATION, "generation")
            await generations.cancel_generation(writer, place, generation_id)
            return CancelGenerationPayload(generation=await _generation(info, place, generation_id))

        return await change(info, input, CancelGenerationPayload, make)

    @strawberry.mutation(description="Tries once more what failed or was cancelled, with the same prompt.")
    async def retry_generation(
        self, info: Info, input: Annotated[RetryGenerationInput, strawberry.argument(description="Which one.")]
    ) -> RetryGenerationPayload | None:
        async def make(writer: Writer) -> RetryGenerationPayload:
            place, generation_id = row_place(input.generation, IdKind.GENERATION, "generation")
            made = await generations.retry_generation(writer, place, generation_id, info.context.models)
            return RetryGenerationPayload(generation=await _generation(info, place, made.id))

        return await change(info, input, RetryGenerationPayload, make)


async def _unless_refused(making: Awaitable[MadeT]) -> MadeT | UserErrors:
    """What is wrong with a request is said when it is known not to have been made before."""
    try:
        return await making
    except UserErrors as found:
        return found


async def _requests(info: Info, project_id: UUID, inputs: Sequence[ContentRequestInput]) -> list[Request]:
    """Raises UserErrors with what is wrong with all of them."""
    aside = Aside()
    asked = [_request(info, project_id, one, aside) for one in inputs]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    wrong: list[UserError] = []
    requests: list[Request] = []
    for place, answer in enumerate(answers):
        match answer:
            case UserErrors():
                wrong += [error._replace(path=("requests", str(place), *error.path)) for error in answer.errors]
            case BaseException():
                raise answer
            case _:
                requests.append(answer)
    if wrong:
        raise UserErrors(*wrong)
    return requests


async def _request(info: Info, project_id: UUID, input: ContentRequestInput, aside: Aside) -> Request:
    variables = given(input.variables)
    choice = PromptChoice(given(input.prompt), given(input.prompt_component), variables)
    prompt = await prepare(info, project_id, choice, aside)
    object_model_id, structure = await _object_model(info, prompt, given(input.object_model))
    return Request(
        model=await _model(info, project_id, given(input.model)),
        prompt_id=prompt.base and prompt.base.id,
        prompt_version=prompt.base and prompt.base.version,
        prompt_component_id=prompt.component_id,
        object_model_id=object_model_id,
        structure=structure,
        variables=variables or "{}",
        terms=json.dumps([term.term for term in prompt.terms[: prompting.SAMPLE_TERMS]]),
        rendered_prompt=prompt.text,
    )


async def _object_model(info: Info, prompt: PreparedPrompt, wanted: str | None) -> tuple[UUID, str]:
    """The id and the structure of what a content is to be made after."""
    model = prompt.object_model
    if wanted is not None:
        model = await info.context.loaders.object_model_by_id.load(expect_id(wanted, IdKind.OBJECT_MODEL).id)
        if model is None:
            raise UserErrors(not_found("object model", "objectModel"))
    if model is None:
        message = "The prompt names no object model: name one."
        raise UserErrors(UserError(UserErrorCode.REQUIRED, message, ("objectModel",)))
    if not prompting.is_structure(model.structure):
        message = "The structure of this object model is no JSON Schema that answers can be checked against."
        raise UserErrors(UserError(UserErrorCode.INVALID, message, ("objectModel",)))
    return model.id, model.structure


async def _model(info: Info, project_id: UUID, wanted: str | None) -> str:
    project = await info.context.loaders.project_by_id.load(project_id)
    settings = None if project is None else project.settings
    return generations.choose_model(wanted, settings, info.context.config.default_model, info.context.models)


async def _wait(info: Info, project_id: UUID, generation_id: UUID, seconds: float) -> None:
    """Until a generation has ended, or the time is over."""
    context = info.context
    seconds = min(seconds, context.config.operation_timeout_seconds * WAIT)
    if seconds <= 0:
        return
    try:
        await context.changes.listen()
        async with asyncio.timeout(seconds):
            with context.changes.watch(project_id) as watcher:
                watcher.tell([])
                while True:
                    rows = await watcher.next()
                    if not is_told_of(rows, generation_id, project_id):
                        continue
                    generation = await load_generation(context, project_id, generation_id)
                    await context.renew()
                    if generation is None or generation.finished_at is not None:
                        return
    except (TimeoutError, UnavailableError):
        # It was asked for, whether it can be waited for or not.
        await context.renew()


async def _generation(info: Info, place: Place, generation_id: UUID) -> Generation | None:
    row = await read_back(info, lambda: load_generation(info.context, place.project_id, generation_id))
    return None if row is None else Generation(row=row)
