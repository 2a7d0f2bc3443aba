"""The GraphQL schema, put together."""

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from typing import Any

import strawberry
from graphql import GraphQLError
from strawberry.extensions import AddValidationRules
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext, StreamResult
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from gql_server.config import Engine
from gql_server.engine import BreadthFirstExecutor
from gql_server.schema.caches import DocumentCache, ValidatedDocumentCache
from gql_server.schema.errors import coded
from gql_server.schema.introspection import NoIntrospection
from gql_server.schema.limits import Limits
from gql_server.schema.mutation import Mutation
from gql_server.schema.node import Node, read_column
from gql_server.schema.operation import Operation
from gql_server.schema.query import Query
from gql_server.schema.resolving import resolve_for_many
from gql_server.schema.scalars import SCALARS
from gql_server.schema.subscription import Subscription


class BreadthFirst(BreadthFirstExecutor, StrawberryGraphQLCoreExecutionContext):
    """Ours, with what strawberry adds to graphql-core's."""


class Schema(strawberry.Schema):
    """Gives every error its code, wherever it was raised, and executes nothing that is to be streamed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)  # pyright: ignore[reportUnknownMemberType]
        resolve_for_many(self, self._schema)

    async def execute(
        self, *args: Any, allowed_operation_types: Iterable[OperationType] | None = None, **kwargs: Any
    ) -> ExecutionResult:
        allowed = set(allowed_operation_types or OperationType) - {OperationType.SUBSCRIPTION}
        return await super().execute(*args, allowed_operation_types=allowed, **kwargs)

    async def stream(self, *args: Any, **kwargs: Any) -> AsyncGenerator[Any]:
        """The results of a subscription; what its extensions refuse is a result, too, as it is for `execute`."""
        return self._whatever_comes(await super().stream(*args, **kwargs))

    async def _whatever_comes(self, results: StreamResult) -> AsyncGenerator[Any]:
        try:
            async with aclosing(results):
                async for result in results:
                    yield result
        except Exception as error:  # noqa: BLE001  what is not the caller's doing is masked and logged
            errors = [error if isinstance(error, GraphQLError) else GraphQLError(str(error), original_error=error)]
            self.process_errors(errors)
            yield PreExecutionError(data=None, errors=errors)

    def process_errors(self, errors: list[GraphQLError], execution_context: Any = None) -> None:
        # The list is the one that is answered with.
        errors[:] = coded(errors, suggestions=not self.config.disable_field_suggestions)


def build_schema(*, introspection: bool = False, engine: Engine = "breadth_first") -> Schema:
    """The schema; with `introspection` it can be asked for, and errors suggest names that are in it."""
    return Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=list(Node.kinds.values()),
        execution_context_class=BreadthFirst if engine == "breadth_first" else None,
        config=StrawberryConfig(
            scalar_map=SCALARS, default_resolver=read_column, disable_field_suggestions=not introspection
        ),
        extensions=[
            Operation,
            Limits,
            DocumentCache,
            ValidatedDocumentCache,
            *([] if introspection else [lambda: AddValidationRules([NoIntrospection])]),
        ],
    )
