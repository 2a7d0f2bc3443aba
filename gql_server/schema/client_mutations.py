"""Changes of clients and of their keys."""

from datetime import timedelta
from decimal import Decimal
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import UNSET

from gql_server.schema.arguments import given
from gql_server.schema.changes import ChangeInput, ChangePayload, change, changes_of, require_admin
from gql_server.schema.clients import Client
from gql_server.schema.ids import GlobalId, IdKind, expect_id
from gql_server.schema.node import Info
from gql_server.schema.nodes import load_node
from gql_server.services import clients
from gql_server.services.clients import ClientChanges
from gql_server.services.writer import Writer

GRACE_HOURS = 24.0


@strawberry.input(description="A client to add.")
class CreateClientInput(ChangeInput):
    name: str = strawberry.field(description="The name.")
    contact_email: str | None = strawberry.field(default=UNSET, description="Where it can be written to.")


@strawberry.type(description="A client that was added.")
class CreateClientPayload(ChangePayload):
    client: Client | None = strawberry.field(default=None, description="The client; null when it could not be added.")
    api_key: str | None = strawberry.field(
        default=None,
        description="Its key, which is shown this once: null when the same idempotency key comes again.",
    )


@strawberry.input(description="What to change of a client; what is left out stays as it is.")
class UpdateClientInput(ChangeInput):
    client: strawberry.ID = strawberry.field(description="The client's global id.")
    name: str | None = strawberry.field(default=UNSET, description="Another name.")
    contact_email: str | None = strawberry.field(default=UNSET, description="Another address; null takes it away.")
    monthly_budget: Decimal | None = strawberry.field(
        default=UNSET,
        description="What its calls of language models may cost in a month, in US dollars; null takes the limit away.",
    )


@strawberry.type(description="A client that was changed.")
class UpdateClientPayload(ChangePayload):
    client: Client | None = strawberry.field(default=None, description="The client; null when it could not be changed.")


@strawberry.input(description="Whose key to replace.")
class RotateClientApiKeyInput(ChangeInput):
    client: strawberry.ID = strawberry.field(description="The client's global id.")
    grace_hours: float = strawberry.field(
        default=GRACE_HOURS, description="How long the key that it has now stays good beside the new one."
    )


@strawberry.type(description="A client's new key.")
class RotateClientApiKeyPayload(ChangePayload):
    api_key: str | None = strawberry.field(
        default=None,
        description="The key, which is shown this once: null when there is none, and when the same idempotency key "
        "comes again.",
    )


@strawberry.type(description="Changes of clients.")
class ClientMutations:
    @strawberry.mutation(description="Adds a client. For the administrator.")
    async def create_client(
        self, info: Info, input: Annotated[CreateClientInput, strawberry.argument(description="The client.")]
    ) -> CreateClientPayload | None:
        require_admin(info)

        async def make(writer: Writer) -> CreateClientPayload:
            made = await clients.create_client(writer, name=input.name, contact_email=given(input.contact_email))
            key = None if made.is_repeated else made.key.text
            return CreateClientPayload(client=await _client(info, made.client_id), api_key=key)

        return await change(info, input, CreateClientPayload, make)

    @strawberry.mutation(description="Changes a client. For the administrator.")
    async def update_client(
        self, info: Info, input: Annotated[UpdateClientInput, strawberry.argument(description="The changes.")]
    ) -> UpdateClientPayload | None:
        require_admin(info)

        async def make(writer: Writer) -> UpdateClientPayload:
            client_id = expect_id(input.client, IdKind.CLIENT).id
            await clients.update_client(writer, client_id, changes_of(input, ClientChanges))
            return UpdateClientPayload(client=await _client(info, client_id))

        return await change(info, input, UpdateClientPayload, make)

    @strawberry.mutation(
        description="Gives a client a new key; the one that it has stays good for a while. For the administrator, and "
        "for the client itself."
    )
    async def rotate_client_api_key(
        self, info: Info, input: Annotated[RotateClientApiKeyInput, strawberry.argument(description="Whose key.")]
    ) -> RotateClientApiKeyPayload | None:
        async def make(writer: Writer) -> RotateClientApiKeyPayload:
            client_id = expect_id(input.client, IdKind.CLIENT).id
            # More than a time span can have is refused like everything that is too long.
            grace = timedelta(hours=input.grace_hours) if abs(input.grace_hours) < 1e6 else timedelta.max
            made = await clients.rotate_key(writer, client_id, grace)
            return RotateClientApiKeyPayload(api_key=None if made.is_repeated else made.key.text)

        return await change(info, input, RotateClientApiKeyPayload, make)


async def _client(info: Info, client_id: UUID) -> Client | None:
    return await load_node(info, GlobalId(IdKind.CLIENT, None, client_id))
