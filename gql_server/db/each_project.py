"""Statements that run in every project of a list: one text, however many projects."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import LiteralString

FIRST_MOMENT: LiteralString = "0001-01-01 00:00:00+00"
LAST_MOMENT: LiteralString = "9999-12-31 23:59:59.999999+00"


@dataclass(frozen=True, slots=True)
class Column:
    """A column that a statement answers with.

    `default`, for a column that a later migration added, is what a schema reads that lacks it still.
    """

    name: LiteralString
    type: LiteralString
    expression: LiteralString | None = None
    default: LiteralString | None = None
    nullable: bool = False
    """Whether a time may be none; the others are taken to be there."""

    @property
    def selected(self) -> LiteralString:
        value = f"{self.expression or self.name}::{self.type}"
        if self.type == "timestamptz":
            # Python has no times before year 1 or after 9999, and one that a schema holds which has no check against
            # it yet must not hide all others.
            within: LiteralString = f"greatest(least({value}, '{LAST_MOMENT}'), '{FIRST_MOMENT}')"
            value = f"CASE WHEN {value} IS NOT NULL THEN {within} END" if self.nullable else within
        if self.default is not None:
            value = f"coalesce({value}, {self.default})"
        return f"{value} AS {self.name}"

    @property
    def defined(self) -> LiteralString:
        return f"{self.name} {self.type}"


@dataclass(frozen=True, slots=True)
class ProjectStatement:
    """A statement over `public.each_project`: `query` runs in each project, `sql` gathers what it answers.

    In both, `$1` is the arguments; in `query`, `:"schema"` is the project's schema, `$2` the arguments that are
    the project's own, and `$3` its id.
    """

    sql: LiteralString
    query: LiteralString
    nothing: LiteralString


def in_each_project(query: LiteralString, columns: Sequence[Column]) -> ProjectStatement:
    """Answers with the rows of `query` of one project after another, each project's in their own order."""
    return ProjectStatement(sql=f"SELECT * FROM {_calls(columns)}", query=query, nothing=_nothing(columns))


def merged(
    query: LiteralString, columns: Sequence[Column], order: LiteralString, limit: LiteralString
) -> ProjectStatement:
    """Answers with the first `limit` rows in `order` over all projects, for each value of the first column."""
    first = columns[0].name
    return ProjectStatement(
        sql=(
            f"SELECT * FROM ("
            f"SELECT *, row_number() OVER (PARTITION BY error IS NULL, {first} ORDER BY {order}) AS place"
            f" FROM {_calls(columns)}) AS ranked WHERE error IS NOT NULL OR place <= {limit}"
            f" ORDER BY {first}, place"
        ),
        query=query,
        nothing=_nothing(columns),
    )


def _calls(columns: Sequence[Column]) -> LiteralString:
    defined = ", ".join([column.defined for column in columns])
    return f"public.each_project($1, $2, $3, $4, $5) AS t (ordinal int, error text, {defined})"


def _nothing(columns: Sequence[Column]) -> LiteralString:
    return ", ".join([f"NULL::{column.type}" for column in columns])
