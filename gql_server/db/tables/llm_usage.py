"""The calls to language models that were paid for, row by row and summed."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import LiteralString, NamedTuple
from uuid import UUID

from gql_server.db import fields
from gql_server.db.arguments import Arguments
from gql_server.db.conditions import Condition, compile_condition
from gql_server.db.each_project import Column
from gql_server.db.pages import Order, OrderKey, Table
from gql_server.db.snapshot import Snapshot
from gql_server.errors import Limit, LimitExceededError

PROJECT_ID: LiteralString = "project_id"

GROUP_LIMIT = 10_000
"""Groups that usage is summed into for one client or project, or for all."""


class LlmUsageRow(NamedTuple):
    """`details` is JSON as text."""

    id: UUID
    project_id: UUID | None
    prompt_id: UUID | None
    model: str
    tokens_in: int
    tokens_out: int
    cost: Decimal | None
    status: str
    is_estimated: bool
    details: str | None
    generation_id: UUID | None
    created_at: datetime
    finished_at: datetime | None


LLM_USAGE = Table(
    name="llm_usage",
    source="public.llm_usage AS t",
    columns=[
        Column("id", "uuid"),
        Column("project_id", "uuid"),
        Column("prompt_id", "uuid"),
        Column("model", "text"),
        Column("tokens_in", "int"),
        Column("tokens_out", "int"),
        Column("cost", "numeric"),
        Column("status", "text"),
        Column("is_estimated", "boolean"),
        Column("details", "jsonb"),
        Column("generation_id", "uuid"),
        Column("created_at", "timestamptz"),
        Column("finished_at", "timestamptz", nullable=True),
    ],
    row=LlmUsageRow._make,
    orders={
        "created_at": OrderKey("created_at", "timestamptz"),
    },
    default_order=Order("created_at", descending=True),
    fields={
        "id": fields.identifier("id"),
        "project": fields.identifier("project_id"),
        "prompt": fields.identifier("prompt_id"),
        "model": fields.text("model"),
        "status": fields.text("status"),
        "created_at": fields.time("created_at"),
    },
)


SELECT_BY_GENERATIONS: LiteralString = f"""
SELECT {LLM_USAGE.selected} FROM {LLM_USAGE.source}
JOIN unnest($1::uuid[], $2::uuid[]) AS wanted (in_project, made_for) ON generation_id = made_for
WHERE project_id = in_project ORDER BY t.created_at, t.id
"""


class Dimension(Enum):
    """What usage is summed by; the values are the names that the statement knows them by."""

    CLIENT = "client"
    PROJECT = "project"
    PROMPT = "prompt"
    MODEL = "model"
    DAY = "day"


class UsageParent(Enum):
    """Whose usage is summed: everybody's, or that of each of some clients or projects."""

    NONE = "none"
    CLIENT = "client"
    PROJECT = "project"


PARENTS: dict[UsageParent, LiteralString] = {
    UsageParent.NONE: "NULL::uuid",
    UsageParent.CLIENT: "client_id",
    UsageParent.PROJECT: "project_id",
}


class UsageGroupRow(NamedTuple):
    """A sum of usage; what it is not summed by is None. Days are UTC's."""

    client_id: UUID | None
    project_id: UUID | None
    prompt_id: UUID | None
    model: str | None
    day: date | None
    calls: int
    tokens_in: int
    tokens_out: int
    cost: Decimal
    unpriced_calls: int
    mean_seconds: float | None
    p95_seconds: float | None


NOTHING_USED = UsageGroupRow(None, None, None, None, None, 0, 0, 0, Decimal(0), 0, None, None)

DURATION: LiteralString = "finished_at - created_at"
ANSWERED: LiteralString = "FILTER (WHERE status IN ('succeeded', 'invalid'))"
SUMS = [
    Column("calls", "bigint", expression="count(*)"),
    Column("tokens_in", "bigint", expression="coalesce(sum(tokens_in), 0)"),
    Column("tokens_out", "bigint", expression="coalesce(sum(tokens_out), 0)"),
    Column("cost", "numeric", expression="coalesce(sum(cost), 0)"),
    Column("unpriced_calls", "bigint", expression="count(*) FILTER (WHERE cost IS NULL)"),
    Column("mean_seconds", "float8", expression=f"round(extract(epoch FROM avg({DURATION}) {ANSWERED}), 3)"),
    # Intervals are put in order in two thirds of the time that numbers of seconds take.
    Column(
        "p95_seconds",
        "float8",
        expression=(
            f"round(extract(epoch FROM percentile_cont(0.95) WITHIN GROUP (ORDER BY {DURATION}) {ANSWERED}), 3)"
        ),
    ),
]
ORDERED_BY = frozenset({"cost"})


