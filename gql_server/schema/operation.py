"""What surrounds every operation: the context it runs in, and the errors that its caller sees."""

from collections.abc import AsyncIterator, Sequence
from typing import Any, NamedTuple, cast
from uuid import uuid4

import structlog
from graphql import GraphQLError
from strawberry.extensions import SchemaExtension
from strawberry.types import ExecutionResult

from gql_server.config import Config
from gql_server.context import Context
from gql_server.db.database import Database
from gql_server.db.snapshot import Snapshot
from gql_server.errors import ApiError, BadRequestError
from gql_server.loaders import Loaders

log = structlog.stdlib.get_logger(__name__)


class Resources(NamedTuple):
    """What outlives operations: given to the schema as the context to start from."""

    config: Config
    database: Database


class Operation(SchemaExtension):
    """Gives each operation a context of its own, ends its snapshot, and gives every error its code."""

    async def on_operation(self) -> AsyncIterator[None]:  # pyright: ignore[reportIncompatibleMethodOverride]
        resources: Resources = self.execution_context.context
        snapshot = Snapshot(resources.database)
        context = Context(resources.config, snapshot, Loaders(snapshot))
        self.execution_context.context = context
        try:
            yield
        finally:
            await snapshot.close()
        result = self.execution_context.result
        if isinstance(result, ExecutionResult) or hasattr(result, "errors"):
            self._finish(cast("ExecutionResult", result), context)

    def _finish(self, result: ExecutionResult, context: Context) -> None:
        errors = [coded(error) for error in result.errors or ()]
        errors += [_beside(problem.error, problem.path) for problem in context.problems]
        result.errors = errors or None


def coded(error: GraphQLError) -> GraphQLError:
    """The error as the caller sees it: with a code, and masked when it is nobody's but ours."""
    cause = error.original_error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    if isinstance(cause, RecursionError):
        cause = BadRequestError("This request is nested too deeply.")
    if cause is None:
        return _like(error, _encodable(error.message), {"code": BadRequestError.code, **(error.extensions or {})})
    if isinstance(cause, ApiError):
        return _like(error, _encodable(cause.message), cause.extensions)
    request_id = uuid4().hex
    log.error("An operation failed", request_id=request_id, path=error.path, exc_info=cause)
    message = f"Something went wrong in the server. Its log has it under {request_id}."
    return _like(error, message, {"code": "INTERNAL", "requestId": request_id})


def _encodable(message: str) -> str:
    """The message without the lone surrogates that it may quote from the request."""
    return message.encode(errors="replace").decode()


def _like(error: GraphQLError, message: str, extensions: dict[str, Any]) -> GraphQLError:
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions=extensions,
    )


def _beside(error: ApiError, path: Sequence[str | int]) -> GraphQLError:
    return GraphQLError(error.message, path=list(path), extensions=error.extensions)
