"""What surrounds every operation: the context it runs in, and what it had to do without."""

from collections.abc import AsyncIterator
from typing import Any

from graphql import ExecutionResult as GraphQLExecutionResult
from graphql import GraphQLError
from strawberry.extensions import SchemaExtension
from strawberry.types import ExecutionResult

from gql_server.context import Context, Problem


class Operation(SchemaExtension):
    """Gives each operation a context of its own, and ends its snapshot."""

    async def on_operation(self) -> AsyncIterator[None]:  # pyright: ignore[reportIncompatibleMethodOverride]
        context = Context(self.execution_context.context)
        self.execution_context.context = context
        try:
            yield
        finally:
            await context.close()
        _add_problems(self.execution_context.result, context)

    async def on_stream_result(self, result: Any) -> AsyncIterator[None]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Ends the snapshot of each of a subscription's results before it is sent, which may take its reader long."""
        context: Context = self.execution_context.context
        await context.renew()
        _add_problems(result, context)
        yield


def _add_problems(result: object, context: Context) -> None:
    if context.problems and isinstance(result, GraphQLExecutionResult | ExecutionResult):
        result.errors = [*(result.errors or ()), *(_beside(problem) for problem in context.problems.values())]
        context.problems.clear()


def _beside(problem: Problem) -> GraphQLError:
    return GraphQLError(problem.error.message, path=problem.path, extensions=problem.error.extensions)
