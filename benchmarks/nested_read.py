"""How the cost of the nested read grows with projects and rows: statements, CPU of the server and of PostgreSQL.

    .venv/bin/python benchmarks/nested_read.py

Starts a PostgreSQL of its own with 40 demo projects, runs the operation in turns, and prints medians and ratios. Quote
the ratios: they were measured in one run on one machine.
"""

import statistics
import tempfile
import time
from pathlib import Path

import psutil
import uvloop
from pydantic import SecretStr

from gql_server.config import Config
from gql_server.context import Resources
from gql_server.db.changes import Changes
from gql_server.db.database import Database, open_database
from gql_server.db.embedded import running_postgres
from gql_server.db.migrate import migrator
from gql_server.demo.load import load
from gql_server.schema.build import Schema, build_schema
from gql_server.services.authentication import ADMINISTRATOR, Viewer

PROJECTS = (1, 10, 40)
ROUNDS = 15
QUERY = """
query ($projects: Int!, $rows: Int!) {
  projects(first: $projects) {
    nodes {
      name
      client { name }
      contents(first: $rows) { nodes { title createdAt objectModel { name version } } }
      vocabulary(first: $rows) { nodes { term definition } }
      promptComponents(first: $rows) { nodes { name basePrompt { name } } }
    }
  }
}
"""


def postgres_cpu() -> float:
    """Seconds of CPU that the server's backends have used."""
    children = psutil.Process().children(recursive=True)
    return sum(sum(child.cpu_times()[:2]) for child in children if child.name() == "postgres")


async def administrator() -> Viewer:
    return ADMINISTRATOR


async def run(schema: Schema, resources: Resources, projects: int, rows: int) -> None:
    variables = {"projects": projects, "rows": rows}
    result = await schema.execute(QUERY, variable_values=variables, context_value=resources)
    assert result.errors is None, result.errors


async def measure(database: Database, config: Config, statements: list[str]) -> None:
    schema, resources = (
        build_schema(),
        Resources(config, database, Changes(config), ["sample"], ADMINISTRATOR, administrator),
    )
    cases = [(projects, rows) for projects in PROJECTS for rows in (1, 10)]
    server: dict[tuple[int, int], list[float]] = {case: [] for case in cases}
    counted: dict[tuple[int, int], int] = {}
    for _ in range(ROUNDS):
        for case in cases:
            statements.clear()
            begun = time.process_time()
            await run(schema, resources, *case)
            server[case].append((time.process_time() - begun) * 1000)
            counted[case] = len(statements)
    print("projects  rows  statements  server CPU ms  ratio to 1 project")
    for projects, rows in cases:
        median = statistics.median(server[projects, rows])
        ratio = median / statistics.median(server[1, rows])
        print(f"{projects:8}  {rows:4}  {counted[projects, rows]:10}  {median:13.1f}  {ratio:18.1f}")
    begun, own = postgres_cpu(), time.process_time()
    for _ in range(ROUNDS):
        await run(schema, resources, PROJECTS[-1], 10)
    share = (postgres_cpu() - begun) / (time.process_time() - own)
    print(f"PostgreSQL's CPU for {PROJECTS[-1]} projects of 10 rows: {share:.2f} of the server's")


async def main(dsn: str) -> None:
    config = Config(database_url=SecretStr(dsn), pool_size=4)
    async with migrator(config, lambda: None) as migration:
        await migration.migrate_shared(await migration.shared_state())
    statements: list[str] = []
    async with open_database(config, on_statement=statements.append) as database:
        await load(database, PROJECTS[-1])
        await measure(database, config, statements)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as directory, running_postgres(Path(directory) / "postgres") as address:
        uvloop.run(main(address))
