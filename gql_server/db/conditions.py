"""What rows are asked for, as data, and its translation to SQL."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import LiteralString, TypeAlias

from gql_server.db.arguments import Arguments


class Operator(Enum):
    """How a field is compared; the values are the names that the API uses."""

    EQ = "eq"
    NE = "ne"
    IN = "in"
    GT = "gt"
    GTE = "gte"
    LT = "lt"
    LTE = "lte"
    CONTAINS = "contains"
    STARTS_WITH = "starts_with"
    IS_NULL = "is_null"
    HAS_KEY = "has_key"
    MATCHES = "matches"


Operand: TypeAlias = "str | bool | tuple[str, ...] | tuple[tuple[str, str], ...]"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One field against one operand: text, a timestamp or JSON as text, or UUIDs as text.

    The operand for the id of a row in a project is a pair of the project's and the row's.
    """

    field: str
    operator: Operator
    operand: Operand


@dataclass(frozen=True, slots=True)
class Every:
    """Holds when all of its conditions hold; an empty one always does."""

    conditions: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Some:
    """Holds when one of its conditions holds; an empty one never does."""

    conditions: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Negation:
    """Holds when its condition does not, be it false or unknown for want of a value."""

    condition: "Condition"


Condition: TypeAlias = Comparison | Every | Some | Negation

Compile: TypeAlias = Callable[[Operator, Operand, Arguments], LiteralString]
"""The SQL of one field's comparison."""


def compile_condition(condition: Condition | None, fields: Mapping[str, Compile], args: Arguments) -> LiteralString:
    """A boolean SQL expression; its values go into `args`."""
    match condition:
        case None:
            return "TRUE"
        case Comparison(field, operator, operand):
            return fields[field](operator, operand, args)
        case Every(conditions):
            return _joined(" AND ", "TRUE", conditions, fields, args)
        case Some(conditions):
            return _joined(" OR ", "FALSE", conditions, fields, args)
        case Negation(negated):
            return f"({compile_condition(negated, fields, args)}) IS NOT TRUE"


def _joined(
    word: LiteralString,
    empty: LiteralString,
    conditions: tuple[Condition, ...],
    fields: Mapping[str, Compile],
    args: Arguments,
) -> LiteralString:
    parts: list[LiteralString] = [compile_condition(condition, fields, args) for condition in conditions]
    return "(" + word.join(parts) + ")" if parts else empty
