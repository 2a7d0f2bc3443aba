"""The schemas that a JSON Schema is made of, and where they are in it."""

from collections.abc import Iterator
from typing import Any, NamedTuple, TypeAlias, cast

Path: TypeAlias = tuple[str, ...]
"""The segments of a JSON pointer."""

ONE = frozenset(
    {
        "additionalProperties",
        "contains",
        "contentSchema",
        "else",
        "if",
        "items",
        "not",
        "propertyNames",
        "then",
        "unevaluatedItems",
        "unevaluatedProperties",
    }
)
"""The keywords whose value is a schema."""

LISTS = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
"""The keywords whose value is a list of schemas."""

NAMED = frozenset({"$defs", "definitions", "dependentSchemas", "patternProperties", "properties"})
"""The keywords whose value has schemas by name; a name is no keyword, whatever it is."""

IN_PLACE = frozenset({"allOf", "anyOf", "dependentSchemas", "else", "if", "not", "oneOf", "then"})
"""The keywords whose schemas are of the value itself, and not of what is in it."""


class Subschema(NamedTuple):
    """A schema that is an object, or `True` or `False`; the whole has no parent."""

    path: Path
    schema: dict[str, Any] | bool
    parent: Path | None = None

    @property
    def is_in_place(self) -> bool:
        return self.parent is not None and self.path[len(self.parent)] in IN_PLACE

    @property
    def keywords(self) -> dict[str, Any]:
        return {} if isinstance(self.schema, bool) else self.schema


def subschemas(schema: object) -> Iterator[Subschema]:
    """All schemas in a JSON value, each before those in it and in the order of the text; what is none is left out."""
    waiting: list[tuple[Path, object, Path | None]] = [((), schema, None)]
    while waiting:
        path, found, parent = waiting.pop()
        if isinstance(found, dict | bool):
            part = Subschema(path, cast("dict[str, Any] | bool", found), parent)
            yield part
            waiting += reversed([(below, value, path) for below, value in _below(part)])


def _below(part: Subschema) -> Iterator[tuple[Path, object]]:
    for keyword, value in part.keywords.items():
        path = (*part.path, keyword)
        if keyword in ONE:
            yield path, value
        elif keyword in LISTS and isinstance(value, list):
            items = cast("list[object]", value)
            yield from (((*path, str(place)), item) for place, item in enumerate(items))
        elif keyword in NAMED and isinstance(value, dict):
            named = cast("dict[str, object]", value)
            yield from (((*path, name), item) for name, item in named.items())
