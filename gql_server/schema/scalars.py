"""The scalars beyond GraphQL's own, and what each accepts."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NewType, NoReturn, cast
from uuid import UUID

import orjson
import strawberry
from graphql import Undefined, ValueNode, value_from_ast_untyped
from strawberry.types.scalar import ScalarDefinition

from gql_server.db.arguments import JsonValue, encode
from gql_server.errors import BadRequestError

JSON = NewType("JSON", str)
"""A JSON value as text, as PostgreSQL sends and takes it."""

BigInt = NewType("BigInt", int)
"""A whole number beyond the 32 bits of GraphQL's Int."""

LONGEST = 60
"""Digits of a decimal number."""

SHOWN_LENGTH = 100


def _parse_datetime(value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise BadRequestError(
            f"{_shown(value)} is not a time in ISO 8601 with an offset, such as 2026-11-22T09:30:00Z."
        )
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise BadRequestError(f"{_shown(value)} is before the year 1 or after the year 9999 in UTC.") from None


def _shown(value: object) -> str:
    """A value as its caller wrote it, cut when it is long."""
    text = json.dumps(value)
    return text if len(text) <= SHOWN_LENGTH else f"{text[:SHOWN_LENGTH]}…"


class Encoded(str):
    """JSON as text, told apart from a text that is a JSON value."""

    __slots__ = ()


def _parse_json(value: JsonValue) -> str:
    return Encoded(encode(value))


def _parse_json_literal(node: ValueNode, variables: dict[str, Any] | None = None) -> str:
    return _parse_json(_plain(value_from_ast_untyped(node, variables)))


def _plain(value: object) -> JsonValue:
    """A literal's value with its variables decoded, and without those that are not given, or not known yet."""
    match value:
        case dict():
            items = cast("dict[str, object]", value).items()
            return {name: _plain(item) for name, item in items if item is not Undefined}
        case Encoded():
            return json.loads(value)
        case list():
            return [_plain(item) for item in cast("list[object]", value)]
        case _:
            return None if value is Undefined else cast("JsonValue", value)


def _parse_date(value: object) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise BadRequestError(f"{_shown(value)} is not a date in ISO 8601, such as 2026-11-22.") from None


def _parse_uuid(value: object) -> UUID:
    try:
        return UUID(str(value))
    except ValueError:
        raise BadRequestError(f"{_shown(value)} is not a UUID.") from None


def _parse_decimal(value: object) -> Decimal:
    try:
        number = Decimal(str(value))
    except ArithmeticError:
        number = None
    if number is None or not number.is_finite() or not -30 <= number.adjusted() <= 30 or len(str(number)) > LONGEST:
        raise BadRequestError(f'{_shown(value)} is not a decimal number, such as "12.50".')
    return number


def _parse_nothing(value: object) -> NoReturn:
    raise BadRequestError("This is only answered with, never asked by.")


def _serialize_decimal(value: Decimal) -> str:
    return f"{value:f}"


def _serialize_datetime(value: datetime) -> datetime:
    # Written in ISO 8601 with all the rest of the answer, many times faster than alone.
    return value if value.tzinfo is UTC else value.astimezone(UTC)


SCALARS: dict[Any, ScalarDefinition] = {
    JSON: strawberry.scalar(
        name="JSON",
        description="Any JSON value.",
        # Goes into the answer as PostgreSQL sent it, with all the digits of its numbers.
        serialize=orjson.Fragment,
        parse_value=_parse_json,
        parse_literal=_parse_json_literal,
    ),
    BigInt: strawberry.scalar(
        name="BigInt",
        description="A whole number, as a JSON number, that may need more than the 32 bits of an Int.",
        serialize=int,
        parse_value=_parse_nothing,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="A moment in ISO 8601 with an offset, always UTC in answers: `2026-11-22T09:30:00+00:00`.",
        serialize=_serialize_datetime,
        parse_value=_parse_datetime,
    ),
    date: strawberry.scalar(
        name="Date",
        description="A day in ISO 8601: `2026-11-22`.",
        serialize=date.isoformat,
        parse_value=_parse_date,
    ),
    Decimal: strawberry.scalar(
        name="Decimal",
        description='An exact decimal number as a string: `"0.004500"`.',
        serialize=_serialize_decimal,
        parse_value=_parse_decimal,
    ),
    UUID: strawberry.scalar(
        name="UUID",
        description="A UUID: `3f2504e0-4f89-11d3-9a0c-0305e82c3301`.",
        serialize=str,
        parse_value=_parse_uuid,
    ),
}
