"""The `SET` list of an UPDATE that changes what is given, and leaves the rest."""

from collections.abc import Mapping
from typing import LiteralString, cast

Columns = Mapping[str, LiteralString]
"""An assignment for the name of each change, with `{}` for the value: `title = {}`."""


def assignments(columns: Columns, changes: Mapping[str, object], first: int) -> tuple[LiteralString, list[object]]:
    """The list and its values, which are the statement's from `$first` on."""
    return ", ".join(_each(columns, changes, first)), list(changes.values())


def differing(columns: Columns, changes: Mapping[str, object], first: int) -> LiteralString:
    """The condition that one of the assignments changes anything, with the same values."""
    return " OR ".join([part.replace(" = ", " IS DISTINCT FROM ", 1) for part in _each(columns, changes, first)])


def _each(columns: Columns, changes: Mapping[str, object], first: int) -> list[LiteralString]:
    return [
        columns[name].replace("{}", cast("LiteralString", f"${place}"))
        for place, name in enumerate(changes, start=first)
    ]
