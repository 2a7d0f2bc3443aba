"""The `SET` list of an UPDATE that changes what is given, and leaves the rest."""

from collections.abc import Mapping
from typing import LiteralString, cast


def assignments(
    columns: Mapping[str, LiteralString], changes: Mapping[str, object], first: int
) -> tuple[LiteralString, list[object]]:
    """The list and its values, which are the statement's from `$first` on.

    `columns` has an assignment for the name of each change, with `{}` for the value: `title = {}`.
    """
    parts: list[LiteralString] = []
    for place, name in enumerate(changes, start=first):
        parts.append(columns[name].replace("{}", cast("LiteralString", f"${place}")))
    return ", ".join(parts), list(changes.values())


def differing(assigned: LiteralString) -> LiteralString:
    """The condition that one of the assignments in a list changes anything."""
    return assigned.replace(", ", " OR ").replace(" = ", " IS DISTINCT FROM ")
