"""Which columns of a list's rows are asked for: no others are read."""

from collections.abc import Iterable, Sequence
from typing import Any, cast

from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

from gql_server.engine import Asked

READS = "reads"

Columns = frozenset[str] | None
"""The names of some columns; None for all."""


def reading(columns: Sequence[str] | None) -> dict[str, Columns]:
    """The `metadata` of a field that looks at no other columns of its object's row."""
    return {} if columns is None else {READS: frozenset(columns)}


def columns_asked_for(connection: Asked | None, keys: frozenset[str]) -> Columns:
    """What is read of the rows of a connection, whose cursors are made of `keys`."""
    parts = connection.below() if connection else None
    return _together(_of_part(part, keys) for part in parts or [None])


def columns_below(asked: Asked | None) -> Columns:
    """What is read of the rows that a field leads to."""
    return _together(map(_read_by, (asked.below() if asked else None) or [None]))


def _of_part(part: Asked | None, keys: frozenset[str]) -> Columns:
    match part.name if part else None:
        case "nodes" | "node" if part:
            return columns_below(part)
        case "edges" if part:
            return _together(_of_part(below, keys) for below in part.below() or [])
        case "cursor" | "pageInfo":
            return keys
        case "totalCount":
            return frozenset()
        case _:
            return None


def _read_by(field: Asked | None) -> Columns:
    declared: Any = field.definition.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF) if field else None
    if not isinstance(declared, StrawberryField):
        return None
    if is_column(declared):
        return frozenset([declared.python_name])
    return cast("Columns", declared.metadata.get(READS))


def is_column(declared: StrawberryField) -> bool:
    """Whether a field is the column of its name: it has no resolver, and is not given when its object is made."""
    return cast("Any", declared).base_resolver is None and not declared.init


def _together(parts: Iterable[Columns]) -> Columns:
    columns: frozenset[str] = frozenset()
    for part in parts:
        if part is None:
            return None
        columns |= part
    return columns
