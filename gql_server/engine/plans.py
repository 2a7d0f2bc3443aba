"""Remembers how operations are executed, for as long as their documents are."""

import weakref
from typing import Any

from graphql import (
    DirectiveNode,
    FragmentDefinitionNode,
    GraphQLDeferDirective,
    GraphQLIncludeDirective,
    GraphQLObjectType,
    GraphQLSkipDirective,
    GraphQLStreamDirective,
    Node,
    OperationDefinitionNode,
    VariableNode,
    Visitor,
    visit,
)
from graphql.execution import Executor
from graphql.execution.collect_fields import GroupedFieldSet

from gql_server.engine.plan import LevelPlan

CONDITIONAL = {GraphQLSkipDirective.name, GraphQLIncludeDirective.name}
INCREMENTAL = {GraphQLDeferDirective.name, GraphQLStreamDirective.name}

PLANS = 16
"""Combinations of conditions for which the plans of an operation are kept."""


class OperationPlans(Visitor):
    """The plans of one operation over one schema, with one set of fragments."""

    def __init__(self, executor: Executor[Any]) -> None:
        super().__init__()
        self.is_incremental = False
        self._schema = executor.schema
        self._fragments = executor.fragment_definitions
        self._conditions: list[str] = []
        self._is_kept = True
        self._plans: dict[tuple[object, ...], LevelPlan] = {}
        for node in (executor.operation, *self._fragments.values()):
            visit(node, self)

    def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
        name = node.name.value
        self.is_incremental = self.is_incremental or name in INCREMENTAL
        if name in CONDITIONAL:
            values = (argument.value for argument in node.arguments or ())
            self._conditions += [value.name.value for value in values if isinstance(value, VariableNode)]

    def enter_fragment_definition(self, node: FragmentDefinitionNode, *_: Any) -> None:
        self._is_kept = self._is_kept and not node.variable_definitions

    def are_of(self, executor: Executor[Any]) -> bool:
        fragments = executor.fragment_definitions
        return (
            executor.schema is self._schema
            and fragments.keys() == self._fragments.keys()
            and all(fragments[name] is node for name, node in self._fragments.items())
        )

    def root(self, executor: Executor[Any], type_: GraphQLObjectType, grouped: GroupedFieldSet) -> LevelPlan:
        if not self._is_kept:
            return LevelPlan(executor.schema, type_, grouped)
        values = executor.variable_values.coerced
        key = tuple(_hashable(values.get(name)) for name in self._conditions)
        plan = self._plans.get(key)
        if plan is None:
            if len(self._plans) >= PLANS:
                self._plans.clear()
            plan = self._plans[key] = LevelPlan(executor.schema, type_, grouped)
        return plan


def _hashable(value: object) -> object:
    return value if value is None or isinstance(value, bool) else repr(value)


# By identity, since nodes are compared and hashed with all that is below them.
_remembered: dict[int, tuple[weakref.ref[Node], OperationPlans]] = {}


def plans_of(executor: Executor[Any]) -> OperationPlans:
    operation = executor.operation
    remembered = _remembered.get(id(operation))
    if remembered is None or not remembered[1].are_of(executor):
        remembered = _remembered[id(operation)] = _reference(operation), OperationPlans(executor)
    return remembered[1]


def _reference(operation: OperationDefinitionNode) -> weakref.ref[Node]:
    key = id(operation)

    def forget(reference: weakref.ref[Node]) -> None:
        if key in _remembered and _remembered[key][0] is reference:
            del _remembered[key]

    return weakref.ref(operation, forget)
