"""How a field of each kind is compared: functions from an operator and its operand to SQL."""

from typing import LiteralString, cast

from gql_server.db.arguments import Arguments
from gql_server.db.conditions import Compile, Operand, Operator

COMPARISONS: dict[Operator, LiteralString] = {
    Operator.EQ: "=",
    Operator.NE: "IS DISTINCT FROM",
    Operator.GT: ">",
    Operator.GTE: ">=",
    Operator.LT: "<",
    Operator.LTE: "<=",
}


def text(expression: LiteralString) -> Compile:
    """Text; `contains` and `starts_with` leave upper and lower case aside."""

    def compare(operator: Operator, operand: Operand, args: Arguments) -> LiteralString:
        match operator, operand:
            case Operator.CONTAINS, str():
                return f"{expression} ILIKE {args.add(f'%{_escaped(operand)}%', 'text')}"
            case Operator.STARTS_WITH, str():
                return f"{expression} ILIKE {args.add(f'{_escaped(operand)}%', 'text')}"
            case _:
                return _compare(expression, "text", operator, operand, args)

    return compare


def time(expression: LiteralString) -> Compile:
    """A moment, given in ISO 8601."""

    def compare(operator: Operator, operand: Operand, args: Arguments) -> LiteralString:
        return _compare(expression, "timestamptz", operator, operand, args)

    return compare


def identifier(expression: LiteralString) -> Compile:
    """The id of a row of a shared table."""

    def compare(operator: Operator, operand: Operand, args: Arguments) -> LiteralString:
        return _compare(expression, "uuid", operator, operand, args)

    return compare


def identifier_in_project(expression: LiteralString) -> Compile:
    """The id of a row in a project, compared along with the project, which is `$3` in each project."""

    def compare(operator: Operator, operand: Operand, args: Arguments) -> LiteralString:
        if operator is Operator.IS_NULL:
            return _compare(expression, "uuid", operator, operand, args)
        if operator is Operator.EQ:
            operand = (cast("tuple[str, str]", operand),)
        pairs = args.add_json([list(pair) for pair in cast("tuple[tuple[str, str], ...]", operand)])
        return (
            f"{expression} = ANY (ARRAY("
            f"SELECT (pair->>1)::uuid FROM jsonb_array_elements({pairs}) AS pair WHERE (pair->>0)::uuid = $3))"
        )

    return compare


def json(expression: LiteralString) -> Compile:
    """A JSON value; the operand of `contains` is the text of one."""

    def compare(operator: Operator, operand: Operand, args: Arguments) -> LiteralString:
        match operator, operand:
            case Operator.CONTAINS, str():
                return f"{expression} @> {args.add(operand, 'jsonb')}"
            case Operator.HAS_KEY, str():
                # The operator alone finds elements of arrays, too.
                return f"(jsonb_typeof({expression}) = 'object' AND {expression} ? {args.add(operand, 'text')})"
            case _:
                raise TypeError(f"JSON is not compared by {operator} with {operand!r}.")

    return compare


def words(vector: LiteralString) -> Compile:
    """A text search, in the syntax that web searches have."""

    def compare(_operator: Operator, operand: Operand, args: Arguments) -> LiteralString:
        return f"{vector} @@ websearch_to_tsquery('simple', {args.add(str(operand), 'text')})"

    return compare


def _compare(
    expression: LiteralString, type_: LiteralString, operator: Operator, operand: Operand, args: Arguments
) -> LiteralString:
    match operator, operand:
        case Operator.IN, tuple():
            return f"{expression} = ANY ({args.add_array(operand, type_)})"
        case Operator.IS_NULL, bool():
            return f"{expression} IS NULL" if operand else f"{expression} IS NOT NULL"
        case _, str() if operator in COMPARISONS:
            return f"{expression} {COMPARISONS[operator]} {args.add(operand, type_)}"
        case _:
            raise TypeError(f"{expression} is not compared by {operator} with {operand!r}.")


def _escaped(pattern: str) -> str:
    return pattern.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
