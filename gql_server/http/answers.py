"""What is answered to a request that leads to no operation."""

from cross_web import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.types.graphql import OperationType

from gql_server.http import json_text
from gql_server.http.negotiation import EVENT_STREAM, JSON, RESPONSE_JSON, accepted_types
from gql_server.http.refusals import Refusal
from gql_server.schema.errors import encodable

SENTENCES = {
    "Unable to parse request body as JSON": "The request, or its `variables` or `extensions`, is not JSON in UTF-8.",
    "Can't get GraphQL operation type": "The document has no operation.",
    "No GraphQL query found in the request": "The request has no `query`.",
    "Batching is not enabled": "The request must be one object, not a list.",
}
"""What is said for strawberry's words, where it has them short."""


def refusal_of(error: HTTPException) -> Refusal:
    """Strawberry's refusal as ours."""
    cause = error.__cause__
    if not isinstance(cause, InvalidOperationTypeError):
        return Refusal(error.status_code, SENTENCES.get(error.reason, error.reason))
    if cause.operation_type is OperationType.SUBSCRIPTION:
        return Refusal(400, f"A subscription is answered over a WebSocket, or with `Accept: {EVENT_STREAM}`.")
    return Refusal(405, "GET is for queries alone: send this operation by POST.", {"allow": "POST"})


def refused(refusal: Refusal, request: Request) -> Response:
    """A refusal as a GraphQL error, in JSON unless the specification's own media type is accepted."""
    media_type = RESPONSE_JSON if RESPONSE_JSON in accepted_types(request) else JSON
    error = {"message": encodable(refusal.message), "extensions": refusal.extensions}
    return Response(
        json_text.encode({"errors": [error]}),
        status_code=refusal.status,
        media_type=f"{media_type}; charset=utf-8",
        headers=refusal.headers,
    )
