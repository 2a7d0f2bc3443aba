"""Refuses to describe the schema, where it is not to be asked for."""

from typing import Any

from graphql import FieldNode, GraphQLError, ValidationRule


class NoIntrospection(ValidationRule):
    """Says so once for each question, where graphql-core's own rule repeats it for every field of the answer."""

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        if node.name.value in {"__schema", "__type"}:
            self.report_error(GraphQLError(f"Introspection is off: `{node.name.value}` is not answered.", node))
