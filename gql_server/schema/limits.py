"""Refuses operations that ask for too much, before they are run."""

from collections.abc import Iterator
from typing import cast

from graphql import DocumentNode, GraphQLSchema, OperationDefinitionNode
from strawberry.extensions import SchemaExtension

from gql_server.context import Context
from gql_server.errors import BadRequestError, LimitExceededError
from gql_server.schema.measure import Measure, measure

# Strawberry keeps the name that was asked for, and its schema as graphql-core has it, to itself.
# ruff: noqa: SLF001
# pyright: reportPrivateUsage=false, reportIncompatibleMethodOverride=false, reportAttributeAccessIssue=false
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false


class Limits(SchemaExtension):
    """Bounds a document's length before it is parsed, and what an operation asks for once it is known to be valid."""

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
            schema: GraphQLSchema = execution.schema._schema
            _check(schema, execution.graphql_document, operation, execution.variables or {}, execution.context)


def _check(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: dict[str, object],
    context: Context,
) -> None:
    config = context.config
    asked = measure(schema, document, operation, variables, config)
    limits = Measure(config.depth_limit, config.alias_limit, config.object_limit)
    words = ["levels", "aliases", "objects"]
    for number, limit, word in zip(asked, limits, words, strict=True):
        if number > limit:
            raise LimitExceededError(f"This operation asks for {number} {word}, and may ask for {limit}.")


def _chosen(document: DocumentNode, name: str | None) -> OperationDefinitionNode | None:
    """The operation that is meant; strawberry runs the first where there are several and no word which."""
    operations = [part for part in document.definitions if isinstance(part, OperationDefinitionNode)]
    if name is None and len(operations) > 1:
        raise BadRequestError("This document has several operations: name one in `operationName`.")
    return next((part for part in operations if name is None or (part.name and part.name.value == name)), None)
