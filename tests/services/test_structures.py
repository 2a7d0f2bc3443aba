"""A structure is a JSON Schema that needs nothing beyond itself, and no more time than its length allows."""

import json
import time
from typing import Any

import pytest
from patience import BOUND_SECONDS

from gql_server.services import structures
from gql_server.services.checks import Checks
from gql_server.services.strictness import Warning as StructureWarning
from gql_server.services.strictness import warnings

TYPE = "This is no type of JSON."
OUT = "This leads out of the structure, and nothing is fetched: a reference begins with '#'."
NOWHERE = "This leads to no schema in the structure."
SLOW = "This is no pattern that is found in linear time: one without look-around and back-references."
LONG = "A pattern has 1000 characters and 50 backslashes at the most."
DRAFT = "This is to be JSON Schema 2020-12: 'https://json-schema.org/draft/2020-12/schema'."
ENDLESS = "This refers to itself without an end."
BAD_ID = "This cannot be used as a JSON Schema: Invalid URI reference '::::': unexpected character at index 0."
MANY = "The references in this lead to more than 100000 schemas."
DEEP = "This is nested more than 100 levels deep."
TOO_LONG = "A structure is a JSON object of 100000 characters at the most."

KEYWORDS = ["$id", "$ref", "$schema", "allOf", "enum", "not", "pattern", "properties", "required", "type"]


def refused(structure: object) -> list[tuple[str, str]]:
    """Where the problems of a structure are, and what they are."""
    checks = Checks()
    text = structure if isinstance(structure, str) else json.dumps(structure, separators=(",", ":"))
    schema = structures.check(checks, text, "A structure is", "structure")
    assert (schema is None) is bool(checks.errors)
    assert all(error.path[0] == "structure" for error in checks.errors)
    return [("/".join(error.path[1:]), error.message) for error in checks.errors]


def nested(levels: int, keyword: str) -> str:
    return f'{{"{keyword}":' * (levels - 1) + "{}" + "}" * (levels - 1)


def doubled(times: int, **keywords: object) -> dict[str, Any]:
    """A structure whose references lead to twice as many schemas, again and again."""
    parts: dict[str, Any] = {f"a{i}": {"allOf": [{"$ref": f"#/$defs/a{i + 1}"}] * 2} for i in range(times)}
    return {"$defs": {**parts, f"a{times}": {}}, "$ref": "#/$defs/a0", **keywords}


@pytest.mark.parametrize(
    "structure",
    [
        {},
        {"$schema": "https://json-schema.org/draft/2020-12/schema"},
        {"$schema": "https://json-schema.org/draft/2020-12/schema#"},
        {"$id": "https://example.com/article", "$defs": {"a": {"$anchor": "part"}}, "items": {"$ref": "#part"}},
        {"properties": {"child": {"$ref": "#"}}},
        {"$defs": {"tree": {"items": {"$ref": "#/$defs/tree"}}}, "$ref": "#/$defs/tree"},
        {"$defs": {"a/b": {}, "c~d": {}, "e f": {}, "ä": {}}, "items": {"$ref": "#/$defs/a~1b"}},
        {
            "$defs": {"a/b": {}, "c~d": {}, "e f": {}},
            "prefixItems": [{"$ref": f"#/$defs/{r}"} for r in ("c~0d", "e%20f")],
        },
        {"allOf": [{"type": "object"}], "items": {"$ref": "#/allOf/0"}},
        {"default": {"$ref": "https://example.com/"}, "enum": [{"$ref": "file:///etc/passwd"}], "x-own": {"type": "q"}},
        {"properties": {name: {"type": "string"} for name in KEYWORDS}, "required": KEYWORDS},
        {"pattern": "^(a+)+$", "patternProperties": {r"\p{L}\d": False}},
        {"format": "unheard of", "unheard of": 1, "minLength": 10**30},
    ],
    ids=str,
)
def test_what_is_a_structure(structure: dict[str, Any]) -> None:
    assert refused(structure) == []


