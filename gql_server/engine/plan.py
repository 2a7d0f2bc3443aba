"""What is executed at a level: the fields of one selection set for objects of one type."""

from typing import Any, cast

from graphql import (
    GraphQLAbstractType,
    GraphQLField,
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLSchema,
    TypeNameMetaFieldDef,
    is_leaf_type,
    is_list_type,  # pyright: ignore[reportUnknownVariableType]
    is_non_null_type,  # pyright: ignore[reportUnknownVariableType]
    is_object_type,
)
from graphql.execution import Executor
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet

from gql_server.engine.fields import BATCH, COLUMN, Batch, Column


class FieldPlan:
    """A field of a selection set, with all the nodes in the document that ask for it under the same key."""

    batch: Batch | None
    column: Column | None
    item: GraphQLLeafType | GraphQLAbstractType | GraphQLObjectType
    """What the field is, or what is in its lists."""

    def __init__(
        self, key: str, parent: GraphQLObjectType, definition: GraphQLField, details: FieldDetailsList
    ) -> None:
        self.key = key
        self.parent = parent
        self.definition = definition
        self.details = details
        self.nodes = [detail.node for detail in details]
        self.batch = definition.extensions.get(BATCH)
        self.column = definition.extensions.get(COLUMN)
        self.item, self.nullable = _layers(definition)
        self.lists = len(self.nullable) - 1
        self.is_leaf = is_leaf_type(self.item)
        self._below: dict[GraphQLObjectType, LevelPlan] = {}

    def below(self, type_: GraphQLObjectType, executor: Executor[Any]) -> "LevelPlan":
        """What is executed for the objects of a type that this field leads to. Raises what collecting it does."""
        plan = self._below.get(type_)
        if plan is None:
            collected = executor.collect_subfields(type_, self.details)
            plan = self._below[type_] = LevelPlan(executor.schema, type_, collected.grouped_field_set)
        return plan

    def expected(self, executor: Executor[Any]) -> "LevelPlan | None":
        """What is executed for whatever this field leads to that is of its type; None when there may be several."""
        type_ = self.item
        return self.below(type_, executor) if is_object_type(type_) else None

    def certain(self, executor: Executor[Any]) -> "LevelPlan | None":
        """What is executed for whatever this field leads to; None when that is for each object to say."""
        type_ = self.item
        return self.expected(executor) if is_object_type(type_) and not type_.is_type_of else None


class LevelPlan:
    def __init__(self, schema: GraphQLSchema, type_: GraphQLObjectType, grouped: GroupedFieldSet) -> None:
        self.template: dict[str, Any] = {}
        """An output before anything is in it but the order of its keys, and the name of its type."""
        self.fields: list[FieldPlan] = []
        for key, details in grouped.items():
            definition = schema.get_field(type_, details[0].node.name.value)
            if definition is TypeNameMetaFieldDef:
                self.template[key] = type_.name
            elif definition is not None:
                self.template[key] = None
                self.fields.append(FieldPlan(key, type_, definition, details))
        self.batched_first = sorted(self.fields, key=lambda field: field.batch is None)


def _layers(definition: GraphQLField) -> tuple[Any, tuple[bool, ...]]:
    """What is innermost in the type of a field, and whether null may be there: at first instead of all of it."""
    type_: Any = cast("Any", definition).type
    nullable: list[bool] = []
    while True:
        nullable.append(not is_non_null_type(type_))
        type_ = type_ if nullable[-1] else type_.of_type
        is_list = cast("Any", is_list_type)(type_)
        if not is_list:
            return type_, tuple(nullable)
        type_ = type_.of_type
