"""What surrounds every operation: the context it runs in, and what it had to do without."""

from collections.abc import AsyncIterator
from typing import NamedTuple

from graphql import ExecutionResult as GraphQLExecutionResult
from graphql import GraphQLError
from strawberry.extensions import SchemaExtension
from strawberry.types import ExecutionResult

from gql_server.config import Config
from gql_server.context import Context, Problem
from gql_server.db.database import Database
from gql_server.db.snapshot import Snapshot
from gql_server.loaders import Loaders
from gql_server.services.authentication import Viewer


class Resources(NamedTuple):
    """What an operation is run with, by whom: given to the schema as the context to start from."""

    config: Config
    database: Database
    viewer: Viewer


class Operation(SchemaExtension):
    """Gives each operation a context of its own, and ends its snapshot."""

    async def on_operation(self) -> AsyncIterator[None]:  # pyright: ignore[reportIncompatibleMethodOverride]
        resources: Resources = self.execution_context.context
        snapshot = Snapshot(resources.database, resources.viewer.role)
        context = Context(resources.config, resources.viewer, snapshot, Loaders(snapshot))
        self.execution_context.context = context
        try:
            yield
        finally:
            await snapshot.close()
        result = self.execution_context.result
        if context.problems and isinstance(result, GraphQLExecutionResult | ExecutionResult):
            result.errors = [*(result.errors or ()), *(_beside(problem) for problem in context.problems.values())]


def _beside(problem: Problem) -> GraphQLError:
    return GraphQLError(problem.error.message, path=problem.path, extensions=problem.error.extensions)
