"""The ways in which schemas can be met: one alternative of each keyword that offers some."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from gql_server.llm.sampling.rules import Goal, Rules, Schema

ALTERNATIVES = 100
"""Of one keyword; with more of them it is left to chance that a value meets one alone."""

Choice = list[Goal]
"""Schemas of which one goal is to be met, besides all else."""


class Branch(NamedTuple):
    """Schemas whose keywords are all to be met, their alternatives already chosen."""

    parts: tuple[dict[str, Any], ...]


def branches(goal: Goal, rules: Rules, spend: Callable[[], None]) -> Iterator[Branch]:
    """All ways, likely ones first, as they are asked for. Whether a value is valid is still to be checked."""
    waiting: list[tuple[Goal, dict[int, dict[str, Any]], list[Choice]]] = [(goal, {}, [])]
    while waiting:
        spend()
        chosen, parts, choices = waiting.pop()
        parts, choices = {**parts}, [*choices]
        if not _gather([*chosen], parts, choices, rules, spend):
            continue
        if not choices:
            yield Branch(tuple(parts.values()))
            continue
        choice = choices.pop()
        waiting += [(option, parts, choices) for option in reversed(choice)]


def _gather(
    pending: list[Schema],
    parts: dict[int, dict[str, Any]],
    choices: list[Choice],
    rules: Rules,
    spend: Callable[[], None],
) -> bool:
    """Moves schemas into parts and choices; False when one of them cannot be met."""
    while pending:
        schema = pending.pop(0)
        if schema is False:
            return False
        if schema is True or id(schema) in parts:
            continue
        spend()
        parts[id(schema)] = schema
        pending += schema.get("allOf", ())
        if "$ref" in schema:
            pending.append(rules.target(schema["$ref"]))
        choices += _choices(schema, rules)
    return _can_meet(parts.values())


def _can_meet(parts: Iterable[dict[str, Any]]) -> bool:
    allowed = [types(part) for part in parts if "type" in part]
    return not allowed or bool(allowed[0].intersection(*allowed[1:]))


def types(part: dict[str, Any]) -> frozenset[str]:
    named = part["type"]
    found = {named} if isinstance(named, str) else set(named)
    return frozenset(found | {"integer"} if "number" in found else found)


def _choices(schema: dict[str, Any], rules: Rules) -> Iterator[Choice]:
    if "anyOf" in schema:
        yield [(option,) for option in schema["anyOf"]]
    if "oneOf" in schema:
        yield [(option,) for option in schema["oneOf"]] + list(_alone(schema["oneOf"], rules))
    if "not" in schema:
        negated = rules.negated(schema["not"])
        yield [()] if negated is None else [(negated,), ()]
    if "if" in schema:
        condition, negated = schema["if"], rules.negated(schema["if"])
        otherwise = schema.get("else", True)
        unless: Choice = [(otherwise,)] if negated is None else [(negated, otherwise), (otherwise,)]
        yield [(condition, schema.get("then", True)), *unless]
    for name, dependent in schema.get("dependentSchemas", {}).items():
        yield [(dependent,), ({"properties": {name: False}},)]


def _alone(options: list[Schema], rules: Rules) -> Iterator[Goal]:
    """Each of some alternatives, and none of the others."""
    for place, option in enumerate(options if len(options) <= ALTERNATIVES else ()):
        others = [rules.negated(other) for at, other in enumerate(options) if at != place]
        yield (option, *(other for other in others if other is not None))
