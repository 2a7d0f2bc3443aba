"""The errors of an operation as its caller sees them."""

import re
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import structlog
from graphql import GraphQLError
from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from structlog.contextvars import get_contextvars

from gql_server.errors import ApiError, BadRequestError, Limit, LimitExceededError

log = structlog.stdlib.get_logger(__name__)


ABORTED = ("Parsing aborted.", "Validation aborted.", "nested too deeply.")
"""How graphql-core ends a message when it gave up on a request for its size."""

LIMITS = {"nest": Limit.NESTING, "token": Limit.TOKENS, "comment": Limit.TOKENS}
"""What it says there is too much of."""

SUGGESTION = re.compile(r" Did you mean [^?]*(\?|$)")

MESSAGE_LENGTH = 1000
"""Characters of a message; one that quotes a request may be many times as long as the request."""


def coded(errors: Sequence[GraphQLError], *, suggestions: bool) -> list[GraphQLError]:
    """The errors as the caller sees them: each with a code, and masked when it is nobody's but ours.

    Without `suggestions` they do not name what is in the schema and was not asked for.
    """
    request_id = str(get_contextvars().get("request_id") or uuid4().hex)
    logged: set[int] = set()
    answered = [_coded(error, request_id, logged) for error in errors]
    if not suggestions:
        for error in answered:
            error.message = SUGGESTION.sub("", error.message)
    return answered


def _coded(error: GraphQLError, request_id: str, logged: set[int]) -> GraphQLError:
    cause = _cause(error)
    if cause is None:
        return _like(error, encodable(error.message), {"code": BadRequestError.code, **(error.extensions or {})})
    if isinstance(cause, ApiError):
        return _like(error, encodable(cause.message), cause.extensions)
    if id(cause) not in logged:
        logged.add(id(cause))
        log.error("An operation failed", request_id=request_id, path=error.path, exc_info=cause)
    message = f"Something went wrong in the server. Its log has it under {request_id}."
    return _like(error, message, {"code": "INTERNAL", "requestId": request_id})


def _cause(error: GraphQLError) -> Exception | None:
    """What was raised, in this API's words where it is the caller's doing; None for what GraphQL itself found."""
    cause = error.original_error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    match cause:
        case None if error.message == "Validation aborted.":
            return LimitExceededError(Limit.VALIDATION, "This document is too complex to be validated.")
        case None if error.message.endswith(ABORTED):
            limit = next((limit for word, limit in LIMITS.items() if word in error.message), Limit.VALIDATION)
            return LimitExceededError(limit, error.message.removeprefix("Syntax Error: "))
        case RecursionError():
            return LimitExceededError(Limit.NESTING, "This request is nested too deeply.")
        case ValueError() if "integer string conversion" in str(cause):
            return BadRequestError("A number in this request has too many digits.")
        case InvalidOperationTypeError():
            return BadRequestError("Subscriptions alone are streamed: send this operation as an ordinary request.")
        case CannotGetOperationTypeError() | MissingQueryError():
            return BadRequestError("There is no such operation in this request.")
        case _:
            return cause


def encodable(message: str) -> str:
    """The message without the lone surrogates that it may quote from the request, and cut when it is long."""
    short = message if len(message) <= MESSAGE_LENGTH else f"{message[:MESSAGE_LENGTH]}…"
    return short.encode(errors="replace").decode()


def _like(error: GraphQLError, message: str, extensions: dict[str, Any]) -> GraphQLError:
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions=extensions,
    )
