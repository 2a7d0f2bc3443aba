"""Reads of the tables that every project has: by id, page by page for each project, and merged over projects."""

from collections.abc import Sequence
from typing import Any, LiteralString, TypeVar, cast
from uuid import UUID

from gql_server.db.arguments import Arguments
from gql_server.db.conditions import Condition, compile_condition
from gql_server.db.each_project import Column, ProjectStatement, in_each_project, merged
from gql_server.db.pages import Page, PageQuery, Table, Term, conditions, order_by, page_of, terms
from gql_server.db.rests import Rests
from gql_server.db.snapshot import Snapshot
from gql_server.errors import ProjectUnavailableError

RowT = TypeVar("RowT")

COUNT = Column("count", "bigint")
PARENT = Column("parent_id", "uuid")
NO_PARENT: LiteralString = "(SELECT NULL::uuid AS parent_id) AS parents"

IDS_OF_PROJECT: LiteralString = "ANY (ARRAY(SELECT jsonb_array_elements_text($2))::uuid[])"
ID: LiteralString = "id"


def rows_by_id(table: Table[Any], column: LiteralString = ID) -> ProjectStatement:
    """The rows whose ids are the project's own arguments, or what they have in another column that tells them apart."""
    return in_each_project(_rows(table, f"WHERE {column} = {IDS_OF_PROJECT}"), table.columns)


def page_rows(table: Table[Any], query: PageQuery, args: Arguments) -> ProjectStatement:
    """One row more than the page has, in the direction of the query."""
    return in_each_project(_page(table, query, args, terms(table, query, ["t.id"])), table.columns)


def merged_page_rows(
    table: Table[Any],
    query: PageQuery,
    args: Arguments,
    parent: LiteralString | None,
    parent_ids: Sequence[UUID],
) -> ProjectStatement:
    """The rows of `page_rows` over all projects in one order, for each parent, behind the parent's id.

    Without a `parent` column there is one list, and its parent is NULL.
    """
    limit = args.add(query.limit + 1, "int")
    of: LiteralString = f"{parent} = parents.parent_id" if parent else "TRUE"
    rows = _page(table, query, args, terms(table, query, ["t.id", "$3"]), of)
    text = (
        f"SELECT parents.parent_id, page.* FROM {_parents(parent, parent_ids, args)}"
        f" CROSS JOIN LATERAL ({rows}) AS page"
    )
    order = order_by(terms(table, query, ["t.id", "t.project_id"]), query)
    return merged(text, [PARENT, *table.columns], order, limit)


def row_counts(table: Table[Any], where: Condition | None, args: Arguments) -> ProjectStatement:
    text = f"SELECT count(*) FROM {table.source} WHERE {compile_condition(where, table.fields, args)}"
    return in_each_project(text, [COUNT])


def row_counts_by_parent(
    table: Table[Any],
    where: Condition | None,
    args: Arguments,
    parent: LiteralString | None,
    parent_ids: Sequence[UUID],
) -> ProjectStatement:
    """The number of each project's rows for each parent, behind the parent's id."""
    of: LiteralString = f"{parent} = parents.parent_id" if parent else "TRUE"
    text = (
        f"SELECT parents.parent_id, (SELECT count(*) FROM {table.source}"
        f" WHERE {of} AND {compile_condition(where, table.fields, args)})"
        f" FROM {_parents(parent, parent_ids, args)}"
    )
    return in_each_project(text, [PARENT, COUNT])


async def select_by_ids(
    snapshot: Snapshot, table: Table[RowT], keys: Sequence[tuple[UUID, UUID]], column: LiteralString = ID
) -> list[RowT | ProjectUnavailableError | None]:
    """The row of each key (a project's id and the row's), in the keys' order; None where there is none.

    `column` is another one than the id, that holds ids which no two rows share.
    """
    ids: dict[UUID, list[str]] = {}
    for project_id, id_ in keys:
        ids.setdefault(project_id, []).append(str(id_))
    answers = await snapshot.fetch_each_project(rows_by_id(table, column), list(ids), Arguments(), list(ids.values()))
    place = [listed.name for listed in table.columns].index(column)
    found: dict[tuple[UUID, UUID], RowT] = {}
    for project_id, answer in answers.items():
        if isinstance(answer, list):
            found |= {(project_id, cast("UUID", values[place])): table.row(values) for values in answer}
    return [answers[key[0]] if _failed(answers[key[0]]) else found.get(key) for key in keys]  # pyright: ignore[reportReturnType]


