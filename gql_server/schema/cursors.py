"""Cursors: opaque to callers, each the values of the order's keys for one row, and what breaks its ties."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from gql_server.db.pages import Order, Table
from gql_server.errors import BadRequestError
from gql_server.schema import opaque

CHECKS: dict[str, Callable[[str], object]] = {"timestamptz": datetime.fromisoformat, "uuid": UUID, "text": str}
"""How each type of a key is read, to see whether a cursor's value is one."""


def encode_cursor(table: Table[Any], order: Sequence[Order], tie_breakers: Sequence[str], row: object) -> str:
    keys = [table.orders[part.key].value(row) for part in order]
    ties = [str(getattr(row, column)) for column in tie_breakers]
    return opaque.encode(orjson.dumps([table.name, _signature(order), *keys, *ties]))


def decode_cursor(
    cursor: str, argument: str, table: Table[Any], order: Sequence[Order], tie_breakers: Sequence[str]
) -> tuple[str, ...]:
    """The position that a cursor stands for. Raises BadRequestError for one that was not made for this order."""
    types = [table.orders[part.key].type for part in order] + ["uuid"] * len(tie_breakers)
    try:
        name, signature, *values = orjson.loads(opaque.decode(cursor))
    except (ValueError, TypeError):
        name, signature, values = None, None, []
    if name != table.name:
        raise BadRequestError(f"`{argument}` is not a cursor of this list.")
    if signature != _signature(order):
        raise BadRequestError(f"`{argument}` is a cursor of the same list in another order.")
    try:
        for type_, value in zip(types, values, strict=True):
            CHECKS[type_](_text(value))
    except (ValueError, TypeError):
        raise BadRequestError(f"`{argument}` is not a cursor of this list.") from None
    return tuple(values)


def _signature(order: Sequence[Order]) -> str:
    return ",".join(f"{part.key}{'-' if part.descending else '+'}" for part in order)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not text.")
    return value
