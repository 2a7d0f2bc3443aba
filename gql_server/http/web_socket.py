"""Subscriptions over WebSocket: graphql-transport-ws."""

import re
from collections.abc import Mapping
from contextlib import aclosing
from typing import Any, cast

from graphql import GraphQLError
from starlette.websockets import WebSocket
from strawberry.exceptions import ConnectionRejectionError
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler, Operation
from strawberry.subscriptions.protocols.graphql_transport_ws.types import Message, SubscribeMessage

from gql_server.context import Resources
from gql_server.errors import ApiError, Limit, LimitExceededError
from gql_server.http.authorization import authorize
from gql_server.http.documents import Documents
from gql_server.http.rate import RateLimiter
from gql_server.http.refusals import Refusal

ID = re.compile(r"[^\ud800-\udfff]{1,128}")
"""Half of a surrogate pair cannot be sent back."""


class Handshake:
    """What is known of a connection before its key: strawberry fills in what `connection_init` carries."""

    def __init__(self, web_socket: WebSocket, documents: Documents, rate_limiter: RateLimiter) -> None:
        self.documents = documents
        self.rate_limiter = rate_limiter
        self.connection_params: Mapping[str, object] = {}
        self.resources: Resources | None = None
        self._web_socket = web_socket

    @property
    def caller(self) -> str:
        """Whose requests are counted; those without a key, which are refused, as one."""
        return "" if self.resources is None else self.resources.viewer.caller

    async def authorize(self) -> None:
        """Takes the key from `connection_init`, or from the header that the connection was opened with.

        Raises ConnectionRejectionError, which closes the connection with 4403.
        """
        given = [value for name, value in self.connection_params.items() if name.lower() == "authorization"]
        try:
            self.resources = await authorize(self._web_socket, [str(value) for value in given] if given else None)
        except (Refusal, ApiError) as error:
            raise ConnectionRejectionError from error


class Handler(BaseGraphQLTransportWSHandler[Any, None]):
    """Strawberry's handler, for subscriptions alone, and for messages of any form."""

    context: Handshake

    async def handle(self) -> None:
        try:
            await super().handle()
        except Refusal as error:
            # What cannot be read for its size, and not for its form.
            await self.handle_invalid_message(error.message)

    async def handle_message(self, message: Message) -> None:
        if _is_message(message):
            await super().handle_message(message)
        else:
            await self.handle_invalid_message("This message is not one of graphql-transport-ws.")

    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        """Finds the document that is meant, however it is named; what is refused is that operation's error."""
        payload: dict[str, Any] = dict(message["payload"])
        try:
            self._check_place()
            async with self.context.rate_limiter.admitted(self.context.caller):
                extensions, document_id = payload.get("extensions"), payload.get("documentId")
                query = self.context.documents.text_of(payload.get("query"), extensions, document_id)
                payload["query"] = query or ""
        except (ApiError, Refusal) as error:
            refused = GraphQLError(error.message, extensions=error.extensions)
            await self.send_message({"id": message["id"], "type": "error", "payload": [refused.formatted]})
        else:
            await super().handle_subscribe({**message, "payload": payload})  # pyright: ignore[reportArgumentType]

    def _check_place(self) -> None:
        limit = self.max_subscriptions_per_connection
        if limit is not None and len(self.operations) >= limit:
            raise LimitExceededError(
                Limit.SUBSCRIPTIONS, f"There may be {limit} subscriptions over one connection: open another."
            )

    async def run_operation(self, operation: Operation[Any, None]) -> None:
        try:
            with self.context.rate_limiter.stream(self.context.caller):
                results = await self.schema.subscribe(
                    operation.query,
                    variable_values=operation.variables,
                    context_value=self.context.resources,
                    operation_name=operation.operation_name,
                )
                async with aclosing(results):
                    await self._send_result_stream(operation, results)
        except Refusal as refusal:
            await operation.send_initial_errors([GraphQLError(refusal.message, extensions=refusal.extensions)])
        else:
            await operation.send_operation_message({"id": operation.id, "type": "complete"})

    @staticmethod
    def _get_pre_execution_close_reason(error: GraphQLError) -> None:
        """Nothing that is wrong with one document closes the connection that others use."""


def _is_message(message: object) -> bool:
    match message:
        case {"type": "subscribe"}:
            return _is_subscribe(cast("dict[str, object]", message))
        case {"type": "complete", "id": str()}:
            return True
        case {"type": "connection_init" | "ping" | "pong"}:
            return True
        case _:
            return False


def _is_subscribe(message: Mapping[str, object]) -> bool:
    id_, payload = message.get("id"), message.get("payload")
    if not isinstance(id_, str) or not ID.fullmatch(id_) or not isinstance(payload, dict):
        return False
    request = cast("dict[str, object]", payload)
    return (
        isinstance(request.get("query"), str | None)
        and isinstance(request.get("variables"), dict | None)
        and isinstance(request.get("extensions"), dict | None)
        and isinstance(request.get("operationName"), str | None)
    )
