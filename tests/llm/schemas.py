"""JSON Schemas that each ask for something else, and random ones that are made around a value that they allow."""

from typing import Any

from hypothesis import strategies as st

TREE: dict[str, Any] = {
    "$ref": "#/$defs/node",
    "$defs": {
        "node": {
            "type": "object",
            "properties": {
                "name": {"type": "string"},
                "children": {"type": "array", "items": {"$ref": "#/$defs/node"}},
            },
            "required": ["name", "children"],
            "additionalProperties": False,
        }
    },
}
LIST = {
    "$defs": {
        "list": {
            "anyOf": [
                {"type": "object", "properties": {"next": {"$ref": "#/$defs/list"}}, "required": ["next"]},
                {"type": "null"},
            ]
        }
    },
    "$ref": "#/$defs/list",
}
KINDS = {
    "oneOf": [
        {
            "type": "object",
            "properties": {"kind": {"const": kind}, kind: {"type": "string"}},
            "required": ["kind", kind],
        }
        for kind in ("quote", "image", "list")
    ]
}

SATISFIABLE: dict[str, dict[str, Any]] = {
    "anything": {},
    "null": {"type": "null"},
    "boolean": {"type": "boolean"},
    "type list": {"type": ["null", "integer"]},
    "enum": {"enum": ["a", 1, None, {"b": [2]}]},
    "enum and type": {"enum": ["a", 1, None], "type": "integer"},
    "const": {"const": {"a": [1, 2.5]}},
    "minimum": {"type": "integer", "minimum": 10**20},
    "maximum": {"type": "integer", "maximum": -7},
    "exclusive": {"type": "integer", "exclusiveMinimum": 3, "exclusiveMaximum": 5},
    "narrow": {"type": "number", "exclusiveMinimum": 0.1, "exclusiveMaximum": 0.10001},
    "one number": {"type": "number", "minimum": 0.3, "maximum": 0.3},
    "multipleOf": {"type": "integer", "multipleOf": 7, "minimum": 50, "maximum": 60},
    "multiples": {"allOf": [{"multipleOf": 4}, {"multipleOf": 6}], "type": "integer", "minimum": 1},
    "fraction": {"type": "number", "multipleOf": 0.01, "exclusiveMinimum": 19.98, "maximum": 20},
    "whole and half": {"type": "integer", "multipleOf": 0.5, "minimum": 3, "maximum": 3},
    "not multipleOf": {"type": "integer", "minimum": 2, "maximum": 7, "not": {"multipleOf": 2}},
    "minLength": {"type": "string", "minLength": 5000},
    "maxLength": {"type": "string", "maxLength": 3},
    "empty": {"type": "string", "maxLength": 0},
    "length": {"type": "string", "minLength": 17, "maxLength": 17},
    "minItems": {"type": "array", "minItems": 6},
    "maxItems": {"type": "array", "items": {"type": "string"}, "maxItems": 1},
    "no items": {"type": "array", "items": {"type": "string"}, "maxItems": 0},
    "uniqueItems": {"type": "array", "items": {"type": "boolean"}, "uniqueItems": True, "minItems": 2},
    "unique texts": {"type": "array", "items": {"type": "string", "maxLength": 2}, "uniqueItems": True, "minItems": 9},
    "unique numbers": {"type": "array", "items": {"enum": [1, 1.0, True, 2]}, "uniqueItems": True, "minItems": 3},
    "prefixItems": {"prefixItems": [{"const": 1}, {"type": "string"}], "items": False, "minItems": 2, "type": "array"},
    "contains": {"type": "array", "contains": {"const": 4}, "minContains": 2, "items": {"type": "integer"}},
    "contains some": {"type": "array", "contains": {"type": "null"}, "maxContains": 1, "minItems": 4},
    "contains first": {"type": "array", "prefixItems": [{"enum": [1, 2]}], "items": False, "contains": {"const": 2}},
    "contains twice": {
        "type": "array",
        "maxItems": 1,
        "allOf": [{"contains": {"minimum": 3, "type": "integer"}}, {"contains": {"maximum": 3}}],
    },
    "unevaluatedItems": {
        "type": "array",
        "prefixItems": [{"type": "null"}],
        "minItems": 3,
        "unevaluatedItems": {"const": 0},
    },
    "minProperties": {"type": "object", "minProperties": 4},
    "maxProperties": {"properties": {"a": True, "b": True, "c": True}, "required": ["c"], "maxProperties": 2},
    "required": {"type": "object", "required": ["a", "b/c~d"]},
    "additionalProperties": {"additionalProperties": {"type": "integer"}, "required": ["x"], "minProperties": 3},
    "patternProperties": {
        "patternProperties": {"^x-[a-z]{2}$": {"const": 1}},
        "additionalProperties": False,
        "minProperties": 3,
        "type": "object",
    },
    "propertyNames": {"propertyNames": {"pattern": "^[A-Z]{3}$"}, "minProperties": 2, "type": "object"},
    "names of enum": {"propertyNames": {"enum": ["one", "two"]}, "minProperties": 2, "type": "object"},
    "unevaluatedProperties": {
        "allOf": [{"properties": {"a": {"type": "null"}}}],
        "required": ["a"],
        "unevaluatedProperties": False,
    },
    "dependentRequired": {
        "properties": {"a": {"type": "integer"}},
        "required": ["a"],
        "dependentRequired": {"a": ["b"], "b": ["c"]},
    },
    "dependentSchemas": {
        "type": "object",
        "required": ["a"],
        "dependentSchemas": {"a": {"required": ["b"], "properties": {"b": {"const": 2}}}},
    },
    "dependence refused": {
        "type": "object",
        "properties": {"a": True, "b": True},
        "required": ["b"],
        "dependentSchemas": {"a": False},
    },
    "allOf": {
        "allOf": [{"type": "object", "required": ["a"]}, {"properties": {"a": {"minimum": 3, "type": "integer"}}}]
    },
    "anyOf": {"anyOf": [False, {"type": "string", "maxLength": 0, "minLength": 1}, {"const": 3}]},
    "anyOfs": {"allOf": [{"anyOf": [{"const": n} for n in range(9)]}, {"anyOf": [{"const": n} for n in range(8, 20)]}]},
    "oneOf": {"oneOf": [{"type": "integer", "minimum": 0}, {"type": "integer", "maximum": 100}]},
    "kinds": KINDS,
    "not": {"type": "string", "not": {"minLength": 3}, "minLength": 1},
    "not type": {"not": {"type": ["string", "object", "array", "null", "boolean"]}},
    "not required": {
        "type": "object",
        "properties": {"a": True, "b": True},
        "not": {"required": ["a"]},
        "minProperties": 1,
    },
    "not enum": {"enum": [1, 2, 3], "not": {"enum": [1, 2]}},
    "not not": {"not": {"not": {"type": "integer"}}},
    "if then": {
        "type": "object",
        "properties": {"a": {"const": 1}},
        "required": ["a"],
        "if": {"properties": {"a": {"const": 1}}},
        "then": {"required": ["b"]},
    },
    "if else": {"type": "integer", "if": {"minimum": 10}, "then": False, "else": {"multipleOf": 3}, "minimum": 4},
    "tree": TREE,
    "list": LIST,
    "itself": {"type": "object", "properties": {"self": {"$ref": "#"}, "n": {"type": "integer"}}, "required": ["n"]},
    "anchor": {"$defs": {"x": {"$anchor": "here", "type": "integer"}}, "$ref": "#here"},
    "dynamic": {"$dynamicAnchor": "node", "type": "object", "properties": {"child": {"$dynamicRef": "#node"}}},
    "escaped": {"$defs": {"a/b%": {"const": "x"}}, "$ref": "#/$defs/a~1b%25"},
    "id": {
        "$id": "https://example.com/s",
        "type": "array",
        "items": {"$ref": "#/$defs/x"},
        "$defs": {"x": {"const": 1}},
    },
    "named like keywords": {
        "properties": {"$ref": {"type": "string"}, "enum": {"$ref": "#/$defs/x"}},
        "required": ["enum"],
        "$defs": {"x": {"const": 1}},
    },
    "data like references": {"const": {"$ref": "#/nowhere"}},
}

