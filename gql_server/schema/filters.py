"""Filters: inputs whose fields must all hold, and their translation to conditions."""

from dataclasses import fields
from datetime import datetime
from enum import Enum
from typing import Any, cast

import strawberry
from strawberry import UNSET
from strawberry.utils.str_converters import to_camel_case

from gql_server.db.conditions import Comparison, Condition, Every, Negation, Operand, Operator, Some
from gql_server.errors import BadRequestError
from gql_server.schema.ids import IdKind, expect_id, expect_project_id
from gql_server.schema.prices import priced
from gql_server.schema.scalars import JSON

DEPTH_LIMIT = 10
"""How deep `and`, `or` and `not` may nest."""


class Filter:
    """A filter over nodes: its fields are ANDed, and `and`, `or` and `not` nest."""


class Operators:
    """What one field is compared with; its operators are ANDed."""


@strawberry.input(description="How a text must be. Without `isNull`, a text that is missing meets only `ne`.")
class StringFilter(Operators):
    eq: str | None = strawberry.field(default=UNSET, description="Equal to this.")
    ne: str | None = strawberry.field(default=UNSET, description="Not equal to this.")
    in_: list[str] | None = strawberry.field(name="in", default=UNSET, description="Equal to one of these.")
    contains: str | None = strawberry.field(default=UNSET, description="Has this in it, in upper or lower case.")
    starts_with: str | None = strawberry.field(default=UNSET, description="Begins with this, in upper or lower case.")
    is_null: bool | None = strawberry.field(default=UNSET, description="Whether it is missing.")


@strawberry.input(description="When a moment must be.")
class DateTimeFilter(Operators):
    eq: datetime | None = strawberry.field(default=UNSET, description="At this moment.")
    gt: datetime | None = strawberry.field(default=UNSET, description="Later than this.")
    gte: datetime | None = strawberry.field(default=UNSET, description="At this moment or later.")
    lt: datetime | None = strawberry.field(default=UNSET, description="Earlier than this.")
    lte: datetime | None = strawberry.field(default=UNSET, description="At this moment or earlier.")


@strawberry.input(description="Which thing it must be.")
class IdFilter(Operators):
    eq: strawberry.ID | None = strawberry.field(default=UNSET, description="The one with this id.")
    in_: list[strawberry.ID] | None = strawberry.field(
        name="in", default=UNSET, description="One of those with these ids."
    )
    is_null: bool | None = strawberry.field(default=UNSET, description="Whether there is none.")


@strawberry.input(description="Which thing it must be, of those that always are one.")
class NodeIdFilter(Operators):
    eq: strawberry.ID | None = strawberry.field(default=UNSET, description="The one with this id.")
    in_: list[strawberry.ID] | None = strawberry.field(
        name="in", default=UNSET, description="One of those with these ids."
    )


@strawberry.input(description="What a JSON value must have.")
class JsonFilter(Operators):
    contains: JSON | None = strawberry.field(
        default=UNSET, description="Contains this value: an object with these properties, an array with these elements."
    )
    has_key: str | None = strawberry.field(default=UNSET, description="Is an object with this property.")


def on(description: str, kind: IdKind | None = None, price: int = 0) -> Any:
    """A field of a filter; `kind` says whose ids it takes, and `price` what it costs each list that it filters."""
    return strawberry.field(default=UNSET, description=description, metadata={"kind": kind, **priced(price)})


def condition(where: Filter | None, depth: int = 0) -> Condition | None:
    """What a filter asks for; None when it asks for nothing. Raises BadRequestError for what cannot be asked."""
    if where is None:
        return None
    if depth > DEPTH_LIMIT:
        raise BadRequestError(f"A filter may nest `and`, `or` and `not` {DEPTH_LIMIT} deep, not deeper.")
    parts: list[Condition] = []
    for field in fields(cast("Any", where)):
        value: object = getattr(where, field.name)
        if value is not None and value is not UNSET:
            parts += _conditions(field.name, value, field.metadata.get("kind"), depth)
    return parts[0] if len(parts) == 1 else Every(tuple(parts)) if parts else None


def _conditions(name: str, value: object, kind: IdKind | None, depth: int) -> list[Condition]:
    match value:
        case Operators():
            return _comparisons(name, value, kind)
        case Filter():
            return [Negation(condition(value, depth + 1) or Every(()))]
        case list():
            nested = tuple(condition(item, depth + 1) or Every(()) for item in cast("list[Filter]", value))
            return [Some(nested) if name == "or_" else Every(nested)]
        case str():
            return [Comparison(name, Operator.MATCHES, value)]
        case _:
            raise TypeError(f"A filter cannot have {value!r}.")


def _comparisons(name: str, operators: Operators, kind: IdKind | None) -> list[Condition]:
    comparisons: list[Condition] = []
    for field in fields(cast("Any", operators)):
        value: object = getattr(operators, field.name)
        if value is UNSET:
            continue
        operator = Operator(field.name.rstrip("_"))
        if value is None:
            advice = "leave it out, or use `isNull`" if hasattr(operators, "is_null") else "leave it out"
            raise BadRequestError(f"`{to_camel_case(operator.value)}` of a filter is null: {advice}.")
        comparisons.append(Comparison(name, operator, _operand(value, kind)))
    return comparisons


def _operand(value: object, kind: IdKind | None) -> Operand:
    match value:
        case bool():
            return value
        case datetime():
            return value.isoformat()
        case Enum():
            return str(value.value)
        case list():
            return cast("Operand", tuple(_operand(item, kind) for item in cast("list[object]", value)))
        case str():
            return value if kind is None else cast("Operand", _id_operand(value, kind))
        case _:
            raise TypeError(f"A filter cannot compare with {value!r}.")


def _id_operand(value: str, kind: IdKind) -> str | tuple[str, str]:
    if kind is IdKind.PROJECT:
        return str(expect_project_id(value))
    parsed = expect_id(value, kind)
    return str(parsed.id) if parsed.project_id is None else (str(parsed.project_id), str(parsed.id))
