"""A structure's schemas: where their references lead, whether values are valid against them, and what negates them."""

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias, cast
from urllib.parse import unquote

from jsonschema_rs import Draft202012Validator, RegexOptions, Registry, ValidationError, canonicalize

Schema: TypeAlias = dict[str, Any] | bool

Goal: TypeAlias = tuple[Schema, ...]
"""Schemas that are all to be met. They are told apart by identity: a structure's own are kept as long as it is."""

ROOT = "urn:structure"
DATA = frozenset({"const", "enum", "default", "examples"})
NAMED = frozenset({"$defs", "definitions", "dependentSchemas", "patternProperties", "properties"})
REFERENCE = frozenset({"$ref", "$defs", "$schema", "title", "description", "$comment"})
OPTIONS = RegexOptions()

NEGATED = 2_000
NEGATED_WITH_REFERENCES = 20_000
"""Characters of what is negated, and of the structure that its references lead into: the library takes its time."""


class Rules:
    """Raises `ValueError` when the structure cannot be used."""

    def __init__(self, structure: Mapping[str, Any]) -> None:
        self.root = cast("dict[str, Any]", _absolute({**structure}))
        self.root.pop("$id", None)
        self._length = len(repr(self.root))
        self._registry = Registry([(ROOT, self.root)], retriever=_refuse)
        self._anchors: dict[str, Schema] = {}
        self._validators: dict[frozenset[int], Draft202012Validator] = {}
        self._matchers: dict[str, Draft202012Validator] = {}
        self._negations: dict[int, Schema | None] = {}
        self._kept: list[Schema] = []

    def target(self, reference: str) -> Schema:
        """Raises `ValueError` when the reference leads nowhere."""
        fragment = unquote(reference.partition("#")[2])
        if fragment and not fragment.startswith("/"):
            self._anchors = self._anchors or dict(_anchors(self.root))
            if fragment in self._anchors:
                return self._anchors[fragment]
            raise ValueError(reference)
        found = cast("Any", self.root)
        for segment in fragment.split("/")[1:]:
            name = segment.replace("~1", "/").replace("~0", "~")
            try:
                found = found[int(name) if isinstance(found, list) else name]
            except (KeyError, IndexError, TypeError) as error:
                raise ValueError(reference) from error
        return found

    def resolved(self, schema: Schema) -> Schema:
        """Where a schema leads that is nothing but a reference; a reference that never ends is left as it is."""
        seen: set[int] = set()
        while isinstance(schema, dict) and "$ref" in schema and schema.keys() <= REFERENCE and id(schema) not in seen:
            seen.add(id(schema))
            schema = self.target(schema["$ref"])
        return schema

    def is_valid(self, goal: Goal, value: Any) -> bool:
        key = frozenset(map(id, goal))
        if key not in self._validators:
            self._kept += goal
            self._validators[key] = self._compiled({"allOf": [*goal]} if goal else {})
        return self._validators[key].is_valid(value)

    def matches(self, pattern: str, text: str) -> bool:
        if pattern not in self._matchers:
            self._matchers[pattern] = self._compiled({"pattern": pattern})
        return self._matchers[pattern].is_valid(text)

    def negated(self, schema: Schema) -> Schema | None:
        """What holds where the schema does not; None when that cannot be said without `not`."""
        key = id(schema)
        if key not in self._negations:
            self._kept.append(schema)
            self._negations[key] = self._negation(schema)
        return self._negations[key]

    def _negation(self, schema: Schema) -> Schema | None:
        if isinstance(schema, bool):
            return not schema
        text = repr(schema)
        registry = self._registry if "'$ref'" in text else None
        if len(text) > NEGATED or (registry and self._length > NEGATED_WITH_REFERENCES):
            return None
        try:
            canonical = canonicalize({"not": schema}, registry=registry, pattern_options=OPTIONS, offline=True)
            found = cast("Any", canonical.to_json_schema())
        except (ValidationError, ValueError):
            return None
        # A reference in it would name another document than this structure.
        if "'$ref': '#" in repr(found):
            return None
        # What is still negated in it can be said no better.
        for part in _objects(found):
            if isinstance(part.get("not"), dict):
                self._negations[id(part["not"])] = False if part["not"] == {} else None
        return cast("Schema", found)

    def _compiled(self, schema: dict[str, Any]) -> Draft202012Validator:
        return Draft202012Validator(schema, registry=self._registry, pattern_options=OPTIONS, offline=True)


def _refuse(uri: str) -> Any:
    raise ValueError(uri)


def _absolute(schema: Any) -> Any:
    """A copy whose references name the structure, so that each of its schemas can be used apart from it."""
    if isinstance(schema, list):
        return [_absolute(item) for item in cast("list[Any]", schema)]
    if not isinstance(schema, dict):
        return schema
    copy: dict[str, Any] = {}
    for keyword, value in cast("dict[str, Any]", schema).items():
        if keyword in ("$ref", "$dynamicRef") and isinstance(value, str):
            copy["$ref"] = ROOT + value
        elif keyword in DATA:
            copy[keyword] = value
        elif keyword in NAMED and isinstance(value, dict):
            copy[keyword] = {name: _absolute(item) for name, item in cast("dict[str, Any]", value).items()}
        else:
            copy[keyword] = _absolute(value)
    return copy


def _anchors(schema: Any) -> Iterator[tuple[str, Schema]]:
    for keywords in _objects(schema):
        for keyword in ("$anchor", "$dynamicAnchor"):
            if isinstance(keywords.get(keyword), str):
                yield keywords[keyword], keywords


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """All objects in a JSON value."""
    waiting = [value]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            item = cast("dict[str, Any]", found)
            yield item
            waiting += item.values()
        elif isinstance(found, list):
            waiting += cast("list[Any]", found)
