"""Scalars and enums, coerced by the column."""

from collections.abc import Callable, Sequence
from math import isfinite
from types import NoneType
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLString,
    Undefined,
)
from graphql.execution import Executor
from graphql.type.scalars import GRAPHQL_MAX_INT, GRAPHQL_MIN_INT

UndefinedType = type(Undefined)


def _are_in_range(values: Sequence[int]) -> bool:
    return min(values) >= GRAPHQL_MIN_INT and max(values) <= GRAPHQL_MAX_INT


def _are_finite(values: Sequence[float]) -> bool:
    return all(map(isfinite, values))


def _are_any(_values: Sequence[object]) -> bool:
    return True


UNCHANGED: dict[object, tuple[type, Callable[[Sequence[Any]], bool]]] = {
    GraphQLString.coerce_output_value: (str, _are_any),
    GraphQLID.coerce_output_value: (str, _are_any),
    GraphQLBoolean.coerce_output_value: (bool, _are_any),
    GraphQLInt.coerce_output_value: (int, _are_in_range),
    GraphQLFloat.coerce_output_value: (float, _are_finite),
}
"""What is coerced to itself, for each function that coerces."""


def coerce_column(type_: GraphQLLeafType, values: Sequence[Any], kinds: set[type]) -> Sequence[Any] | None:
    """The values coerced, of which none is null; None when one of them cannot be."""
    if _are_unchanged(type_, values, kinds):
        return values
    try:
        coerced = [*map(type_.coerce_output_value, values)]
    except Exception:  # noqa: BLE001  found again, value by value
        return None
    return None if {NoneType, UndefinedType} & {*map(type, coerced)} else coerced


def _are_unchanged(type_: GraphQLLeafType, values: Sequence[Any], kinds: set[type]) -> bool:
    kind, are_fine = UNCHANGED.get(type_.coerce_output_value, (None, _are_any))
    return kinds == {kind} and are_fine(values)


def coerce_each(type_: GraphQLLeafType, values: Sequence[Any]) -> list[Any]:
    """The values coerced one after the other, with exceptions for those that cannot be."""
    return [_coerced(type_, value) for value in values]


def _coerced(type_: GraphQLLeafType, value: Any) -> Any:
    try:
        return Executor.complete_leaf_value(type_, value)
    except Exception as error:  # noqa: BLE001  whatever it is, it is the error of its field
        return error
