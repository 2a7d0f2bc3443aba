"""Changes of projects."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import UNSET

from gql_server.errors import UserError, UserErrorCode, UserErrors
from gql_server.schema.arguments import given
from gql_server.schema.changes import ChangeInput, ChangePayload, change, changes_of
from gql_server.schema.ids import GlobalId, IdKind, expect_id, expect_project_id, global_id
from gql_server.schema.node import Info
from gql_server.schema.nodes import load_node
from gql_server.schema.projects import Project
from gql_server.schema.scalars import JSON
from gql_server.services import projects
from gql_server.services.projects import ProjectChanges
from gql_server.services.writer import Writer

PROJECT = "The project's global id, or its bare UUID."


@strawberry.input(description="A project to add.")
class CreateProjectInput(ChangeInput):
    client: strawberry.ID | None = strawberry.field(
        default=UNSET,
        description="The global id of the client whose project it is to be. A client's own key needs none.",
    )
    name: str = strawberry.field(description="The name.")
    settings: JSON | None = strawberry.field(default=UNSET, description="How contents are made for it: an object.")


@strawberry.type(description="A project that was added.")
class CreateProjectPayload(ChangePayload):
    project: Project | None = strawberry.field(
        default=None,
        description="The project, with a PostgreSQL schema of its own; null when it could not be added, or is gone "
        "again.",
    )


@strawberry.input(description="What to change of a project; what is left out stays as it is.")
class UpdateProjectInput(ChangeInput):
    project: strawberry.ID = strawberry.field(description=PROJECT)
    name: str | None = strawberry.field(default=UNSET, description="Another name.")
    settings: JSON | None = strawberry.field(
        default=UNSET, description="An object that takes the place of all settings; null takes them away."
    )
    settings_patch: JSON | None = strawberry.field(
        default=UNSET,
        description="An object that is merged into the settings as a JSON Merge Patch (RFC 7396): null takes a key "
        "away.",
    )
    monthly_budget: Decimal | None = strawberry.field(
        default=UNSET,
        description="What its calls of language models may cost in a month, in US dollars, beside what its client's "
        "may; null takes the limit away.",
    )


@strawberry.type(description="A project that was changed.")
class UpdateProjectPayload(ChangePayload):
    project: Project | None = strawberry.field(
        default=None, description="The project; null when it could not be changed."
    )


@strawberry.input(description="A project to archive.")
class ArchiveProjectInput(ChangeInput):
    project: strawberry.ID = strawberry.field(description=PROJECT)


@strawberry.type(description="A project that was archived.")
class ArchiveProjectPayload(ChangePayload):
    project: Project | None = strawberry.field(
        default=None, description="The project; null when it could not be archived."
    )


@strawberry.input(description="An archived project to work on again.")
class RestoreProjectInput(ChangeInput):
    project: strawberry.ID = strawberry.field(description=PROJECT)


@strawberry.type(description="A project that is worked on again.")
class RestoreProjectPayload(ChangePayload):
    project: Project | None = strawberry.field(
        default=None, description="The project; null when it could not be restored."
    )


@strawberry.input(description="A project to delete.")
class DeleteProjectInput(ChangeInput):
    project: strawberry.ID = strawberry.field(description=PROJECT)
    confirm_name: str = strawberry.field(description="The project's name, so that it is no other.")


@strawberry.type(description="A project that was deleted.")
class DeleteProjectPayload(ChangePayload):
    deleted_id: strawberry.ID | None = strawberry.field(
        default=None, description="The global id that it had; null when it could not be deleted."
    )


@strawberry.type(description="Changes of projects.")
class ProjectMutations:
    @strawberry.mutation(
        description="Adds a project with a PostgreSQL schema of its own. For the administrator, and for the client "
        "whose project it is."
    )
    async def create_project(
        self, info: Info, input: Annotated[CreateProjectInput, strawberry.argument(description="The project.")]
    ) -> CreateProjectPayload | None:
        async def make(writer: Writer) -> CreateProjectPayload:
            made = await projects.create_project(
                writer, client_id=_client_id(info, given(input.client)), name=input.name, settings=given(input.settings)
            )
            return CreateProjectPayload(project=await _project(info, made.id))

        return await change(info, input, CreateProjectPayload, make)

    @strawberry.mutation(description="Changes a project.")
    async def update_project(
        self, info: Info, input: Annotated[UpdateProjectInput, strawberry.argument(description="The changes.")]
    ) -> UpdateProjectPayload | None:
        async def make(writer: Writer) -> UpdateProjectPayload:
            project_id = expect_project_id(input.project)
            await projects.update_project(writer, project_id, changes_of(input, ProjectChanges))
            return UpdateProjectPayload(project=await _project(info, project_id))

        return await change(info, input, UpdateProjectPayload, make)

    @strawberry.mutation(
        description="Keeps a project to be read only; whatever would change it is refused. Harmless for one that is "
        "archived already."
    )
    async def archive_project(
        self, info: Info, input: Annotated[ArchiveProjectInput, strawberry.argument(description="The project.")]
    ) -> ArchiveProjectPayload | None:
        async def make(writer: Writer) -> ArchiveProjectPayload:
            project_id = expect_project_id(input.project)
            await projects.archive_project(writer, project_id)
            return ArchiveProjectPayload(project=await _project(info, project_id))

        return await change(info, input, ArchiveProjectPayload, make)

    @strawberry.mutation(
        description="Lets an archived project be changed again. Harmless for one that is worked on already."
    )
    async def restore_project(
        self, info: Info, input: Annotated[RestoreProjectInput, strawberry.argument(description="The project.")]
    ) -> RestoreProjectPayload | None:
        async def make(writer: Writer) -> RestoreProjectPayload:
            project_id = expect_project_id(input.project)
            await projects.restore_project(writer, project_id)
            return RestoreProjectPayload(project=await _project(info, project_id))

        return await change(info, input, RestoreProjectPayload, make)

    @strawberry.mutation(
        description="Deletes a project with its PostgreSQL schema and everything in it, for good. What its calls of "
        "language models cost is kept, with its name. For the administrator, and for the client whose project it is."
    )
    async def delete_project(
        self, info: Info, input: Annotated[DeleteProjectInput, strawberry.argument(description="The project.")]
    ) -> DeleteProjectPayload | None:
        async def make(writer: Writer) -> DeleteProjectPayload:
            project_id = expect_project_id(input.project)
            await projects.delete_project(writer, project_id, confirm_name=input.confirm_name)
            return DeleteProjectPayload(deleted_id=global_id(IdKind.PROJECT, project_id))

        return await change(info, input, DeleteProjectPayload, make)


def _client_id(info: Info, client: strawberry.ID | None) -> UUID:
    """The client that is named, or the viewer itself."""
    if client is not None:
        return expect_id(client, IdKind.CLIENT).id
    if info.context.viewer.client_id is None:
        raise UserErrors(UserError(UserErrorCode.REQUIRED, "A project has a client.", ("client",)))
    return info.context.viewer.client_id


async def _project(info: Info, project_id: UUID) -> Project | None:
    return await load_node(info, GlobalId(IdKind.PROJECT, None, project_id))
