"""What several schemas ask for together."""

from collections.abc import Iterator
from fractions import Fraction
from functools import cached_property
from typing import Any

from gql_server.llm.sampling.branches import Branch, types
from gql_server.llm.sampling.numbers import Range, common_step
from gql_server.llm.sampling.rules import Goal, Rules, Schema
from gql_server.llm.sampling.texts import Text

ALL_TYPES = ("object", "array", "string", "number", "integer", "boolean", "null")

HINTS = {
    "object": ("properties", "required", "additionalProperties", "patternProperties", "minProperties", "propertyNames"),
    "array": ("items", "prefixItems", "minItems", "contains", "uniqueItems"),
    "string": ("minLength", "maxLength", "pattern", "format"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
}
"""Keywords that show which type is meant where none is named."""


class Merged:
    """The keywords of a branch; its alternatives are chosen."""

    def __init__(self, branch: Branch, rules: Rules) -> None:
        self._parts = branch.parts
        self._rules = rules

    @cached_property
    def values(self) -> list[Any] | None:
        """Those that const and enum leave, some of them perhaps not valid; None without any such keyword."""
        for part in self._parts:
            if "const" in part:
                return [part["const"]]
        lists = [part["enum"] for part in self._parts if "enum" in part]
        return min(lists, key=len) if lists else None

    @cached_property
    def types(self) -> list[str]:
        """Those that are allowed, the one that is meant first."""
        allowed = frozenset(ALL_TYPES).intersection(*(types(part) for part in self._parts if "type" in part))
        hinted = [name for name, hints in HINTS.items() if any(hint in part for part in self._parts for hint in hints)]
        order = [*(name for name in hinted if name in allowed), "string", *ALL_TYPES]
        if "number" not in allowed and "number" in hinted:
            order.insert(0, "integer")
        return [name for name in dict.fromkeys(order) if name in allowed]

    def most(self, keyword: str) -> int | None:
        """The upper bound that the keyword sets."""
        return min((int(part[keyword]) for part in self._parts if keyword in part), default=None)

    def least(self, keyword: str) -> int:
        return max((int(part[keyword]) for part in self._parts if keyword in part), default=0)

    @property
    def text(self) -> Text:
        patterns = tuple(dict.fromkeys(part["pattern"] for part in self._parts if "pattern" in part))
        formats = tuple(dict.fromkeys(part["format"] for part in self._parts if "format" in part))
        return Text(self.least("minLength"), self.most("maxLength"), patterns, formats)

    def range(self, *, whole: bool) -> Range:
        lows = [
            _fraction(part[word]) for part in self._parts for word in ("minimum", "exclusiveMinimum") if word in part
        ]
        highs = [
            _fraction(part[word]) for part in self._parts for word in ("maximum", "exclusiveMaximum") if word in part
        ]
        steps = [_fraction(part["multipleOf"]) for part in self._parts if "multipleOf" in part]
        step = common_step([Fraction(1), *steps] if whole else steps)
        return Range(max(lows, default=None), min(highs, default=None), step)

    @property
    def is_unique(self) -> bool:
        return any(part.get("uniqueItems") for part in self._parts)

    @property
    def prefix(self) -> int:
        return max((len(part.get("prefixItems", ())) for part in self._parts), default=0)

    @property
    def has_items(self) -> bool:
        return any("items" in part for part in self._parts)

    @property
    def contained(self) -> list[tuple[Schema, int, int | None]]:
        """What an array contains, with how many of it at the least and at the most."""
        return [
            (part["contains"], int(part.get("minContains", 1)), part.get("maxContains"))
            for part in self._parts
            if "contains" in part
        ]

    def item(self, place: int) -> Goal:
        found: list[Schema] = []
        for part in self._parts:
            prefix = part.get("prefixItems", ())
            if place < len(prefix):
                found.append(prefix[place])
            elif "items" in part:
                found.append(part["items"])
        rest = [part["unevaluatedItems"] for part in self._parts if "unevaluatedItems" in part]
        return tuple(found) if found or self.contained else tuple(rest)

    @cached_property
    def required(self) -> list[str]:
        """With what depends on it."""
        names = dict.fromkeys(name for part in self._parts for name in part.get("required", ()))
        return self.with_dependents(list(names))

    @cached_property
    def _dependents(self) -> list[dict[str, list[str]]]:
        return [part["dependentRequired"] for part in self._parts if "dependentRequired" in part]

    def with_dependents(self, names: list[str]) -> list[str]:
        found = dict.fromkeys(names)
        waiting = [*names]
        while waiting:
            name = waiting.pop()
            for dependents in self._dependents:
                more = [other for other in dependents.get(name, ()) if other not in found]
                found |= dict.fromkeys(more)
                waiting += more
        return list(found)

    @property
    def declared(self) -> list[str]:
        return list(dict.fromkeys(name for part in self._parts for name in part.get("properties", {})))

    @property
    def key_patterns(self) -> list[str]:
        return list(dict.fromkeys(name for part in self._parts for name in part.get("patternProperties", {})))

    @property
    def key_names(self) -> Goal:
        return tuple(part["propertyNames"] for part in self._parts if "propertyNames" in part)

    def property(self, name: str) -> Goal:
        found: list[Schema] = []
        for part in self._parts:
            own = list(self._own(part, name))
            found += own or ([part["additionalProperties"]] if "additionalProperties" in part else [])
        rest = [part["unevaluatedProperties"] for part in self._parts if "unevaluatedProperties" in part]
        return tuple(found or rest)

    def _own(self, part: dict[str, Any], name: str) -> Iterator[Schema]:
        if name in part.get("properties", {}):
            yield part["properties"][name]
        for pattern, schema in part.get("patternProperties", {}).items():
            if self._rules.matches(pattern, name):
                yield schema


def _fraction(number: Any) -> Fraction:
    """What is written, and not what a float makes of it."""
    return Fraction(number) if isinstance(number, int) else Fraction(str(number))
