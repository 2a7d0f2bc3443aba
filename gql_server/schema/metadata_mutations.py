"""Changes of projects' metadata."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import UNSET

from gql_server.db.tables.metadata import SavedEntry
from gql_server.schema.arguments import given
from gql_server.schema.changes import ChangeInput, ChangePayload, change, project_place, read_back
from gql_server.schema.metadata import MetadataEntry
from gql_server.schema.node import Info
from gql_server.schema.scalars import JSON
from gql_server.services import metadata
from gql_server.services.writer import Writer


@strawberry.input(description="An entry of a project's metadata as it is to be.")
class MetadataEntryInput:
    key: str = strawberry.field(description="The key, which a project has once.")
    value: JSON = strawberry.field(description="The value: any JSON but null.")
    description: str | None = strawberry.field(
        default=UNSET, description="What it is for; an entry that there is keeps its own when this is left out."
    )


@strawberry.input(description="Entries of a project's metadata to set.")
class SetMetadataInput(ChangeInput):
    project: strawberry.ID = strawberry.field(description="The project's global id, or its bare UUID.")
    entries: list[MetadataEntryInput] = strawberry.field(description="Up to 1,000 entries, each key once.")


@strawberry.type(description="Entries that were set: all, or none.")
class SetMetadataPayload(ChangePayload):
    entries: list[MetadataEntry] = strawberry.field(
        default_factory=list, description="The entries, by key; without those that are gone again."
    )


@strawberry.input(description="Entries of a project's metadata to delete.")
class DeleteMetadataInput(ChangeInput):
    project: strawberry.ID = strawberry.field(description="The project's global id, or its bare UUID.")
    keys: list[str] = strawberry.field(description="The keys of up to 1,000 entries.")


@strawberry.type(description="Entries that were deleted: all, or none.")
class DeleteMetadataPayload(ChangePayload):
    deleted_keys: list[str] = strawberry.field(default_factory=list, description="Their keys, as they were given.")


@strawberry.type(description="Changes of projects' metadata.")
class MetadataMutations:
    @strawberry.mutation(
        description="Adds the entries that a project does not have, and changes those that it has: all of them, or "
        "none."
    )
    async def set_metadata(
        self, info: Info, input: Annotated[SetMetadataInput, strawberry.argument(description="The entries.")]
    ) -> SetMetadataPayload | None:
        async def make(writer: Writer) -> SetMetadataPayload:
            place = project_place(input.project)
            entries = [
                SavedEntry(
                    entry.key, entry.value, given(entry.description), has_description=entry.description is not UNSET
                )
                for entry in input.entries
            ]
            keys = await metadata.set_metadata(writer, place, entries)
            entries = await read_back(info, lambda: _entries(info, place.project_id, keys))
            return SetMetadataPayload(entries=entries)

        return await change(info, input, SetMetadataPayload, make)

    @strawberry.mutation(description="Deletes entries of a project's metadata: all that are named, or none.")
    async def delete_metadata(
        self, info: Info, input: Annotated[DeleteMetadataInput, strawberry.argument(description="The entries.")]
    ) -> DeleteMetadataPayload | None:
        async def make(writer: Writer) -> DeleteMetadataPayload:
            await metadata.delete_metadata(writer, project_place(input.project), input.keys)
            return DeleteMetadataPayload(deleted_keys=input.keys)

        return await change(info, input, DeleteMetadataPayload, make)


async def _entries(info: Info, project_id: UUID, keys: Sequence[str]) -> list[MetadataEntry]:
    loaders = info.context.loaders
    # The schema of a project that does not exist any more cannot be read, which would be an error.
    if await loaders.project_by_id.load(project_id) is None:
        return []
    return [MetadataEntry(row=row) for row in await loaders.metadata_by_project.load((project_id, tuple(keys)))]
