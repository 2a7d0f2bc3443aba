"""Changes of clients and of their keys."""

from datetime import timedelta
from typing import Annotated

import strawberry
from strawberry import UNSET

from gql_server.db.tables.clients import ClientRow
from gql_server.errors import UserError as Problem
from gql_server.errors import UserErrorCode, UserErrors
from gql_server.schema.changes import USER_ERRORS, UserError, change, require_admin
from gql_server.schema.clients import Client
from gql_server.schema.ids import IdKind, expect_id
from gql_server.schema.node import Info
from gql_server.services import clients
from gql_server.services.clients import CLEAR, Clear
from gql_server.services.keys import Key

GRACE_HOURS = 24.0


@strawberry.input(description="A client to add.")
class CreateClientInput:
    name: str = strawberry.field(description="The name.")
    contact_email: str | None = strawberry.field(default=None, description="Where it can be written to.")


@strawberry.type(description="A client that was added.")
class CreateClientPayload:
    client: Client | None = strawberry.field(default=None, description="The client; null when it could not be added.")
    api_key: str | None = strawberry.field(default=None, description="Its key, which is shown this once.")
    user_errors: list[UserError] = strawberry.field(default_factory=list, description=USER_ERRORS)


@strawberry.input(description="What to change of a client; what is left out stays as it is.")
class UpdateClientInput:
    client: strawberry.ID = strawberry.field(description="The client's global id.")
    name: str | None = strawberry.field(default=UNSET, description="Another name.")
    contact_email: str | None = strawberry.field(default=UNSET, description="Another address; null takes it away.")


@strawberry.type(description="A client that was changed.")
class UpdateClientPayload:
    client: Client | None = strawberry.field(default=None, description="The client; null when it could not be changed.")
    user_errors: list[UserError] = strawberry.field(default_factory=list, description=USER_ERRORS)


@strawberry.input(description="Whose key to replace.")
class RotateClientApiKeyInput:
    client: strawberry.ID = strawberry.field(description="The client's global id.")
    grace_hours: float = strawberry.field(
        default=GRACE_HOURS, description="How long the key that it has now stays good beside the new one."
    )


@strawberry.type(description="A client's new key.")
class RotateClientApiKeyPayload:
    api_key: str | None = strawberry.field(
        default=None, description="The key, which is shown this once; null when there is none."
    )
    user_errors: list[UserError] = strawberry.field(default_factory=list, description=USER_ERRORS)


@strawberry.type(description="Changes of clients.")
class ClientMutations:
    @strawberry.mutation(description="Adds a client. For the administrator.")
    async def create_client(
        self, info: Info, input: Annotated[CreateClientInput, strawberry.argument(description="The client.")]
    ) -> CreateClientPayload:
        require_admin(info)
        work = clients.create_client(
            info.context.resources.database, name=input.name, contact_email=input.contact_email
        )
        return await change(
            info,
            work,
            lambda made: CreateClientPayload(client=Client(row=made.client), api_key=made.key.text),
            lambda errors: CreateClientPayload(user_errors=errors),
        )

    @strawberry.mutation(description="Changes a client. For the administrator.")
    async def update_client(
        self, info: Info, input: Annotated[UpdateClientInput, strawberry.argument(description="The changes.")]
    ) -> UpdateClientPayload:
        require_admin(info)
        return await change(
            info,
            _update_client(info, input),
            lambda row: UpdateClientPayload(client=Client(row=row)),
            lambda errors: UpdateClientPayload(user_errors=errors),
        )

    @strawberry.mutation(
        description="Gives a client a new key; the one that it has stays good for a while. For the administrator, and "
        "for the client itself."
    )
    async def rotate_client_api_key(
        self, info: Info, input: Annotated[RotateClientApiKeyInput, strawberry.argument(description="Whose key.")]
    ) -> RotateClientApiKeyPayload:
        return await change(
            info,
            _rotate_key(info, input),
            lambda key: RotateClientApiKeyPayload(api_key=key.text),
            lambda errors: RotateClientApiKeyPayload(user_errors=errors),
        )


async def _update_client(info: Info, input: UpdateClientInput) -> ClientRow:
    client_id = expect_id(input.client, IdKind.CLIENT).id
    if input.name is None:
        raise UserErrors(Problem(UserErrorCode.REQUIRED, "A client has a name.", ("name",)))
    return await clients.update_client(
        info.context.resources.database,
        client_id,
        name=None if input.name is UNSET else input.name,
        contact_email=_address(input.contact_email),
    )


def _address(contact_email: str | None) -> str | Clear | None:
    if contact_email is UNSET:
        return None
    return CLEAR if contact_email is None else contact_email


async def _rotate_key(info: Info, input: RotateClientApiKeyInput) -> Key:
    client_id = expect_id(input.client, IdKind.CLIENT).id
    viewer = info.context.viewer
    if viewer.client_id not in (None, client_id):
        # Another's client is none.
        raise clients.missing(client_id)
    grace = timedelta(hours=input.grace_hours) if abs(input.grace_hours) < 1e6 else timedelta.max
    return await clients.rotate_key(info.context.resources.database, client_id, grace)
