"""Who asks."""

from enum import Enum

import strawberry

from gql_server.schema.clients import Client
from gql_server.schema.node import Info
from gql_server.schema.related import load_client_if_any
from gql_server.services import authentication


@strawberry.enum(description="Whom a key is for.")
class ViewerKind(Enum):
    ADMIN = strawberry.enum_value("admin", description="The administrator, who sees and may do everything.")
    CLIENT = strawberry.enum_value("client", description="A client, who sees its own projects and what all share.")


@strawberry.type(description="Who asks, which decides what there is to be seen.")
class Viewer:
    who: strawberry.Private[authentication.Viewer]

    @strawberry.field(description="Whom the key is for.")
    def kind(self) -> ViewerKind:
        return ViewerKind.ADMIN if self.who.client_id is None else ViewerKind.CLIENT

    @strawberry.field(description="The client whose key it is; null for the administrator's.")
    async def client(self, info: Info) -> Client | None:
        return await load_client_if_any(info, self.who.client_id)
