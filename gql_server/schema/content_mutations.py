"""Changes of contents."""

from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import UNSET

from gql_server.errors import UserErrorCode, UserErrors
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
    shown,
)
from gql_server.schema.contents import Content
from gql_server.schema.ids import GlobalId, IdKind, expect_id
from gql_server.schema.node import Info
from gql_server.schema.nodes import load_node
from gql_server.schema.scalars import JSON
from gql_server.services import contents
from gql_server.services.contents import ContentChanges
from gql_server.services.writer import Place, Writer


@strawberry.input(description="A content to add to a project.")
class CreateContentInput(ChangeInput):
    project: strawberry.ID = strawberry.field(description="The project's global id, or its bare UUID.")
    object_model: strawberry.ID = strawberry.field(description="The global id of what it is made after.")
    title: str | None = strawberry.field(default=UNSET, description="The title.")
    body: str = strawberry.field(description="The text.")
    metadata: JSON | None = strawberry.field(
        default=UNSET, description="What its object model asks for beyond title and body: an object."
    )


@strawberry.type(description="A content that was added.")
class CreateContentPayload(ChangePayload):
    content: Content | None = strawberry.field(
        default=None, description="The content; null when it could not be added, or is gone again."
    )


@strawberry.input(description="What to change of a content; what is left out stays as it is.")
class UpdateContentInput(ChangeInput):
    content: strawberry.ID = strawberry.field(description="The content's global id.")
    expected_version: int | None = strawberry.field(
        default=UNSET, description="The version that the changes are meant for; of another one nothing is changed."
    )
    title: str | None = strawberry.field(default=UNSET, description="Another title; null takes it away.")
    body: str | None = strawberry.field(default=UNSET, description="Another text.")
    object_model: strawberry.ID | None = strawberry.field(
        default=UNSET, description="The global id of another object model."
    )
    metadata: JSON | None = strawberry.field(
        default=UNSET, description="An object that takes the place of all metadata; null takes them away."
    )
    metadata_patch: JSON | None = strawberry.field(
        default=UNSET,
        description="An object that is merged into the metadata as a JSON Merge Patch (RFC 7396): null takes a key "
        "away.",
    )


@strawberry.type(description="A content that was changed.")
class UpdateContentPayload(ChangePayload):
    content: Content | None = strawberry.field(
        default=None,
        description="The content, as it is now also when its version was not the one expected; null when it could not "
        "be changed for another reason.",
    )


@strawberry.input(description="Contents to delete.")
class DeleteContentsInput(ChangeInput):
    contents: list[strawberry.ID] = strawberry.field(
        description="The global ids of up to 1,000 contents of one project."
    )


@strawberry.type(description="Contents that were deleted: all, or none.")
class DeleteContentsPayload(ChangePayload):
    deleted_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Their global ids, as they were given."
    )


@strawberry.type(description="Changes of contents.")
class ContentMutations:
    @strawberry.mutation(description="Adds a content to a project.")
    async def create_content(
        self, info: Info, input: Annotated[CreateContentInput, strawberry.argument(description="The content.")]
    ) -> CreateContentPayload | None:
        async def make(writer: Writer) -> CreateContentPayload:
            place = project_place(input.project)
            made = await contents.create_content(
                writer,
                place,
                object_model_id=expect_id(input.object_model, IdKind.OBJECT_MODEL).id,
                title=given(input.title),
                body=input.body,
                metadata=given(input.metadata),
            )
            return CreateContentPayload(content=await _content(info, place, made.id))

        return await change(info, input, CreateContentPayload, make)

    @strawberry.mutation(description="Changes a content.")
    async def update_content(
        self, info: Info, input: Annotated[UpdateContentInput, strawberry.argument(description="The changes.")]
    ) -> UpdateContentPayload | None:
        async def make(writer: Writer) -> UpdateContentPayload:
            place, content_id = row_place(input.content, IdKind.CONTENT, "content")
            changes = changes_of(input, ContentChanges)
            if input.object_model is not UNSET:
                model = input.object_model
                changes["object_model_id"] = None if model is None else expect_id(model, IdKind.OBJECT_MODEL).id
            payload = UpdateContentPayload()
            try:
                await contents.update_content(writer, place, content_id, changes, given(input.expected_version))
            except UserErrors as found:
                if found.errors[0].code is not UserErrorCode.STALE_VERSION:
                    raise
                payload.user_errors = shown(found)
            payload.content = await _content(info, place, content_id)
            return payload

        return await change(info, input, UpdateContentPayload, make)

    @strawberry.mutation(description="Deletes contents of a project: all that are named, or none.")
    async def delete_contents(
        self, info: Info, input: Annotated[DeleteContentsInput, strawberry.argument(description="The contents.")]
    ) -> DeleteContentsPayload | None:
        async def make(writer: Writer) -> DeleteContentsPayload:
            place, content_ids = rows_place(input.contents, IdKind.CONTENT, "contents")
            await contents.delete_contents(writer, place, content_ids)
            return DeleteContentsPayload(deleted_ids=input.contents)

        return await change(info, input, DeleteContentsPayload, make)


async def _content(info: Info, place: Place, content_id: UUID) -> Content | None:
    return await read_back(info, lambda: load_node(info, GlobalId(IdKind.CONTENT, place.project_id, content_id)))
