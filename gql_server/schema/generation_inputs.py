"""What is asked and answered where contents are generated."""

import strawberry
from strawberry import UNSET

from gql_server.schema.changes import OF_THE_ANSWER, ChangeInput, ChangePayload
from gql_server.schema.generations import Generation
from gql_server.schema.prices import REQUEST, priced
from gql_server.schema.scalars import JSON


@strawberry.input(description="What to generate a content from.")
class ContentRequestInput:
    # Each request has one of the two.
    prompt: strawberry.ID | None = strawberry.field(
        default=UNSET,
        description="The global id of a prompt; either this or `promptComponent`.",
        metadata=priced(REQUEST),
    )
    prompt_component: strawberry.ID | None = strawberry.field(
        default=UNSET,
        description="The global id of a prompt component of the project; either this or `prompt`.",
        metadata=priced(REQUEST),
    )
    variables: JSON | None = strawberry.field(
        default=UNSET, description="The template's variables: an object that meets the prompt's parameters."
    )
    object_model: strawberry.ID | None = strawberry.field(
        default=UNSET,
        description="The global id of what the content is made after, when the prompt names none, or another one.",
    )
    model: str | None = strawberry.field(
        default=UNSET,
        description="The name of a language model, as `models` has it; the one that the project's settings name as "
        "`model` otherwise, or the server's own.",
    )


@strawberry.input(description="A content to generate.")
class GenerateContentInput(ContentRequestInput, ChangeInput):
    project: strawberry.ID = strawberry.field(description="The project's global id, or its bare UUID.")
    wait_seconds: int = strawberry.field(
        default=0,
        description="How long to wait for the generation to end before it is answered, so that the content is in the "
        "answer; no longer than most of the time that the server grants an operation. "
        "An idempotency key may come again with another time.",
        metadata={OF_THE_ANSWER: True},
    )


@strawberry.type(description="A generation that was asked for.")
class GenerateContentPayload(ChangePayload):
    generation: Generation | None = strawberry.field(
        default=None, description="The generation; null when it was not begun."
    )


@strawberry.input(description="Contents to generate for a project: all of them, or none.")
class GenerateContentsInput(ChangeInput):
    project: strawberry.ID = strawberry.field(description="The project's global id, or its bare UUID.")
    requests: list[ContentRequestInput] = strawberry.field(description="From 1 to 100.")


@strawberry.type(description="Generations that were asked for.")
class GenerateContentsPayload(ChangePayload):
    generations: list[Generation] = strawberry.field(
        default_factory=list, description="The generations, in the requests' order; none when they were not begun."
    )


@strawberry.input(description="A generation to end before it is done.")
class CancelGenerationInput(ChangeInput):
    generation: strawberry.ID = strawberry.field(description="The generation's global id.")


@strawberry.type(description="A generation that was cancelled.")
class CancelGenerationPayload(ChangePayload):
    generation: Generation | None = strawberry.field(
        default=None, description="The generation; null when it could not be cancelled."
    )


@strawberry.input(description="A generation that came to nothing, to try again.")
class RetryGenerationInput(ChangeInput):
    generation: strawberry.ID = strawberry.field(description="The generation's global id.")


@strawberry.type(description="Another try of a generation.")
class RetryGenerationPayload(ChangePayload):
    generation: Generation | None = strawberry.field(
        default=None, description="The new generation, of the same prompt; null when it was not begun."
    )