@pytest.mark.parametrize(
    ("structure", "problems"),
    [
        ({"type": "strin"}, [("type", TYPE)]),
        ({"type": ["string", "text"]}, [("type", TYPE)]),
        (
            {"properties": {"a": {"type": "x"}, "type": {"minLength": -1}, "a/b~c": {"items": [{}]}}},
            [
                ("properties/a/type", TYPE),
                ("properties/type/minLength", "This is less than the minimum of 0."),
                ("properties/a/b~c/items", 'This is not of types "boolean", "object".'),
            ],
        ),
        ({"required": ["a", "a"]}, [("required", "This has non-unique elements.")]),
        ({"$anchor": "9"}, [("$anchor", 'This does not match "^[A-Za-z_][-A-Za-z0-9._]*$".')]),
        ({"anyOf": []}, [("anyOf", "This has less than 1 item.")]),
        ({"$ref": 1}, [("$ref", 'This is not of type "string".')]),
        ({"$schema": 3}, [("$schema", 'This is not of type "string".')]),
        ({"$schema": "http://json-schema.org/draft-07/schema#", "type": "x"}, [("$schema", DRAFT)]),
        ({"$schema": "https://example.com/schema"}, [("$schema", DRAFT)]),
        ({"items": {"$schema": "http://json-schema.org/draft-07/schema#"}}, [("items/$schema", DRAFT)]),
        ({"$ref": "http://127.0.0.1:1/schema"}, [("$ref", OUT)]),
        ({"$ref": "file:///etc/passwd"}, [("$ref", OUT)]),
        ({"$ref": "other"}, [("$ref", OUT)]),
        ({"$ref": "::::"}, [("$ref", OUT)]),
        ({"$defs": {"unused": {"$dynamicRef": "https://example.com/#a"}}}, [("$defs/unused/$dynamicRef", OUT)]),
        ({"$ref": "https://json-schema.org/draft/2020-12/schema"}, [("$ref", OUT)]),
        ({"items": {"$ref": "#/$defs/none"}}, [("items/$ref", NOWHERE)]),
        ({"$ref": "#none", "items": {"$dynamicRef": "#none"}}, [("$ref", NOWHERE), ("items/$dynamicRef", NOWHERE)]),
        ({"default": {"pattern": "(?=a)"}, "items": {"$ref": "#/default"}}, [("items/$ref", NOWHERE)]),
        ({"$ref": "#"}, [("", ENDLESS)]),
        ({"$defs": {"a": {"anyOf": [{"$ref": "#/$defs/a"}, {}]}}}, [("$defs/a", ENDLESS)]),
        ({"$defs": {"a": {"$id": "a"}}}, [("$defs/a/$id", "Only the whole structure has an id, and no part of it.")]),
        ({"$id": "::::"}, [("", BAD_ID)]),
        ({"pattern": "["}, [("pattern", SLOW)]),
        ({"items": {"pattern": "(?=a)b"}}, [("items/pattern", SLOW)]),
        ({"pattern": "(?<!a)b"}, [("pattern", SLOW)]),
        ({"pattern": r"(a)\1"}, [("pattern", SLOW)]),
        (
            {"patternProperties": {"(?!a)": {"pattern": "("}}},
            [
                ("patternProperties/(?!a)", SLOW),
                ("patternProperties/(?!a)/pattern", SLOW),
            ],
        ),
        ({"pattern": "a{1000}{1000}{1000}"}, [("pattern", SLOW)]),
        ({"pattern": "a" * 1001}, [("pattern", LONG)]),
        ({"pattern": r"\w" * 51}, [("pattern", LONG)]),
    ],
    ids=str,
)
def test_what_is_none(structure: object, problems: list[tuple[str, str]]) -> None:
    assert refused(structure) == problems


@pytest.mark.parametrize("text", ["[]", "true", "null", '"{}"', "1"])
def test_what_is_no_object(text: str) -> None:
    assert refused(text) == [("", TOO_LONG)]


def test_ten_problems_are_said() -> None:
    properties = {f"p{number:02}": {"type": "x"} for number in range(20)}

    assert refused({"properties": properties}) == [(f"properties/p{number:02}/type", TYPE) for number in range(10)]


@pytest.mark.parametrize("keyword", ["items", "not", "if", "contains", "propertyNames", "unevaluatedProperties"])
def test_how_deep_a_structure_is_nested(keyword: str) -> None:
    assert refused(nested(100, keyword)) == []
    assert refused(nested(101, keyword)) == [("", DEEP)]
    assert refused(nested(900, keyword)) == [("", DEEP)]


@pytest.mark.parametrize("text", ['{"a":' * 16_000 + "{}" + "}" * 16_000, '{"a":' + "[" * 49_000 + "]" * 49_000 + "}"])
def test_no_nesting_is_too_much(text: str) -> None:
    assert refused(text) == [("", DEEP)]


