"""Remembers documents that are sent again and again, parsed and validated."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from graphql import ASTValidationRule, DocumentNode, GraphQLError, GraphQLSchema, validate
from graphql.validation.rules import overlapping_fields_can_be_merged
from strawberry.extensions import ParserCache, SchemaExtension
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

DOCUMENTS = 200
LENGTH = 10_000
"""Characters of a document that is worth remembering; a longer one may take megabytes once it is parsed."""

ERRORS = 5
"""Errors of a document that are looked for; one more says that there are others."""


class DocumentCache(ParserCache):
    def __init__(self) -> None:
        super().__init__(maxsize=DOCUMENTS)

    def on_parse(self) -> Iterator[None]:
        if len(self.execution_context.query or "") > LENGTH:
            yield
        else:
            yield from super().on_parse()


# Fields of the same name are compared with one another: with graphql-core's own bound a document may take a second.
overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET = 100_000

Rules = tuple[type[ASTValidationRule], ...]


def _validate(schema: GraphQLSchema, document: DocumentNode, rules: Rules) -> list[GraphQLError]:
    return validate(schema, document, (*rules, MaybeNullValidationRule, OneOfInputValidationRule), max_errors=ERRORS)


_validate_or_recall = lru_cache(maxsize=DOCUMENTS)(_validate)


class ValidatedDocumentCache(SchemaExtension):
    """Validates in strawberry's place, whose cache bounds no errors."""

    def on_validate(self) -> Iterator[None]:
        execution: Any = self.execution_context
        schema = execution.schema._schema  # noqa: SLF001  strawberry keeps graphql-core's to itself
        check = _validate if len(execution.query or "") > LENGTH else _validate_or_recall
        # A copy, since errors are given their codes in place.
        execution.pre_execution_errors = [*check(schema, execution.graphql_document, execution.validation_rules)]
        yield
