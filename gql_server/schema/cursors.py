"""Cursors: opaque to callers, each the values of the order's keys for one row, and what breaks its ties."""

from collections.abc import Callable, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

import orjson

from gql_server.db.pages import Order, Table
from gql_server.errors import BadRequestError
from gql_server.schema import opaque

CHECKS: dict[str, Callable[[str], object]] = {"timestamptz": datetime.fromisoformat, "uuid": UUID, "text": str}
"""How each type of a key is read, to see whether a cursor's value is one."""


def cursor_maker(table: Table[Any], order: Sequence[Order], tie_breakers: Sequence[str]) -> Callable[[object], str]:
    """Makes the cursors of rows of a list."""
    head = [table.name, _signature(order)]
    keys = [attrgetter(table.orders[part.key].column) for part in order]
    ties = [attrgetter(column) for column in tie_breakers]

    def cursor(row: object) -> str:
        # Times are written as PostgreSQL reads them; no text is ordered as an empty one.
        position = [*(key(row) or "" for key in keys), *(str(tie(row)) for tie in ties)]
        return opaque.encode(orjson.dumps(head + position))

    return cursor


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