HOSTILE: dict[str, tuple[object, list[tuple[str, str]]]] = {
    "references that double": (doubled(60), [("", MANY)]),
    "all looked into": (doubled(60, unevaluatedProperties=False), [("", MANY)]),
    "some": (doubled(12, unevaluatedProperties=False), []),
    "a long way": ({"$defs": {f"{i}": {"$ref": f"#/$defs/{i + 1}"} for i in range(400)} | {"400": {}}}, []),
    "a longer way": (
        {"$defs": {f"{i}": {"$ref": f"#/$defs/{i + 1}"} for i in range(2500)} | {"2500": {}}},
        [("", MANY)],
    ),
    "many references": ({"properties": {f"{i}": {"$ref": "#"} for i in range(4500)}}, []),
    "many faults": (
        {"properties": {f"{i}": {"type": "q"} for i in range(4500)}},
        [(f"properties/{i}/type", TYPE) for i in range(10)],
    ),
    "long faults": ({"items": ["x" * 90_000]}, [("items", 'This is not of types "boolean", "object".')]),
    "many patterns": ({"properties": {f"{i}": {"pattern": r"\w" * 50} for i in range(400)}}, []),
    "other patterns": ({"properties": {f"{i}": {"pattern": rf"\w{{9}}{i}"} for i in range(2500)}}, []),
    "a text": ({"description": "x" * 99_982}, []),
    "a longer one": ({"description": "x" * 99_983}, [("", TOO_LONG)]),
    "names": ({"required": [f"{i}" for i in range(12_000)]}, []),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_structure_takes_long(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    structure, problems = HOSTILE[name]
    # None of these has to be given up, however slow the machine is.
    monkeypatch.setattr(structures, "PATTERN_SECONDS", BOUND_SECONDS)
    started = time.perf_counter()

    assert refused(structure) == problems
    assert time.perf_counter() - started < BOUND_SECONDS


STRICT = {
    "type": "object",
    "properties": {"title": {"type": ["string", "null"]}, "tags": {"type": "array", "items": {"type": "string"}}},
    "required": ["title", "tags"],
    "additionalProperties": False,
}


def warned(structure: object) -> list[tuple[str, str]]:
    return [(warning.pointer, warning.message) for warning in warnings(json.dumps(structure))]


def open_at(pointer: str) -> tuple[str, str]:
    return pointer, "The object may have other properties: 'additionalProperties' is not false."


def optional(pointer: str) -> tuple[str, str]:
    return pointer, "The property may be missing: it is not 'required'."


def closed(**properties: object) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def objects(levels: int) -> dict[str, Any]:
    """Objects within one another."""
    return closed(a=objects(levels - 1)) if levels > 1 else closed()


@pytest.mark.parametrize(
    ("structure", "expected"),
    [
        (STRICT, []),
        (closed(a={"anyOf": [STRICT, {"type": "null"}]}), []),
        ({}, [("", "The whole is no object.")]),
        (True, [("", "The whole is no object.")]),
        ({"type": "array", "items": STRICT}, [("", "The whole is no object.")]),
        ({**STRICT, "anyOf": [STRICT]}, [("/anyOf", "The whole has alternatives.")]),
        ({**STRICT, "additionalProperties": {"type": "string"}}, [open_at("")]),
        ({**STRICT, "required": ["title"]}, [optional("/properties/tags")]),
        (closed(a={"type": ["object", "null"]}), [open_at("/properties/a")]),
        (
            {"type": "object", "properties": {"a/b": {"properties": {"c~d": True}}}},
            [
                open_at(""),
                optional("/properties/a~1b"),
                open_at("/properties/a~1b"),
                optional("/properties/a~1b/properties/c~0d"),
            ],
        ),
        (
            closed(a={"type": "string", "minLength": 1, "pattern": "a", "not": {"uniqueItems": True}}),
            [
                ("/properties/a/minLength", "'minLength' is refused or passed over."),
                ("/properties/a/not", "'not' is refused or passed over."),
                ("/properties/a/not/uniqueItems", "'uniqueItems' is refused or passed over."),
            ],
        ),
        (
            closed(**{name: {"type": "string"} for name in ("not", "allOf", "properties", "required", "uniqueItems")}),
            [],
        ),
        ({**STRICT, "default": {"not": {}}, "$defs": {"not": {"enum": [{"not": {}}]}}}, []),
        (objects(10), []),
        (objects(12), [("/properties/a" * 10, "Objects are nested more than 10 levels deep.")]),
        (
            {"type": "object", "properties": 3, "required": 4, "additionalProperties": False, "$defs": [], "items": 1},
            [],
        ),
        ([{"type": "object"}], []),
        (None, []),
    ],
    ids=str,
)
def test_what_strict_modes_cannot_promise(structure: object, expected: list[tuple[str, str]]) -> None:
    assert warned(structure) == expected


def test_a_hundred_warnings_are_given() -> None:
    found = warnings(json.dumps({"properties": {f"{number}": {} for number in range(4000)}}))

    assert len(found) == 100
    assert found[1] == StructureWarning(*open_at(""))


def test_of_what_is_nested_too_deeply_nothing_is_said() -> None:
    assert warnings(nested(101, "items")) == []
    assert warnings("[" * 50_000 + "]" * 50_000) == []


def test_patterns_that_take_long_to_read_are_given_up() -> None:
    schema = {"properties": {f"p{number}": {"pattern": r"^[\p{L}\d]{1,255}$"} for number in range(500)}}
    started = time.perf_counter()

    assert structures.problems(schema)

    assert time.perf_counter() - started < BOUND_SECONDS
