"""Requests that are refused before there is an operation, as GraphQL errors with an HTTP status."""

import orjson
from starlette.requests import Request
from starlette.responses import Response

CODES = {413: "LIMIT_EXCEEDED", 408: "TIMEOUT"}
"""The codes of refusals that are not the request's own fault in form."""


class Refusal(Exception):  # noqa: N818  it is an answer, not a fault
    """Ends a request with this status; `message` is the GraphQL error's."""

    def __init__(self, status: int, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers


def refusal_response(refusal: Refusal, request: Request) -> Response:
    """A refusal in the media type that the request names, or in JSON."""
    named = "application/graphql-response+json" in request.headers.get("accept", "")
    error = {"message": refusal.message, "extensions": {"code": CODES.get(refusal.status, "BAD_REQUEST")}}
    return Response(
        orjson.dumps({"errors": [error]}),
        status_code=refusal.status,
        media_type=f"application/{'graphql-response+' if named else ''}json; charset=utf-8",
        headers=refusal.headers,
    )
