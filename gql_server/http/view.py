"""The GraphQL endpoint."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import nullcontext
from datetime import timedelta
from typing import Any

from cross_web import AsyncHTTPRequestAdapter, HTTPException
from graphql import GraphQLError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData
from strawberry.http.base import BaseRequestProtocol
from strawberry.schema import BaseSchema
from strawberry.subscriptions import GRAPHQL_SSE_PROTOCOL, GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.unset import UNSET, UnsetType

from gql_server.config import Config
from gql_server.context import Resources
from gql_server.errors import ApiError, BadRequestError, OperationTimeoutError
from gql_server.http import json_text
from gql_server.http.answers import refusal_of, refused
from gql_server.http.authorization import authorize
from gql_server.http.body import with_body_read
from gql_server.http.csrf import check_preflighted
from gql_server.http.departure import WhileConnected
from gql_server.http.documents import Documents
from gql_server.http.event_stream import EventStream
from gql_server.http.negotiation import (
    EVENT_STREAM,
    RESPONSE_JSON,
    answer_type,
    check_content_type,
    prefers_stream,
    wants_page,
)
from gql_server.http.pages import Page
from gql_server.http.rate import RateLimiter
from gql_server.http.refusals import Refusal
from gql_server.http.web_socket import Handler, Handshake

METHODS = "GET, POST"


class GivenUp(ExecutionResult):
    """The result of an operation that was begun and not ended."""


class GraphQLView(GraphQL[Resources | Handshake, None]):
    """Strawberry's view, held to the GraphQL over HTTP specification."""

    graphql_transport_ws_handler_class = Handler
    stream_transport_classes_by_protocol = {GRAPHQL_SSE_PROTOCOL: EventStream}  # noqa: RUF012

    def __init__(
        self,
        schema: BaseSchema,
        documents: Documents,
        rate_limiter: RateLimiter,
        config: Config,
        page: Page | None = None,
    ) -> None:
        """`page` is for browsers that open the address."""
        super().__init__(
            schema,
            graphql_ide=None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL, GRAPHQL_SSE_PROTOCOL),
            connection_init_wait_timeout=timedelta(seconds=config.connection_init_timeout_seconds),
            max_subscriptions_per_connection=config.subscription_limit,
            allowed_origins=config.cors_origins,
        )
        self._documents = documents
        self._rate_limiter = rate_limiter
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self.run(WebSocket(scope, receive, send))
            return
        request = Request(scope, receive)
        try:
            response = await self._respond(request)
        except HTTPException as error:
            response = refused(refusal_of(error), request)
        except Refusal as refusal:
            response = refused(refusal, request)
        except BadRequestError as error:
            response = refused(Refusal(400, error.message), request)
        except ClientDisconnect:
            return
        except ApiError as error:
            answer: GraphQLHTTPResponse = {"errors": [{"message": error.message, "extensions": error.extensions}]}
            response = self.create_response(answer, await self.get_sub_response(request))
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        if request.method not in METHODS.split(", "):
            raise Refusal(405, f"This address takes {METHODS}.", {"allow": METHODS})
        if self._page and wants_page(request):
            return self._page.response(request)
        # Refused before there is any work, should it accept no answer of ours.
        _answer_type(request)
        if request.method == "POST":
            check_content_type(request)
        else:
            check_preflighted(request)
        request.state.resources = await authorize(request)
        request.state.receive = request.receive
        async with self._rate_limiter.admitted(request.state.resources.viewer.caller):
            if request.method == "POST":
                request = await with_body_read(request, request.app.state.config)
            return await self.run(request)

    def should_render_graphql_ide(self, request: BaseRequestProtocol) -> bool:
        """Never: `_respond` has asked before, and in a way that a program's `*/*` does not meet."""
        return False

    async def parse_http_body(self, request: AsyncHTTPRequestAdapter) -> GraphQLRequestData | list[GraphQLRequestData]:
        """The request with the document that it means, in whichever way it names one."""
        data = await super().parse_http_body(request)
        if isinstance(data, GraphQLRequestData):
            # Strawberry does not read `documentId`: what has nothing else to say what to run is decoded again.
            named = data.query or (data.extensions or {}).get("persistedQuery")
            document_id = None if named else await self._document_id(request)
            data.query = self._documents.text_of(data.query, data.extensions, document_id)
        return data

    async def _document_id(self, request: AsyncHTTPRequestAdapter) -> object:
        if request.method == "GET":
            return request.query_params.get("documentId")
        body: dict[str, object] = self.parse_json(await request.get_body())
        return body.get("documentId")

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Resources | Handshake:
        if isinstance(request, WebSocket):
            return Handshake(request, self._documents, self._rate_limiter)
        return request.state.resources

    async def on_ws_connect(self, context: Resources | Handshake) -> UnsetType:
        if isinstance(context, Handshake):
            await context.authorize()
        return UNSET

    async def execute_single(self, request: Request, *args: Any, **kwargs: Any) -> ExecutionResult:
        """Gives an operation up when its time is over; what it runs in PostgreSQL ends with its snapshot.

        One that only reads is given up, too, when its client goes away. Whoever loses a connection while something is
        changed wants it changed: nobody would tell otherwise whether it was.
        """
        seconds = request.app.state.config.operation_timeout_seconds
        may_change = "mutation" in (kwargs["request_data"].query or "")
        connected = nullcontext() if may_change else WhileConnected(request.state.receive)
        try:
            async with asyncio.timeout(seconds), connected:
                return await super().execute_single(request, *args, **kwargs)
        except TimeoutError:
            error = OperationTimeoutError(f"This operation took longer than {seconds:g} seconds; ask for less.")
            return GivenUp(data=None, errors=[GraphQLError(error.message, extensions=error.extensions)])

    async def get_sub_response(self, request: Request | WebSocket) -> Response:
        """A response that only says, to `create_response`, which media type was asked for."""
        return Response(media_type=_answer_type(request) if isinstance(request, Request) else None)

    async def create_streaming_response(
        self,
        request: Request | WebSocket,
        stream: Callable[[], AsyncIterator[str]],
        sub_response: Response,
        headers: Mapping[str, str],
    ) -> Response:
        return StreamingResponse(self._counted(request, stream), headers=headers)

    async def _counted(
        self, request: Request | WebSocket, stream: Callable[[], AsyncIterator[str]]
    ) -> AsyncIterator[str]:
        with self._rate_limiter.stream(request.state.resources.viewer.caller):
            async for part in stream():
                yield part

    async def process_result(self, request: Request, result: ExecutionResult) -> GraphQLHTTPResponse:
        """The answer; without `data` when there was nothing to execute."""
        answer: GraphQLHTTPResponse = {}
        if result.errors:
            answer["errors"] = [error.formatted for error in result.errors]
        begun = isinstance(result, GivenUp) or any(error.path for error in result.errors or ())
        if result.data is not None or (begun and not isinstance(result, PreExecutionError)):
            answer["data"] = result.data
        if result.extensions:
            answer["extensions"] = result.extensions
        return answer

    def create_response(
        self, response_data: GraphQLHTTPResponse | list[GraphQLHTTPResponse], sub_response: Response
    ) -> Response:
        # What leads to no stream is no stream.
        media_type = RESPONSE_JSON if sub_response.media_type == EVENT_STREAM else sub_response.media_type
        unanswered = isinstance(response_data, dict) and "data" not in response_data
        return Response(
            json_text.encode(response_data),
            # Plain JSON keeps the status that its clients have always had for errors of GraphQL.
            status_code=400 if unanswered and media_type == RESPONSE_JSON else 200,
            media_type=f"{media_type}; charset=utf-8",
        )

    def decode_json(self, data: str | bytes) -> object:
        return json_text.decode(data)

    def encode_json(self, data: object) -> str:
        return json_text.encode(data).decode()


def _answer_type(request: Request) -> str:
    return EVENT_STREAM if prefers_stream(request.headers.get("accept", "")) else answer_type(request)