def usage_groups(
    parent: UsageParent, where: Condition | None, columns: frozenset[str] | None, args: Arguments
) -> LiteralString:
    """Sums by the dimensions that `$2` names, for each parent in `$3`, behind the parent's id.

    Of the sums, those in `columns` are computed, or all; the others are null.
    """
    parent_id = PARENTS[parent]
    computed = None if columns is None else columns | ORDERED_BY
    sums = ", ".join(
        [
            column.selected if computed is None or column.name in computed else f"NULL::{column.type} AS {column.name}"
            for column in SUMS
        ]
    )
    of: LiteralString = "$3::uuid[] IS NULL" if parent is UsageParent.NONE else f"{parent_id} = ANY ($3::uuid[])"
    return f"""
        SELECT * FROM (
        SELECT {parent_id} AS parent_id,
            CASE WHEN 'client' = ANY ($2::text[]) THEN client_id END AS client_id,
            CASE WHEN 'project' = ANY ($2) THEN project_id END AS project_id,
            CASE WHEN 'prompt' = ANY ($2) THEN prompt_id END AS prompt_id,
            CASE WHEN 'model' = ANY ($2) THEN model END AS model,
            CASE WHEN 'day' = ANY ($2) THEN (created_at AT TIME ZONE 'UTC')::date END AS day,
            {sums},
            row_number() OVER (PARTITION BY {parent_id}) AS place
        FROM (
            SELECT {LLM_USAGE.selected},
                coalesce(
                    (SELECT projects.client_id FROM public.projects WHERE projects.id = llm_usage.project_id),
                    (SELECT gone.client_id FROM public.deleted_projects AS gone WHERE gone.id = llm_usage.project_id)
                ) AS client_id
            FROM public.llm_usage
        ) AS usage
        WHERE {of} AND {compile_condition(where, LLM_USAGE.fields, args)}
        GROUP BY 1, 2, 3, 4, 5, 6
        ) AS sums
        WHERE place <= {args.add(GROUP_LIMIT + 1, "int")}
        ORDER BY day, cost DESC, model, client_id, project_id, prompt_id
    """


async def select_by_generations(snapshot: Snapshot, keys: Sequence[tuple[UUID, UUID]]) -> list[list[LlmUsageRow]]:
    """The calls that were made for each generation (its project's id and its own), the oldest first."""
    calls: dict[tuple[UUID | None, UUID | None], list[LlmUsageRow]] = {key: [] for key in keys}
    columns = [list(column) for column in zip(*calls, strict=True)]
    for record in await snapshot.fetch(SELECT_BY_GENERATIONS, *columns):
        row = LlmUsageRow._make(record)
        calls[row.project_id, row.generation_id].append(row)
    return [calls[key] for key in keys]


async def select_usage_groups(
    snapshot: Snapshot,
    parent: UsageParent,
    parent_ids: Sequence[UUID],
    dimensions: Sequence[Dimension],
    where: Condition | None,
    columns: frozenset[str] | None,
) -> list[list[UsageGroupRow] | LimitExceededError]:
    """The sums of each parent, in the parents' order; one list when there is no parent."""
    args = Arguments()
    sql = usage_groups(parent, where, columns, args)
    none = parent is UsageParent.NONE
    names = [dimension.value for dimension in dimensions]
    groups: dict[UUID | None, list[UsageGroupRow]] = {id_: [] for id_ in ([None] if none else parent_ids)}
    for record in await snapshot.fetch(sql, args.encoded(), names, None if none else parent_ids):
        groups[record[0]].append(UsageGroupRow._make(record[1:-1]))
    return [_groups(rows, dimensions) for rows in groups.values()]


def _groups(rows: list[UsageGroupRow], dimensions: Sequence[Dimension]) -> list[UsageGroupRow] | LimitExceededError:
    if len(rows) > GROUP_LIMIT:
        return LimitExceededError(
            Limit.ROWS, f"Usage sums to more than {GROUP_LIMIT} groups: ask for fewer dimensions or days."
        )
    # By no dimension everything is one sum, also where there is nothing to sum.
    return rows if rows or dimensions else [NOTHING_USED]
