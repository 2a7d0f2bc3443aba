"""Who asks."""

from enum import Enum

import strawberry

from gql_server.schema.clients import Client
from gql_server.schema.ids import IdKind
from gql_server.schema.related import to_one
from gql_server.services import authentication


@strawberry.enum(description="Whom a key is for.")
class ViewerKind(Enum):
    ADMIN = strawberry.enum_value("admin", description="The administrator, who sees and may do everything.")
    CLIENT = strawberry.enum_value("client", description="A client, who sees its own projects and what all share.")


@strawberry.type(description="Who asks, which decides what there is to be seen.")
class Viewer:
    row: strawberry.Private[authentication.Viewer]

    @strawberry.field(description="Whom the key is for.")
    def kind(self) -> ViewerKind:
        return ViewerKind.ADMIN if self.row.client_id is None else ViewerKind.CLIENT

    client: Client | None = to_one(
        "The client whose key it is; null for the administrator's.",
        IdKind.CLIENT,
        "client_id",
        must_exist=True,
    )
