"""Changes of projects."""

from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import UNSET

from gql_server.db.tables.projects import ProjectRow
from gql_server.errors import UserError as Problem
from gql_server.errors import UserErrorCode, UserErrors
from gql_server.schema.arguments import given
from gql_server.schema.changes import USER_ERRORS, UserError, change
from gql_server.schema.ids import IdKind, expect_id
from gql_server.schema.node import Info
from gql_server.schema.projects import Project
from gql_server.schema.scalars import JSON
from gql_server.services.clients import missing
from gql_server.services.projects import create_project


@strawberry.input(description="A project to add.")
class CreateProjectInput:
    client: strawberry.ID | None = strawberry.field(
        default=UNSET,
        description="The global id of the client whose project it is to be. A client's own key needs none.",
    )
    name: str = strawberry.field(description="The name.")
    settings: JSON | None = strawberry.field(default=UNSET, description="How contents are made for it: an object.")


@strawberry.type(description="A project that was added.")
class CreateProjectPayload:
    project: Project | None = strawberry.field(
        default=None, description="The project, with a PostgreSQL schema of its own; null when it could not be added."
    )
    user_errors: list[UserError] = strawberry.field(default_factory=list, description=USER_ERRORS)


@strawberry.type(description="Changes of projects.")
class ProjectMutations:
    @strawberry.mutation(
        description="Adds a project with a PostgreSQL schema of its own. For the administrator, and for the client "
        "whose project it is."
    )
    async def create_project(
        self, info: Info, input: Annotated[CreateProjectInput, strawberry.argument(description="The project.")]
    ) -> CreateProjectPayload:
        return await change(
            info,
            _create_project(info, input),
            lambda row: CreateProjectPayload(project=Project(row=row)),
            lambda errors: CreateProjectPayload(user_errors=errors),
        )


async def _create_project(info: Info, input: CreateProjectInput) -> ProjectRow:
    return await create_project(
        info.context.resources.database,
        client_id=_client_id(info, given(input.client)),
        name=input.name,
        settings=given(input.settings),
    )


def _client_id(info: Info, client: strawberry.ID | None) -> UUID:
    own = info.context.viewer.client_id
    if client is None:
        if own is None:
            raise UserErrors(Problem(UserErrorCode.REQUIRED, "A project has a client.", ("client",)))
        return own
    client_id = expect_id(client, IdKind.CLIENT).id
    if own not in (None, client_id):
        # Another's client is none.
        raise missing(client_id)
    return client_id