PATTERNS = [
    "^[0-9]{4}[.-][0-9]+$",
    "\\?$",
    "^[A-Z]{2,3}-\\d{3}$",
    "^(red|green|blue)$",
    "\\p{Lu}{2}[0-9]$",
    "(?i)^abc$",
    "^[^a-z\\s]+$",
    "^\\p{Greek}+$",
    "^[a-z&&[^aeiou]]{3}$",
    "^(?<year>\\d{4})(?:-(?P<month>0[1-9]|1[0-2]))?$",
    "^\\w+@\\w+\\.com$",
    "^$",
    "^(a|b)*c{2,}?$",
    "colou?r",
    "(?x) ^ a b # comment\n c $",
    "^#[0-9a-fA-F]{6}$",
    "^\\x41\\u0042\\u{43}$",
    "^.{12}$",
    "\\bword\\b",
    "^[]a]+$",
    "^[\\[\\]\\-]{2}$",
    "^([a-z]+-)*[a-z]+$",
    "^((a{2}){3}){2}$",
    "^(?i:x)y$",
    "^a|b$",
    "^\\/api\\/v\\d+$",
    "^[一-龥]{2}$",
]
FORMATS = [
    "date",
    "date-time",
    "time",
    "duration",
    "email",
    "idn-email",
    "hostname",
    "idn-hostname",
    "ipv4",
    "ipv6",
    "uri",
    "uri-reference",
    "iri",
    "iri-reference",
    "uri-template",
    "uuid",
    "json-pointer",
    "relative-json-pointer",
    "regex",
    "of ours",
]