async def select_pages(
    snapshot: Snapshot, table: Table[RowT], project_ids: Sequence[UUID], query: PageQuery
) -> list[Page[RowT] | ProjectUnavailableError]:
    """One page for each project, in the projects' order."""
    args, table = Arguments(), table.only(query.columns)
    answers = await snapshot.fetch_each_project(page_rows(table, query, args), project_ids, args)
    pages: list[Page[RowT] | ProjectUnavailableError] = []
    rests = Rests()
    for answer in answers.values():
        if isinstance(answer, ProjectUnavailableError):
            pages.append(answer)
            continue
        pages.append(page_of([*map(table.row, answer)], query))
        await rests.after(len(answer))
    return pages


async def count(
    snapshot: Snapshot, table: Table[Any], project_ids: Sequence[UUID], where: Condition | None
) -> list[int | ProjectUnavailableError]:
    """The number of rows of each project, in the projects' order."""
    args = Arguments()
    answers = await snapshot.fetch_each_project(row_counts(table, where, args), project_ids, args)
    return [
        answer if isinstance(answer, ProjectUnavailableError) else cast("int", answer[0][0])
        for answer in answers.values()
    ]


async def select_merged_pages(
    snapshot: Snapshot,
    table: Table[RowT],
    project_ids: Sequence[UUID],
    query: PageQuery,
    parent: LiteralString | None = None,
    parent_ids: Sequence[UUID] = (),
) -> tuple[list[Page[RowT]], list[ProjectUnavailableError]]:
    """One page over all the projects for each parent, in the parents' order, and the projects that are missing."""
    args = Arguments()
    # The rows of all projects are put in order by what is read of them.
    keys = {"id", "project_id", *(table.orders[part.key].column for part in query.order)}
    table = table.only(None if query.columns is None else query.columns | keys)
    statement = merged_page_rows(table, query, args, parent, parent_ids)
    records, errors = await snapshot.fetch_merged(statement, project_ids, args)
    rows: dict[object, list[RowT]] = {}
    for values in records:
        rows.setdefault(values[0], []).append(table.row(values[1:-1]))
    parents: Sequence[UUID | None] = parent_ids if parent else [None]
    return [page_of(rows.get(id_, []), query) for id_ in parents], errors


async def count_merged(
    snapshot: Snapshot,
    table: Table[Any],
    project_ids: Sequence[UUID],
    where: Condition | None,
    parent: LiteralString | None = None,
    parent_ids: Sequence[UUID] = (),
) -> tuple[list[int], list[ProjectUnavailableError]]:
    """The number of rows over all the projects for each parent, and the projects that are missing."""
    args = Arguments()
    statement = row_counts_by_parent(table, where, args, parent, parent_ids)
    answers = await snapshot.fetch_each_project(statement, project_ids, args)
    parents: Sequence[UUID | None] = parent_ids if parent else [None]
    counts: dict[object, int] = dict.fromkeys(parents, 0)
    for answer in answers.values():
        if isinstance(answer, list):
            for parent_id, number in answer:
                counts[parent_id] += cast("int", number)
    return list(counts.values()), [answer for answer in answers.values() if _failed(answer)]  # pyright: ignore[reportReturnType]


def _failed(answer: object) -> bool:
    return isinstance(answer, ProjectUnavailableError)


def _page(
    table: Table[Any], query: PageQuery, args: Arguments, order: Sequence[Term], of: LiteralString = "TRUE"
) -> LiteralString:
    where = conditions(table, query, order, args)
    return _rows(
        table,
        f"WHERE {of} AND {where} ORDER BY {order_by(order, query)} LIMIT {args.add(query.limit + 1, 'int')}",
    )


def _rows(table: Table[Any], rest: LiteralString) -> LiteralString:
    """The table's rows, with defaults for columns that the project's schema does not have yet.

    A column's bare name means the table's column where it exists, and the one of `missing` otherwise.
    """
    rows = f"SELECT {table.selected} FROM {table.source} {rest}"
    defaults: list[LiteralString] = [
        f"{column.default}::{column.type} AS {column.name}" for column in table.columns if column.default
    ]
    if not defaults:
        return rows
    return f"SELECT page.* FROM (SELECT {', '.join(defaults)}) AS missing CROSS JOIN LATERAL ({rows}) AS page"


def _parents(parent: LiteralString | None, parent_ids: Sequence[UUID], args: Arguments) -> LiteralString:
    if parent is None:
        return NO_PARENT
    ids = args.add_array([str(id_) for id_ in parent_ids], "uuid")
    return f"unnest({ids}) AS parents (parent_id)"
