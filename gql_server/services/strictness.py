"""What the strict modes of language models' providers cannot promise of a structure.

They take less than JSON Schema has, OpenAI's structured outputs not the least, and much the same. A structure that they
cannot take is asked for in other ways, and checked all the same.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple, cast

from gql_server.services import structures
from gql_server.services.subschemas import Path, Subschema, subschemas

WARNINGS = 100
"""What is said of one structure at the most."""

OBJECT_LEVELS = 10
"""Objects within one another that providers take."""

UNSUPPORTED = (
    "allOf",
    "contains",
    "dependentRequired",
    "dependentSchemas",
    "else",
    "if",
    "maxContains",
    "maxLength",
    "maxProperties",
    "minContains",
    "minLength",
    "minProperties",
    "not",
    "oneOf",
    "patternProperties",
    "prefixItems",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
    "uniqueItems",
)
"""Keywords that providers refuse or pass over."""


class Warning(NamedTuple):  # noqa: A001  it is one
    """`pointer` is a JSON pointer into the structure."""

    pointer: str
    message: str


def warnings(structure: str) -> list[Warning]:
    """What strict modes cannot promise of a structure, any JSON value as text; the first of it when there is much."""
    schema = structures.parsed(structure)
    found = islice(_found(schema), WARNINGS)
    return [Warning("".join(f"/{_escaped(segment)}" for segment in path), message) for path, message in found]


def _found(schema: object) -> Iterator[tuple[Path, str]]:
    levels: dict[Path, int] = {}
    required: dict[Path, set[str]] = {}
    for part in subschemas(schema):
        above = 0 if part.parent is None else levels[part.parent]
        levels[part.path] = above + _is_object(part.keywords)
        required[part.path] = _required(part.keywords)
        if part.parent is None:
            yield from _of_root(part.keywords)
        elif part.path[len(part.parent)] == "properties" and part.path[-1] not in required[part.parent]:
            yield part.path, "The property may be missing: it is not 'required'."
        if levels[part.path] == OBJECT_LEVELS + 1 > above:
            yield part.path, f"Objects are nested more than {OBJECT_LEVELS} levels deep."
        yield from _of_part(part)


def _of_root(keywords: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    if keywords.get("type") != "object":
        yield (), "The whole is no object."
    if "anyOf" in keywords:
        yield ("anyOf",), "The whole has alternatives."


def _of_part(part: Subschema) -> Iterator[tuple[Path, str]]:
    keywords = part.keywords
    if _is_object(keywords) and keywords.get("additionalProperties") is not False:
        yield part.path, "The object may have other properties: 'additionalProperties' is not false."
    for keyword in UNSUPPORTED:
        if keyword in keywords:
            yield (*part.path, keyword), f"{keyword!r} is refused or passed over."


def _is_object(keywords: dict[str, Any]) -> bool:
    type_ = keywords.get("type")
    return type_ == "object" or (isinstance(type_, list) and "object" in type_) or "properties" in keywords


def _required(keywords: dict[str, Any]) -> set[str]:
    names = keywords.get("required")
    return {str(name) for name in cast("list[object]", names)} if isinstance(names, list) else set()


def _escaped(segment: str) -> str:
    return segment.replace("~", "~0").replace("/", "~1")