UNSATISFIABLE: dict[str, tuple[dict[str, Any], str]] = {
    "contradiction": ({"type": "string", "allOf": [{"type": "integer"}]}, ""),
    "bounds": (
        {"properties": {"a": {"type": "integer", "minimum": 3, "maximum": 2}}, "required": ["a"], "type": "object"},
        "/a",
    ),
    "endless": ({"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"]}, "/a"),
    "pattern": (
        {
            "type": "object",
            "properties": {"a": {"type": "string", "pattern": "^a$", "allOf": [{"pattern": "^b$"}]}},
            "required": ["a"],
        },
        "/a",
    ),
}

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-1000, 1000)
    | st.text("abc xyzé", max_size=12)
    | st.integers(-99, 99).map(lambda n: n / 4)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("abcd", min_size=1, max_size=3), inner, max_size=4)
    ),
    max_leaves=12,
)


@st.composite
def around(draw: st.DrawFn, value: Any) -> Any:
    """A schema that the value is valid against, and perhaps few others are."""
    schema = draw(described(value))
    wrapping = draw(st.sampled_from(["none"] * 4 + ["allOf", "anyOf", "oneOf", "not", "if", "$ref"]))
    other = draw(st.sampled_from([{"type": "null"}, {"type": "string", "minLength": 40}, {"const": "never"}, False]))
    match wrapping:
        case "allOf":
            return {"allOf": [schema, draw(described(value))]}
        case "anyOf":
            return {"anyOf": draw(st.permutations([schema, other]))}
        case "oneOf" if value is not None:
            return {"oneOf": draw(st.permutations([schema, {"allOf": [{"not": schema}, other]}]))}
        case "not" if value is not None:
            return {"allOf": [schema, {"not": other}]}
        case "if" if value is not None:
            return {"if": other, "then": {"type": "null"}, "else": schema}
        case _:
            return schema


@st.composite
def described(draw: st.DrawFn, value: Any) -> Any:
    if draw(st.integers(0, 9)) == 0:
        return {"const": value}
    slack = draw(st.integers(0, 3))
    match value:
        case None:
            return {"type": draw(st.sampled_from(["null", ["null"]]))}
        case bool():
            return {"enum": [value]} if draw(st.booleans()) else {"type": "boolean"}
        case int() | float():
            kind = "integer" if isinstance(value, int) else "number"
            more: dict[str, Any] = {"multipleOf": abs(value)} if value and draw(st.booleans()) else {}
            return {"type": kind, "minimum": value - slack, "maximum": value + draw(st.integers(0, 3)), **more}
        case str():
            escaped = "".join(f"[{letter}]" for letter in value)
            more = (
                {"pattern": draw(st.sampled_from([f"^{escaped}$", escaped, f"^.{{{len(value)}}}$"]))}
                if draw(st.booleans())
                else {}
            )
            return {"type": "string", "minLength": max(0, len(value) - slack), "maxLength": len(value) + slack, **more}
        case list():
            return _list(draw, value, slack)
        case _:
            return _object(draw, value)


def _list(draw: st.DrawFn, value: list[Any], slack: int) -> Any:
    items = [draw(around(item)) for item in value]
    bounds = {"minItems": max(0, len(value) - slack), "maxItems": len(value) + slack}
    if value and draw(st.booleans()):
        return {"type": "array", "items": {"anyOf": items}, "contains": items[-1], **bounds}
    if not value:
        return {"type": "array", **bounds}
    return {"type": "array", "prefixItems": items, **({"items": False} if draw(st.booleans()) else {}), **bounds}


def _object(draw: st.DrawFn, value: dict[str, Any]) -> Any:
    properties = {name: draw(around(item)) for name, item in value.items()}
    required = [name for name in value if draw(st.booleans())]
    closed = {"additionalProperties": False} if draw(st.booleans()) else {"minProperties": len(value)}
    dependent = {"dependentRequired": {required[0]: list(value)}} if required else {}
    return {"type": "object", "properties": properties, "required": required, **closed, **dependent}


SCHEMAS = VALUES.flatmap(lambda value: st.tuples(st.just(value), around(value)))
