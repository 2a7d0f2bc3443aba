"""What it costs to read projects' schemas by one statement of constant text, and by each project's own prepared one.

python -m benchmarks.across_schemas

Reads the newest contents of some of 1,000 projects, the project of rank n with a probability of 1/n, on one connection
in one transaction after another, as an operation does. Prints CPU of Python and of PostgreSQL for each operation, and
what the connection's process in PostgreSQL has to itself in the end.
"""

import random
import time
from collections.abc import Awaitable, Callable, Sequence
from itertools import accumulate
from uuid import UUID

import asyncpg
import psutil
import uvloop

from benchmarks.postgres import Postgres, seeded_postgres
from benchmarks.report import print_table
from gql_server.db.arguments import Arguments, encode
from gql_server.db.pages import Order, PageQuery
from gql_server.db.project_pages import page_rows
from gql_server.db.project_schema import ProjectSchema
from gql_server.db.tables.contents import CONTENTS

PROJECTS, ROWS = 1000, 20
OPERATIONS = 3000
AT_A_TIME = (1, 3, 10, 50)
CACHES = (100, 1000)
BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
COLUMNS = frozenset({"title", "created_at", "object_model_id"})

Read = Callable[[asyncpg.Connection, Sequence[UUID]], Awaitable[int]]


async def by_function(connection: asyncpg.Connection, project_ids: Sequence[UUID]) -> int:
    args = Arguments()
    query = PageQuery((Order("created_at", descending=True),), ROWS, columns=COLUMNS)
    statement = page_rows(CONTENTS.only(COLUMNS), query, args)
    values = (args.encoded(), list(project_ids), encode(None), statement.query, statement.nothing)
    return len(await connection.fetch(statement.sql, *values))


async def by_own_statements(connection: asyncpg.Connection, project_ids: Sequence[UUID]) -> int:
    return sum([len(await connection.fetch(_own(project_id), ROWS + 1)) for project_id in project_ids])


async def by_own_statements_in_savepoints(connection: asyncpg.Connection, project_ids: Sequence[UUID]) -> int:
    """So that a project that cannot be read fails alone."""
    rows = 0
    for project_id in project_ids:
        await connection.execute("SAVEPOINT project")
        rows += len(await connection.fetch(_own(project_id), ROWS + 1))
        await connection.execute("RELEASE SAVEPOINT project")
    return rows


def _own(project_id: UUID) -> str:
    schema = ProjectSchema(project_id).quoted
    return (
        f"SELECT title, created_at, object_model_id FROM {schema}.contents AS t"
        " ORDER BY t.created_at DESC, t.id DESC LIMIT $1"
    )


def popular(project_ids: Sequence[UUID], at_a_time: int) -> list[list[UUID]]:
    """The projects that each operation reads; the same ones each time."""
    rng = random.Random(at_a_time)
    weights = list(accumulate(1 / rank for rank in range(1, len(project_ids) + 1)))
    operations: list[list[UUID]] = []
    for _ in range(max(200, OPERATIONS // at_a_time)):
        chosen: dict[UUID, None] = {}
        while len(chosen) < at_a_time:
            chosen.update(dict.fromkeys(rng.choices(project_ids, cum_weights=weights, k=at_a_time - len(chosen))))
        operations.append(list(chosen))
    return operations


async def measure(postgres: Postgres, read: Read, cache: int, operations: list[list[UUID]]) -> list[str]:
    connection: asyncpg.Connection = await asyncpg.connect(postgres.superuser_dsn, statement_cache_size=cache)
    try:
        backend = psutil.Process(await connection.fetchval("SELECT pg_backend_pid()"))
        begun, own, theirs = time.perf_counter(), time.process_time(), sum(backend.cpu_times()[:2])
        for project_ids in operations:
            await connection.execute(BEGIN)
            assert await read(connection, project_ids) == len(project_ids) * ROWS
            await connection.execute("COMMIT")
        python = (time.process_time() - own) / len(operations) * 1000
        postgresql = (sum(backend.cpu_times()[:2]) - theirs) / len(operations) * 1000
        wall = (time.perf_counter() - begun) / len(operations) * 1000
        memory = backend.memory_full_info().uss / 1e6
        return [f"{python:.2f}", f"{postgresql:.2f}", f"{wall:.2f}", f"{memory:.0f}"]
    finally:
        await connection.close()


async def compare(postgres: Postgres) -> None:
    rows: list[list[str]] = []
    for at_a_time in AT_A_TIME:
        operations = popular(postgres.seeded.projects, at_a_time)
        ways: list[tuple[str, Read, int]] = [
            ("each_project", by_function, 100),
            *((f"own statements, {cache} prepared", by_own_statements, cache) for cache in CACHES),
            ("the same in savepoints", by_own_statements_in_savepoints, CACHES[-1]),
        ]
        for name, read, cache in ways:
            rows.append([str(at_a_time), name, *await measure(postgres, read, cache, operations)])
    print_table(["projects", "way", "Python ms", "PostgreSQL ms", "wall ms", "MB"], rows)


if __name__ == "__main__":
    with seeded_postgres(PROJECTS, ROWS) as server:
        uvloop.run(compare(server))
