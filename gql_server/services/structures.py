"""The structures of object models, and other JSON Schemas: whether they are some that values can be checked against."""

import json
import time
from collections.abc import Iterable, Iterator
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter
from itertools import islice
from typing import Any, NamedTuple, cast
from urllib.parse import unquote

from jsonschema_rs import Draft202012Validator, RegexOptions, ValidationError

from gql_server.services.checks import Checks
from gql_server.services.subschemas import Path, Subschema, subschemas

DRAFT = "https://json-schema.org/draft/2020-12/schema"

NESTING = 100
"""Levels of objects and lists; the library does not survive many thousands."""

PATTERN_LENGTH = 1_000
PATTERN_SECONDS = 1
"""How long all patterns of a structure may take to be read; counted repetitions of classes of letters take long."""

PATTERN_ESCAPES = 50
"""Backslashes; the library takes time that grows with their square."""

UNFOLDED = 100_000
"""Schemas that the references within one value lead to, all in all; the library may follow each."""

PROBLEMS = 10
"""What is said of one structure at the most."""

META = Draft202012Validator({"$ref": DRAFT}, offline=True, mask="This")


class Problem(NamedTuple):
    """What keeps a JSON object from being a schema, and where it is."""

    path: Path
    message: str


def check(checks: Checks, structure: str, what: str, *path: str) -> dict[str, Any] | None:
    """The schema that a JSON object is, as text; None when it is none. `what` is called `A structure is`."""
    before = len(checks.errors)
    checks.json_object(structure, what, *path)
    if len(checks.errors) > before:
        return None
    schema = parsed(structure)
    found = [Problem((), f"This is nested more than {NESTING} levels deep.")] if schema is None else problems(schema)
    for problem in found:
        checks.refuse(problem.message, *path, *problem.path)
    return None if found else schema


@lru_cache(256)
def validator_of(schema: str) -> Draft202012Validator:
    """Checks values against a JSON Schema, as text. Raises ValueError when it cannot be used, as an adopted one may."""
    return _compile(json.loads(schema))


def parsed(structure: str) -> Any:
    """The JSON value of a text; None when it is nested too deeply."""
    try:
        value = json.loads(structure)
    except RecursionError:
        return None
    return None if _is_deep(value) else value


def problems(schema: dict[str, Any]) -> list[Problem]:
    """What keeps an object from being a JSON Schema that needs nothing beyond itself, and little time."""
    return _first(_draft(schema)) or _first(_meta(schema)) or _first(_parts(schema)) or _first(_compiled(schema))


def _first(found: Iterable[Problem]) -> list[Problem]:
    # The meta-schema finds a fault once for each of its vocabularies.
    return list(islice(dict.fromkeys(found), PROBLEMS))


def _is_deep(value: object) -> bool:
    level = [value]
    for _ in range(NESTING + 1):
        below = [
            list(cast("dict[str, object]", item).values()) if isinstance(item, dict) else cast("list[object]", item)
            for item in level
            if isinstance(item, dict | list)
        ]
        level = [item for items in below for item in items]
        if not below:
            return False
    return True


def _draft(schema: dict[str, Any]) -> Iterator[Problem]:
    for part in subschemas(schema):
        draft = part.keywords.get("$schema", DRAFT)
        if isinstance(draft, str) and draft.removesuffix("#") != DRAFT:
            yield Problem((*part.path, "$schema"), f"This is to be JSON Schema 2020-12: {DRAFT!r}.")


def _meta(schema: dict[str, Any]) -> Iterator[Problem]:
    for error in META.iter_errors(schema):
        message = "This is no type of JSON" if error.kind.name == "anyOf" else error.message
        yield Problem(tuple(map(str, error.instance_path)), f"{message}.")


