"""Changes of prompt components."""

from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import UNSET

from gql_server.schema.arguments import given
from gql_server.schema.changes import (
    ChangeInput,
    ChangePayload,
    change,
    changes_of,
    project_place,
    read_back,
    row_place,
    rows_place,
)
from gql_server.schema.ids import GlobalId, IdKind, expect_id
from gql_server.schema.node import Info
from gql_server.schema.nodes import load_node
from gql_server.schema.prompt_components import PromptComponent
from gql_server.services import prompt_components
from gql_server.services.prompt_components import PromptComponentChanges
from gql_server.services.writer import Place, Writer

COMPONENT = IdKind.PROMPT_COMPONENT


@strawberry.input(description="A piece of a prompt to add to a project.")
class CreatePromptComponentInput(ChangeInput):
    project: strawberry.ID = strawberry.field(description="The project's global id, or its bare UUID.")
    name: str = strawberry.field(description="The name.")
    content: str = strawberry.field(description="The text, in Liquid.")


@strawberry.type(description="A prompt component that was added.")
class CreatePromptComponentPayload(ChangePayload):
    prompt_component: PromptComponent | None = strawberry.field(
        default=None, description="The component; null when it could not be added, or is gone again."
    )


@strawberry.input(description="A prompt to adapt for a project.")
class AdaptPromptInput(ChangeInput):
    project: strawberry.ID = strawberry.field(description="The project's global id, or its bare UUID.")
    prompt: strawberry.ID = strawberry.field(description="The global id of the prompt whose template is copied.")
    name: str | None = strawberry.field(default=UNSET, description="A name; the prompt's own when it is left out.")


@strawberry.type(description="A project's own copy of a prompt, ready to be changed.")
class AdaptPromptPayload(ChangePayload):
    prompt_component: PromptComponent | None = strawberry.field(
        default=None, description="The copy; null when it could not be made, or is gone again."
    )


@strawberry.input(description="What to change of a prompt component; what is left out stays as it is.")
class UpdatePromptComponentInput(ChangeInput):
    prompt_component: strawberry.ID = strawberry.field(description="The component's global id.")
    name: str | None = strawberry.field(default=UNSET, description="Another name.")
    content: str | None = strawberry.field(default=UNSET, description="Another text, in Liquid.")
    base_prompt_version: int | None = strawberry.field(
        default=UNSET, description="The version of its base prompt that the text follows now."
    )


@strawberry.type(description="A prompt component that was changed.")
class UpdatePromptComponentPayload(ChangePayload):
    prompt_component: PromptComponent | None = strawberry.field(
        default=None, description="The component; null when it could not be changed."
    )


@strawberry.input(description="Prompt components to delete.")
class DeletePromptComponentsInput(ChangeInput):
    prompt_components: list[strawberry.ID] = strawberry.field(
        description="The global ids of up to 1,000 components of one project."
    )


@strawberry.type(description="Prompt components that were deleted: all, or none.")
class DeletePromptComponentsPayload(ChangePayload):
    deleted_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Their global ids, as they were given."
    )


@strawberry.type(description="Changes of prompt components.")
class PromptComponentMutations:
    @strawberry.mutation(description="Adds a piece of a prompt to a project.")
    async def create_prompt_component(
        self,
        info: Info,
        input: Annotated[CreatePromptComponentInput, strawberry.argument(description="The component.")],
    ) -> CreatePromptComponentPayload | None:
        async def make(writer: Writer) -> CreatePromptComponentPayload:
            place = project_place(input.project)
            made = await prompt_components.create_prompt_component(
                writer, place, name=input.name, content=input.content
            )
            return CreatePromptComponentPayload(prompt_component=await _component(info, place, made.id))

        return await change(info, input, CreatePromptComponentPayload, make)

    @strawberry.mutation(description="Copies a prompt that all share into a project, to be changed there.")
    async def adapt_prompt(
        self, info: Info, input: Annotated[AdaptPromptInput, strawberry.argument(description="The prompt.")]
    ) -> AdaptPromptPayload | None:
        async def make(writer: Writer) -> AdaptPromptPayload:
            place = project_place(input.project)
            prompt_id = expect_id(input.prompt, IdKind.PROMPT).id
            made = await prompt_components.adapt_prompt(writer, place, prompt_id=prompt_id, name=given(input.name))
            return AdaptPromptPayload(prompt_component=await _component(info, place, made.id))

        return await change(info, input, AdaptPromptPayload, make)

    @strawberry.mutation(description="Changes a prompt component.")
    async def update_prompt_component(
        self, info: Info, input: Annotated[UpdatePromptComponentInput, strawberry.argument(description="The changes.")]
    ) -> UpdatePromptComponentPayload | None:
        async def make(writer: Writer) -> UpdatePromptComponentPayload:
            place, component_id = row_place(input.prompt_component, COMPONENT, "promptComponent")
            changes = changes_of(input, PromptComponentChanges)
            await prompt_components.update_prompt_component(writer, place, component_id, changes)
            return UpdatePromptComponentPayload(prompt_component=await _component(info, place, component_id))

        return await change(info, input, UpdatePromptComponentPayload, make)

    @strawberry.mutation(description="Deletes prompt components of a project: all that are named, or none.")
    async def delete_prompt_components(
        self,
        info: Info,
        input: Annotated[DeletePromptComponentsInput, strawberry.argument(description="The components.")],
    ) -> DeletePromptComponentsPayload | None:
        async def make(writer: Writer) -> DeletePromptComponentsPayload:
            place, component_ids = rows_place(input.prompt_components, COMPONENT, "promptComponents")
            await prompt_components.delete_prompt_components(writer, place, component_ids)
            return DeletePromptComponentsPayload(deleted_ids=input.prompt_components)

        return await change(info, input, DeletePromptComponentsPayload, make)


async def _component(info: Info, place: Place, component_id: UUID) -> PromptComponent | None:
    return await read_back(info, lambda: load_node(info, GlobalId(COMPONENT, place.project_id, component_id)))
