"""Changes of prompts."""

from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import UNSET

from gql_server.errors import UserErrorCode, UserErrors
from gql_server.schema.arguments import given
from gql_server.schema.changes import ChangeInput, ChangePayload, change, changes_of, require_admin, shown
from gql_server.schema.ids import GlobalId, IdKind, expect_id, global_id
from gql_server.schema.node import Info
from gql_server.schema.nodes import load_node
from gql_server.schema.prompts import Prompt
from gql_server.schema.scalars import JSON
from gql_server.services import prompts
from gql_server.services.prompts import OWN_VARIABLES, PromptChanges
from gql_server.services.writer import Writer

TEMPLATE = (
    f"in Liquid. Its variables are properties of the parameters, beside {' and '.join(sorted(OWN_VARIABLES))}, which "
    "are the project's and filled in when contents are generated."
)


@strawberry.input(description="A prompt to add.")
class CreatePromptInput(ChangeInput):
    name: str = strawberry.field(description="The name.")
    template: str = strawberry.field(description=f"The template, {TEMPLATE}")
    parameters: JSON | None = strawberry.field(
        default=UNSET, description="The JSON Schema of the template's variables: one of the type `object`."
    )
    object_model: strawberry.ID | None = strawberry.field(
        default=UNSET, description="The global id of the object model of the contents that it asks for."
    )


@strawberry.type(description="A prompt that was added.")
class CreatePromptPayload(ChangePayload):
    prompt: Prompt | None = strawberry.field(
        default=None, description="The prompt; null when it could not be added, or is gone again."
    )


@strawberry.input(description="What to change of a prompt; what is left out stays as it is.")
class UpdatePromptInput(ChangeInput):
    prompt: strawberry.ID = strawberry.field(description="The prompt's global id.")
    expected_version: int | None = strawberry.field(
        default=UNSET, description="The version that the changes are meant for; of another one nothing is changed."
    )
    name: str | None = strawberry.field(default=UNSET, description="Another name.")
    template: str | None = strawberry.field(default=UNSET, description=f"Another template, {TEMPLATE}")
    parameters: JSON | None = strawberry.field(
        default=UNSET,
        description="Another JSON Schema of the template's variables, of the type `object`; null takes it away.",
    )
    object_model: strawberry.ID | None = strawberry.field(
        default=UNSET, description="The global id of another object model; null takes it away."
    )


@strawberry.type(description="A prompt that was changed; what it said before is among its versions.")
class UpdatePromptPayload(ChangePayload):
    prompt: Prompt | None = strawberry.field(
        default=None,
        description="The prompt, as it is now also when its version was not the one expected; null when it could not "
        "be changed for another reason.",
    )


@strawberry.input(description="A prompt to delete.")
class DeletePromptInput(ChangeInput):
    prompt: strawberry.ID = strawberry.field(description="The prompt's global id.")


@strawberry.type(description="A prompt that was deleted.")
class DeletePromptPayload(ChangePayload):
    deleted_id: strawberry.ID | None = strawberry.field(
        default=None, description="The global id that it had; null when it could not be deleted."
    )


@strawberry.type(description="Changes of prompts.")
class PromptMutations:
    @strawberry.mutation(description="Adds a prompt that all projects share. For the administrator.")
    async def create_prompt(
        self, info: Info, input: Annotated[CreatePromptInput, strawberry.argument(description="The prompt.")]
    ) -> CreatePromptPayload | None:
        require_admin(info)

        async def make(writer: Writer) -> CreatePromptPayload:
            made = await prompts.create_prompt(
                writer,
                name=input.name,
                template=input.template,
                parameters=given(input.parameters),
                object_model_id=_object_model_id(given(input.object_model)),
            )
            return CreatePromptPayload(prompt=await _prompt(info, made.id))

        return await change(info, input, CreatePromptPayload, make)

    @strawberry.mutation(description="Changes a prompt, and keeps what it said before. For the administrator.")
    async def update_prompt(
        self, info: Info, input: Annotated[UpdatePromptInput, strawberry.argument(description="The changes.")]
    ) -> UpdatePromptPayload | None:
        require_admin(info)

        async def make(writer: Writer) -> UpdatePromptPayload:
            prompt_id = expect_id(input.prompt, IdKind.PROMPT).id
            changes = changes_of(input, PromptChanges)
            if input.object_model is not UNSET:
                changes["object_model_id"] = _object_model_id(input.object_model)
            payload = UpdatePromptPayload()
            try:
                await prompts.update_prompt(writer, prompt_id, changes, given(input.expected_version))
            except UserErrors as found:
                if found.errors[0].code is not UserErrorCode.STALE_VERSION:
                    raise
                payload.user_errors = shown(found)
            payload.prompt = await _prompt(info, prompt_id)
            return payload

        return await change(info, input, UpdatePromptPayload, make)

    @strawberry.mutation(
        description="Deletes a prompt that language models were never called with. Projects keep their adaptations of "
        "it. For the administrator."
    )
    async def delete_prompt(
        self, info: Info, input: Annotated[DeletePromptInput, strawberry.argument(description="The prompt.")]
    ) -> DeletePromptPayload | None:
        require_admin(info)

        async def make(writer: Writer) -> DeletePromptPayload:
            prompt_id = expect_id(input.prompt, IdKind.PROMPT).id
            await prompts.delete_prompt(writer, prompt_id)
            return DeletePromptPayload(deleted_id=global_id(IdKind.PROMPT, prompt_id))

        return await change(info, input, DeletePromptPayload, make)


def _object_model_id(id_: strawberry.ID | None) -> UUID | None:
    return None if id_ is None else expect_id(id_, IdKind.OBJECT_MODEL).id


async def _prompt(info: Info, prompt_id: UUID) -> Prompt | None:
    return await load_node(info, GlobalId(IdKind.PROMPT, None, prompt_id))
