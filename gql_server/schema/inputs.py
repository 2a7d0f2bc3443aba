"""How much is in the arguments of an operation: the longest list, and what its filters cost."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, cast

from graphql import (
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLSchema,
    ListTypeNode,
    ListValueNode,
    NamedTypeNode,
    NonNullTypeNode,
    ObjectValueNode,
    VariableDefinitionNode,
    VariableNode,
    get_named_type,
)

from gql_server.schema.prices import CONDITION, price_of

WALKED = (VariableNode, ListValueNode, ObjectValueNode, list, dict)


class Weight(NamedTuple):
    list_length: int = 0
    price: int = 0


class Value(NamedTuple):
    """A value as a document or a variable has it, and the type that it is of or a list of; None within JSON."""

    value: object
    type: GraphQLNamedType | None


def type_of(variable: VariableDefinitionNode, schema: GraphQLSchema) -> GraphQLNamedType | None:
    """The type that a variable is of or a list of."""
    node = variable.type
    while isinstance(node, ListTypeNode | NonNullTypeNode):
        node = node.type
    return schema.get_type(cast("NamedTypeNode", node).name.value)


def weigh(value: Value, variables: Mapping[str, Weight]) -> Weight:
    """The weight of a value with all that is in it, given that of each variable."""
    total = Weight()
    # Not by recursion, since variables may nest deeper than Python's stack.
    waiting = [value]
    while waiting:
        outer = waiting.pop()
        match outer.value:
            case VariableNode() as variable:
                weight, inner = variables.get(variable.name.value, Weight()), iter(())
            case ListValueNode() | list():
                weight, inner = _list(outer)
            case ObjectValueNode() | dict():
                weight, inner = _object(outer)
            case _:
                continue
        total = Weight(max(total.list_length, weight.list_length), total.price + weight.price)
        waiting += (value for value in inner if isinstance(value.value, WALKED))
    return total


def _list(value: Value) -> tuple[Weight, Iterator[Value]]:
    items = cast("list[object]", value.value.values if isinstance(value.value, ListValueNode) else value.value)
    price = CONDITION * len(items) if _is_filter(value.type) else 0
    return Weight(len(items), price), (Value(item, value.type) for item in items)


def _is_filter(type_: GraphQLNamedType | None) -> bool:
    return isinstance(type_, GraphQLInputObjectType) and "and" in type_.fields


def _object(value: Value) -> tuple[Weight, Iterator[Value]]:
    fields: dict[str, Any] = value.type.fields if isinstance(value.type, GraphQLInputObjectType) else {}
    entries = [(item, fields.get(name)) for name, item in _entries(value.value)]
    price = sum(price_of(field) for _, field in entries if field)
    return Weight(price=price), (Value(item, get_named_type(field.type) if field else None) for item, field in entries)


def _entries(value: object) -> Iterable[tuple[str, object]]:
    if isinstance(value, ObjectValueNode):
        return ((field.name.value, field.value) for field in value.fields)
    return cast("dict[str, object]", value).items()
