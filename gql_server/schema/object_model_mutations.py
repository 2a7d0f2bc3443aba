"""Changes of object models."""

from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import UNSET

from gql_server.schema.arguments import given
from gql_server.schema.changes import ChangeInput, ChangePayload, change, changes_of, require_admin
from gql_server.schema.ids import GlobalId, IdKind, expect_id, global_id
from gql_server.schema.node import Info
from gql_server.schema.nodes import load_node
from gql_server.schema.object_models import ObjectModel
from gql_server.schema.scalars import JSON
from gql_server.services import object_models
from gql_server.services.object_models import ObjectModelChanges
from gql_server.services.writer import Writer

STRUCTURE = (
    "A JSON Schema 2020-12 as an object of up to 100,000 characters. References begin with `#`, and patterns are "
    "without look-around and back-references."
)


@strawberry.input(description="An object model to add.")
class CreateObjectModelInput(ChangeInput):
    name: str = strawberry.field(description="The name.")
    version: str = strawberry.field(description="The version: no two of a name have the same.")
    structure: JSON = strawberry.field(description=STRUCTURE)
    description: str | None = strawberry.field(default=UNSET, description="What it is for.")


@strawberry.type(description="An object model that was added.")
class CreateObjectModelPayload(ChangePayload):
    object_model: ObjectModel | None = strawberry.field(
        default=None, description="The object model; null when it could not be added, or is gone again."
    )


@strawberry.input(
    description="What to change of an object model; what is left out stays as it is. When contents are made after it, "
    "only what it is for can be said anew."
)
class UpdateObjectModelInput(ChangeInput):
    object_model: strawberry.ID = strawberry.field(description="The object model's global id.")
    name: str | None = strawberry.field(default=UNSET, description="Another name.")
    version: str | None = strawberry.field(default=UNSET, description="Another version.")
    structure: JSON | None = strawberry.field(default=UNSET, description=STRUCTURE)
    description: str | None = strawberry.field(default=UNSET, description="What it is for; null takes it away.")


@strawberry.type(description="An object model that was changed.")
class UpdateObjectModelPayload(ChangePayload):
    object_model: ObjectModel | None = strawberry.field(
        default=None, description="The object model; null when it could not be changed."
    )


@strawberry.input(description="An object model to delete.")
class DeleteObjectModelInput(ChangeInput):
    object_model: strawberry.ID = strawberry.field(description="The object model's global id.")


@strawberry.type(description="An object model that was deleted.")
class DeleteObjectModelPayload(ChangePayload):
    deleted_id: strawberry.ID | None = strawberry.field(
        default=None, description="The global id that it had; null when it could not be deleted."
    )


@strawberry.type(description="Changes of object models.")
class ObjectModelMutations:
    @strawberry.mutation(description="Adds an object model. For the administrator.")
    async def create_object_model(
        self, info: Info, input: Annotated[CreateObjectModelInput, strawberry.argument(description="The object model.")]
    ) -> CreateObjectModelPayload | None:
        require_admin(info)

        async def make(writer: Writer) -> CreateObjectModelPayload:
            made = await object_models.create_object_model(
                writer,
                name=input.name,
                version=input.version,
                structure=input.structure,
                description=given(input.description),
            )
            return CreateObjectModelPayload(object_model=await _object_model(info, made.id))

        return await change(info, input, CreateObjectModelPayload, make)

    @strawberry.mutation(description="Changes an object model. For the administrator.")
    async def update_object_model(
        self, info: Info, input: Annotated[UpdateObjectModelInput, strawberry.argument(description="The changes.")]
    ) -> UpdateObjectModelPayload | None:
        require_admin(info)

        async def make(writer: Writer) -> UpdateObjectModelPayload:
            object_model_id = expect_id(input.object_model, IdKind.OBJECT_MODEL).id
            await object_models.update_object_model(writer, object_model_id, changes_of(input, ObjectModelChanges))
            return UpdateObjectModelPayload(object_model=await _object_model(info, object_model_id))

        return await change(info, input, UpdateObjectModelPayload, make)

    @strawberry.mutation(
        description="Deletes an object model that no content is made after and no prompt names. For the administrator."
    )
    async def delete_object_model(
        self, info: Info, input: Annotated[DeleteObjectModelInput, strawberry.argument(description="The object model.")]
    ) -> DeleteObjectModelPayload | None:
        require_admin(info)

        async def make(writer: Writer) -> DeleteObjectModelPayload:
            object_model_id = expect_id(input.object_model, IdKind.OBJECT_MODEL).id
            await object_models.delete_object_model(writer, object_model_id)
            return DeleteObjectModelPayload(deleted_id=global_id(IdKind.OBJECT_MODEL, object_model_id))

        return await change(info, input, DeleteObjectModelPayload, make)


async def _object_model(info: Info, object_model_id: UUID) -> ObjectModel | None:
    return await load_node(info, GlobalId(IdKind.OBJECT_MODEL, None, object_model_id))