def _parts(schema: dict[str, Any]) -> Iterator[Problem]:
    parts = {part.path: part for part in subschemas(schema)}
    references = _References(parts)
    deadline = time.monotonic() + PATTERN_SECONDS
    for part in parts.values():
        if "$id" in part.keywords and part.path:
            yield Problem((*part.path, "$id"), "Only the whole structure has an id, and no part of it.")
        yield from _patterns(part, deadline)
        yield from references.dangling(part)
    yield from references.endless()


def _patterns(part: Subschema, deadline: float) -> Iterator[Problem]:
    patterns = {("pattern",): part.keywords["pattern"]} if "pattern" in part.keywords else {}
    patterns |= {("patternProperties", name): name for name in part.keywords.get("patternProperties", {})}
    for path, pattern in patterns.items():
        if len(pattern) > PATTERN_LENGTH or pattern.count("\\") > PATTERN_ESCAPES:
            message = f"A pattern has {PATTERN_LENGTH} characters and {PATTERN_ESCAPES} backslashes at the most."
            yield Problem((*part.path, *path), message)
        elif time.monotonic() > deadline:
            yield Problem((*part.path, *path), "The patterns up to this one take too long to read already.")
        elif not _is_pattern(pattern):
            message = "This is no pattern that is found in linear time: one without look-around and back-references."
            yield Problem((*part.path, *path), message)


def _is_pattern(pattern: str) -> bool:
    try:
        _compile({"pattern": pattern})
    except ValidationError:
        return False
    return True


def _compiled(schema: dict[str, Any]) -> Iterator[Problem]:
    try:
        _compile(schema)
    except ValidationError as error:
        yield Problem(tuple(map(str, error.instance_path)), f"This cannot be used as a JSON Schema: {error.message}.")
    except ValueError:
        yield Problem((), "This cannot be used as a JSON Schema: it is too complex.")


def _compile(schema: dict[str, Any]) -> Draft202012Validator:
    return Draft202012Validator(schema, pattern_options=RegexOptions(), offline=True)


ANCHORS = ("$anchor", "$dynamicAnchor")
REFERENCES = ("$ref", "$dynamicRef")


class _References:
    """Where the references of a structure lead. All that count stay in it: they begin with `#`."""

    def __init__(self, parts: dict[Path, Subschema]) -> None:
        self._parts = parts
        self._anchors = {
            f"#{part.keywords[name]}": part.path for part in parts.values() for name in ANCHORS if name in part.keywords
        }

    def dangling(self, part: Subschema) -> Iterator[Problem]:
        for keyword in REFERENCES:
            reference = part.keywords.get(keyword)
            if reference is not None and self._target(reference) is None:
                if reference.startswith("#"):
                    message = "This leads to no schema in the structure."
                else:
                    message = "This leads out of the structure, and nothing is fetched: a reference begins with '#'."
                yield Problem((*part.path, keyword), message)

    def endless(self) -> Iterator[Problem]:
        """What comes back to itself without going into the value, or multiplies on its way."""
        leads: dict[Path, list[Path]] = {path: [] for path in self._parts}
        for part in self._parts.values():
            if part.is_in_place and part.parent is not None:
                leads[part.parent].append(part.path)
            references = [part.keywords[name] for name in REFERENCES if name in part.keywords]
            leads[part.path] += [target for target in map(self._target, references) if target is not None]
        try:
            order = tuple(TopologicalSorter(leads).static_order())
        except CycleError as error:
            yield Problem(min(error.args[1], key=len), "This refers to itself without an end.")
            return
        sizes: dict[Path, int] = {}
        for path in order:
            sizes[path] = 1 + sum(sizes[below] for below in leads[path])
        if sum(sizes.values()) > UNFOLDED:
            yield Problem((), f"The references in this lead to more than {UNFOLDED} schemas.")

    def _target(self, reference: str) -> Path | None:
        if reference in self._anchors:
            return self._anchors[reference]
        marker, *segments = unquote(reference).split("/")
        path = tuple(segment.replace("~1", "/").replace("~0", "~") for segment in segments)
        return path if marker == "#" and path in self._parts else None
