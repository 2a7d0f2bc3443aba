"""Reads of the shared tables: by id, page by page, and page by page for each of several parents."""

from collections.abc import Sequence
from typing import Any, LiteralString, TypeVar
from uuid import UUID

from gql_server.db.arguments import Arguments
from gql_server.db.conditions import Condition, compile_condition
from gql_server.db.pages import Page, PageQuery, Table, conditions, order_by, page_of, terms
from gql_server.db.snapshot import Snapshot

RowT = TypeVar("RowT")

USES_ARGUMENTS: LiteralString = "$1::jsonb IS NOT NULL"
"""PostgreSQL wants every value that is sent to be used, and a condition may use none."""


def rows_by_id(table: Table[Any]) -> LiteralString:
    return f"SELECT {table.selected} FROM {table.source} WHERE id = ANY ($1)"


def page_rows(table: Table[Any], query: PageQuery, args: Arguments, *, of: LiteralString = "TRUE") -> LiteralString:
    """One row more than the page has, in the direction of the query, of the rows that `of` holds for."""
    order = terms(table, query, ["t.id"])
    return (
        f"SELECT {table.selected} FROM {table.source}"
        f" WHERE {of} AND {conditions(table, query, order, args)}"
        f" ORDER BY {order_by(order, query)} LIMIT {args.add(query.limit + 1, 'int')}"
    )


def page_rows_by_parent(table: Table[Any], parent: LiteralString, query: PageQuery, args: Arguments) -> LiteralString:
    """The rows of `page_rows` for each id in `$2`, behind the id; `parent` is the column that refers to it."""
    rows = page_rows(table, query, args, of=f"{parent} = parents.parent_id")
    return (
        f"SELECT parents.parent_id, page.* FROM unnest($2::uuid[]) AS parents (parent_id)"
        f" CROSS JOIN LATERAL ({rows}) AS page"
    )


def row_count(table: Table[Any], where: Condition | None, args: Arguments) -> LiteralString:
    condition = compile_condition(where, table.fields, args)
    return f"SELECT count(*) FROM {table.source} WHERE {USES_ARGUMENTS} AND {condition}"


def row_counts_by_parent(
    table: Table[Any], parent: LiteralString, where: Condition | None, args: Arguments
) -> LiteralString:
    return (
        f"SELECT {parent}, count(*) FROM {table.source}"
        f" WHERE {USES_ARGUMENTS} AND {parent} = ANY ($2)"
        f" AND {compile_condition(where, table.fields, args)} GROUP BY {parent}"
    )


async def select_by_ids(snapshot: Snapshot, table: Table[RowT], ids: Sequence[UUID]) -> list[RowT | None]:
    """The row of each id, in the ids' order; None where there is none."""
    rows = {record["id"]: table.row(tuple(record)) for record in await snapshot.fetch(rows_by_id(table), ids)}
    return [rows.get(id_) for id_ in ids]


async def select_page(snapshot: Snapshot, table: Table[RowT], query: PageQuery) -> Page[RowT]:
    args, table = Arguments(), table.only(query.columns)
    sql = page_rows(table, query, args)
    return page_of([table.row(tuple(record)) for record in await snapshot.fetch(sql, args.encoded())], query)


async def select_pages_by_parent(
    snapshot: Snapshot,
    table: Table[RowT],
    parent: LiteralString,
    parent_ids: Sequence[UUID],
    query: PageQuery,
) -> list[Page[RowT]]:
    """One page for each parent, in the parents' order."""
    args, table = Arguments(), table.only(query.columns)
    sql = page_rows_by_parent(table, parent, query, args)
    rows: dict[UUID, list[RowT]] = {id_: [] for id_ in parent_ids}
    for record in await snapshot.fetch(sql, args.encoded(), parent_ids):
        rows[record[0]].append(table.row(record[1:]))
    return [page_of(rows[id_], query) for id_ in parent_ids]


async def count(snapshot: Snapshot, table: Table[Any], where: Condition | None) -> int:
    args = Arguments()
    sql = row_count(table, where, args)
    records = await snapshot.fetch(sql, args.encoded())
    return records[0][0]


async def count_by_parent(
    snapshot: Snapshot,
    table: Table[Any],
    parent: LiteralString,
    parent_ids: Sequence[UUID],
    where: Condition | None,
) -> list[int]:
    """The number of rows of each parent, in the parents' order."""
    args = Arguments()
    sql = row_counts_by_parent(table, parent, where, args)
    records = await snapshot.fetch(sql, args.encoded(), parent_ids)
    counts: dict[UUID, int] = {record[0]: record[1] for record in records}
    return [counts.get(id_, 0) for id_ in parent_ids]
