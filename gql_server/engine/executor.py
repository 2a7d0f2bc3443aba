"""The executor that graphql-core is given."""

from collections.abc import Awaitable
from typing import Any

from graphql import GraphQLObjectType
from graphql.execution import Executor
from graphql.execution.collect_fields import GroupedFieldSet

from gql_server.engine.failures import PositionedErrors
from gql_server.engine.plans import OperationPlans, plans_of
from gql_server.engine.run import Run


class BreadthFirstExecutor(Executor[Any]):
    """Executes breadth-first what it can, and leaves the rest to the executor that it is mixed with.

    A class that has both, this one first, is given to graphql-core as `executor_class`.
    """

    def execute_root_grouped_field_set(
        self,
        root_type: GraphQLObjectType,
        root_value: Any,
        grouped_field_set: GroupedFieldSet,
        serially: bool,
        position_context: Any,
    ) -> dict[str, Any] | Awaitable[dict[str, Any]]:
        plans = plans_of(self)
        if self._must_be_left(plans):
            return super().execute_root_grouped_field_set(
                root_type, root_value, grouped_field_set, serially, position_context
            )
        errors = self.collected_errors = PositionedErrors()
        plan = plans.root(self, root_type, grouped_field_set)
        return Run(self, errors).execute(plan, root_value, serially=serially)

    def _must_be_left(self, plans: OperationPlans) -> bool:
        """Whether graphql-core's own executor is to execute this operation."""
        has_middleware = self.middleware_manager is not None and bool(self.middleware_manager.middlewares)
        return has_middleware or self.abort_signal is not None or not self.error_propagation or plans.is_incremental
