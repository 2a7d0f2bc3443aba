"""Refuses operations that ask for too much, before they are run."""

from collections.abc import Iterator
from typing import Any, cast

from cachetools import LRUCache
from graphql import DocumentNode, GraphQLSchema, OperationDefinitionNode
from strawberry.extensions import SchemaExtension

from gql_server.config import Config
from gql_server.context import Context
from gql_server.errors import BadRequestError, CostExceededError, Limit, LimitExceededError
from gql_server.schema.caches import DOCUMENTS, LENGTH
from gql_server.schema.measure import Measure, measure

# Strawberry keeps the name that was asked for, and its schema as graphql-core has it, to itself.
# ruff: noqa: SLF001
# pyright: reportPrivateUsage=false, reportIncompatibleMethodOverride=false, reportAttributeAccessIssue=false
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

_MEASURED: LRUCache[tuple[object, ...] | None, Measure] = LRUCache(DOCUMENTS)


class Limits(SchemaExtension):
    """Bounds a document's length before it is parsed, and what an operation asks for once it is known to be valid.

    A request whose `extensions` have `"cost": true` is told what its operation costs.
    """

    _cost: dict[str, int] | None = None

    def on_parse(self) -> Iterator[None]:
        context: Context = self.execution_context.context
        limit = context.config.token_limit
        options = cast("dict[str, int]", self.execution_context.parse_options)
        options.update(max_lexical_tokens=limit, max_comments=limit)
        yield

    def on_validate(self) -> Iterator[None]:
        yield
        execution = self.execution_context
        if execution.graphql_document is None or execution.pre_execution_errors:
            return
        operation = _chosen(execution.graphql_document, execution._provided_operation_name)
        if operation is not None:
            self._check(execution.graphql_document, operation)

    def get_results(self) -> dict[str, Any]:
        asked = (self.execution_context.operation_extensions or {}).get("cost") is True
        return {"cost": self._cost} if asked and self._cost else {}

    def _check(self, document: DocumentNode, operation: OperationDefinitionNode) -> None:
        execution = self.execution_context
        schema: GraphQLSchema = execution.schema._schema
        config: Config = execution.context.config
        key = _key(execution.query or "", execution._provided_operation_name, execution.variables or {}, config)
        measured = _MEASURED.get(key)
        if measured is None:
            measured = measure(schema, document, operation, execution.variables or {}, config)
            if key is not None:
                _MEASURED[key] = measured
        self._cost = {"requested": measured.cost, "limit": config.cost_limit}
        _refuse_beyond(measured, config)


def _key(query: str, name: str | None, variables: dict[str, object], config: Config) -> tuple[object, ...] | None:
    """What a measure depends on, for operations that are sent again and again; texts weigh nothing, whatever they say.

    None where a variable is a list or an object, which weighs what is in it.
    """
    if len(query) > LENGTH or any(isinstance(value, list | dict) for value in variables.values()):
        return None
    weights = ((name, value if isinstance(value, int | float) else type(value)) for name, value in variables.items())
    return query, name, config.page_size_default, config.page_size_limit, *weights


def _refuse_beyond(measured: Measure, config: Config) -> None:
    for limit, number, most, words in (
        (Limit.DEPTH, measured.depth, config.depth_limit, "levels"),
        (Limit.ALIASES, measured.aliases, config.alias_limit, "aliases"),
        (Limit.ROOT_FIELDS, measured.root_fields, config.root_field_limit, "fields of the root"),
        (Limit.DIRECTIVES, measured.directives, config.directive_limit, "directives"),
        (Limit.LIST_LENGTH, measured.list_length, config.list_length_limit, "values in one list"),
    ):
        if number > most:
            raise LimitExceededError(limit, f"This operation has {number} {words}, and may have {most}.")
    if measured.cost > config.cost_limit:
        raise CostExceededError(measured.cost, config.cost_limit)


def _chosen(document: DocumentNode, name: str | None) -> OperationDefinitionNode | None:
    """The operation that is meant; strawberry runs the first where there are several and no word which."""
    operations = [part for part in document.definitions if isinstance(part, OperationDefinitionNode)]
    if name is None and len(operations) > 1:
        raise BadRequestError("This document has several operations: name one in `operationName`.")
    return next((part for part in operations if name is None or (part.name and part.name.value == name)), None)
