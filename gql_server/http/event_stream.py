"""Subscriptions over server-sent events: graphql-sse, one connection for each."""

from collections.abc import Iterable

from strawberry.http.streaming import SSETransport
from strawberry.types.graphql import OperationType

from gql_server.http.negotiation import prefers_stream

KEEP_ALIVE_SECONDS = 12


class EventStream(SSETransport):
    """Strawberry's transport for subscriptions alone, framed as all clients read it."""

    heartbeat_interval = KEEP_ALIVE_SECONDS

    def accepts(self, accept: str) -> bool:
        return prefers_stream(accept)

    def allowed_operation_types(self, allowed_operation_types: set[OperationType]) -> Iterable[OperationType]:
        return (OperationType.SUBSCRIPTION,)

    def encode_event(self, event: str, data: str | None = None) -> str:
        return f"event: {event}\ndata: {data or ''}\n\n"

    def encode_comment(self, comment: str) -> str:
        return f": {comment}\n\n"
