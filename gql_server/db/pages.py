"""Pages of rows in an order: keyset pagination, as data and as SQL."""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, LiteralString, TypeVar, cast

from cachetools import LRUCache

from gql_server.db.arguments import Arguments
from gql_server.db.conditions import Compile, Condition, compile_condition
from gql_server.db.each_project import Column

RowT = TypeVar("RowT")

NARROWED = 500
"""Tables with some of their columns that are remembered: one for each kind of list in the documents in use."""


@dataclass(frozen=True, slots=True)
class OrderKey:
    """A column that rows can be ordered by; a nullable one holds text, and is ordered as if NULL were empty."""

    column: LiteralString
    type: LiteralString
    nullable: bool = False

    @property
    def expression(self) -> LiteralString:
        # Qualified, since a bare name in ORDER BY is the column that is selected, which no index need have.
        return f"coalesce(t.{self.column}, '')" if self.nullable else f"t.{self.column}"


@dataclass(frozen=True, slots=True)
class Order:
    """A key of the table's `orders`, and its direction."""

    key: str
    descending: bool = False


@dataclass(frozen=True)
class Table(Generic[RowT]):
    """A table as pages of it are read: its rows, and what they are ordered and filtered by.

    `source` names it in SQL, where it is called `t`.
    """

    name: str
    source: LiteralString
    columns: Sequence[Column]
    row: Callable[[Sequence[object]], RowT]
    orders: Mapping[str, OrderKey]
    fields: Mapping[str, Compile]
    default_order: Order

    def only(self, names: frozenset[str] | None) -> "Table[Any]":
        """The table with the columns of these names alone, or at least its first; with all of them for None.

        Its rows have no others, so that what is not read is not taken for NULL.
        """
        if names is None:
            return self
        narrowed = _narrowed.get((self.name, names))
        if narrowed is None:
            narrowed = _narrowed[self.name, names] = _narrow(self, names)
        return narrowed

    @property
    def selected(self) -> LiteralString:
        return ", ".join([column.selected for column in self.columns])


@dataclass(frozen=True, slots=True)
class PageQuery:
    """Which rows of a list are asked for. A position is the values of the order's keys, then of its tie-breakers.

    `backwards` asks for the last rows that there are before `before`, rather than the first after `after`;
    either way the rows come in the order that is asked for.
    """

    order: tuple[Order, ...]
    limit: int
    where: Condition | None = None
    backwards: bool = False
    after: tuple[str, ...] | None = None
    before: tuple[str, ...] | None = None
    columns: frozenset[str] | None = None
    """What is read of the rows; None for all of it."""


@dataclass(frozen=True, slots=True)
class Page(Generic[RowT]):
    """Some rows of a list, and whether there are more beyond the end that they were taken towards."""

    rows: Sequence[RowT]
    has_more: bool


@dataclass(frozen=True, slots=True)
class Term:
    """One expression of an ORDER BY."""

    expression: LiteralString
    type: LiteralString
    descending: bool

    def sql(self, *, reverse: bool) -> LiteralString:
        return f"{self.expression} DESC" if self.descending != reverse else f"{self.expression} ASC"


_narrowed: LRUCache[tuple[str, frozenset[str]], Table[Any]] = LRUCache(NARROWED)


def _narrow(table: Table[Any], names: frozenset[str]) -> Table[Any]:
    columns = [column for column in table.columns if column.name in names] or table.columns[:1]
    row: Any = cast("Any", namedtuple)(f"{table.name}_row", [column.name for column in columns])  # noqa: PYI024  they are known only now
    return replace(table, columns=columns, row=row._make)


def terms(table: Table[Any], query: PageQuery, tie_breakers: Sequence[LiteralString]) -> list[Term]:
    """The order's terms; ties are broken in the direction of the last key that was asked for."""
    keys = [(table.orders[order.key], order.descending) for order in query.order]
    last_descending = query.order[-1].descending
    return [
        *(Term(key.expression, key.type, descending) for key, descending in keys),
        *(Term(expression, "uuid", last_descending) for expression in tie_breakers),
    ]


def order_by(order: Sequence[Term], query: PageQuery) -> LiteralString:
    return ", ".join([term.sql(reverse=query.backwards) for term in order])


def conditions(table: Table[Any], query: PageQuery, order: Sequence[Term], args: Arguments) -> LiteralString:
    """What a row must be to be on the page."""
    parts: list[LiteralString] = [compile_condition(query.where, table.fields, args)]
    if query.after is not None:
        parts.append(_beyond(order, query.after, args, reverse=False))
    if query.before is not None:
        parts.append(_beyond(order, query.before, args, reverse=True))
    return " AND ".join(parts)


def page_of(rows: list[RowT], query: PageQuery) -> Page[RowT]:
    """The page that `query.limit + 1` rows, fetched in the direction of the query, make."""
    has_more = len(rows) > query.limit
    rows = rows[: query.limit]
    return Page(rows[::-1] if query.backwards else rows, has_more)


def _beyond(order: Sequence[Term], position: Sequence[str], args: Arguments, *, reverse: bool) -> LiteralString:
    values: list[LiteralString] = [args.add(value, term.type) for term, value in zip(order, position, strict=True)]
    expressions: list[LiteralString] = [term.expression for term in order]
    signs: list[LiteralString] = ["<" if term.descending != reverse else ">" for term in order]
    if len(set(signs)) == 1:
        # A comparison of rows is one range of an index; the general form below is not.
        return f"({', '.join(expressions)}) {signs[0]} ({', '.join(values)})"
    alternatives: list[LiteralString] = []
    for place, sign in enumerate(signs):
        equal: list[LiteralString] = [f"{e} = {v}" for e, v in zip(expressions[:place], values[:place], strict=True)]
        alternatives.append(" AND ".join([*equal, f"{expressions[place]} {sign} {values[place]}"]))
    return f"(({') OR ('.join(alternatives)}))"
