"""What changes cost: a project with its schema as there are more of them, and the statements of each mutation.

    .venv/bin/python benchmarks/changes.py [projects]

Starts a PostgreSQL of its own, which writes to disk as it does in production, and adds projects until there are 1,000.
Prints medians and ratios. Quote the ratios: they were measured in one run on one machine.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path
from uuid import UUID

import uvloop
from pydantic import SecretStr

from gql_server.config import Config
from gql_server.context import Resources
from gql_server.db.changes import Changes
from gql_server.db.database import Database, open_database
from gql_server.db.embedded import running_postgres
from gql_server.db.migrate import migrator
from gql_server.schema.build import Schema, build_schema
from gql_server.schema.ids import IdKind, global_id
from gql_server.services.authentication import ADMINISTRATOR, Viewer
from gql_server.services.clients import create_client
from gql_server.services.projects import create_project
from gql_server.services.writer import Writer

WINDOW = 50
ROUNDS = 30
SAVE = "mutation ($input: SaveTermsInput!) { saveTerms(input: $input) { terms { id } userErrors { message } } }"


async def administrator() -> Viewer:
    return ADMINISTRATOR


async def add_projects(database: Database, client_id: UUID, count: int) -> list[UUID]:
    """Adds projects one after another, and says what the first and the last of them took."""
    ids: list[UUID] = []
    took: list[float] = []
    for number in range(count):
        begun = time.perf_counter()
        made = await create_project(Writer(database), client_id=client_id, name=f"Project {number}")
        took.append((time.perf_counter() - begun) * 1000)
        ids.append(made.id)
    first, last = statistics.median(took[:WINDOW]), statistics.median(took[-WINDOW:])
    print(f"createProject: the first {first:.1f} ms, number {count} {last:.1f} ms, ratio {last / first:.2f}")
    return ids


async def add_projects_at_once(database: Database, client_id: UUID) -> None:
    """Adds 20 projects at once, and says how much less that takes than one after another."""
    begun = time.perf_counter()
    for number in range(20):
        await create_project(Writer(database), client_id=client_id, name=f"One by one {number}")
    one_by_one = time.perf_counter() - begun
    begun = time.perf_counter()
    names = [f"At once {number}" for number in range(20)]
    await asyncio.gather(*(create_project(Writer(database), client_id=client_id, name=name) for name in names))
    at_once = time.perf_counter() - begun
    print(f"20 projects: one by one {one_by_one * 1000:.0f} ms, at once {at_once * 1000:.0f} ms")


async def save_terms(schema: Schema, resources: Resources, project_id: UUID, statements: list[str]) -> None:
    """Saves terms in batches of several sizes, and says what a term costs."""
    for count in (1, 100, 1000):
        terms = [{"term": f"Term {number}", "definition": "What it means."} for number in range(count)]
        variables = {"input": {"project": global_id(IdKind.PROJECT, project_id), "terms": terms}}
        took: list[float] = []
        for _ in range(ROUNDS):
            statements.clear()
            begun = time.process_time()
            result = await schema.execute(SAVE, variable_values=variables, context_value=resources)
            took.append((time.process_time() - begun) * 1000)
            assert result.errors is None, result.errors
            assert result.data is not None
            assert result.data["saveTerms"]["userErrors"] == []
        median = statistics.median(took)
        each = f"server CPU {median:.1f} ms, {median / count:.3f} a term"
        print(f"saveTerms of {count:4}: {len(statements)} statements, {each}")


async def main(dsn: str, count: int) -> None:
    config = Config(database_url=SecretStr(dsn), pool_size=8)
    async with migrator(config, lambda: None) as migration:
        await migration.migrate_shared(await migration.shared_state())
    statements: list[str] = []
    async with open_database(config, on_statement=statements.append) as database:
        client_id = (await create_client(Writer(database), name="Acme")).client_id
        ids = await add_projects(database, client_id, count)
        await add_projects_at_once(database, client_id)
        resources = Resources(config, database, Changes(config), ["sample"], ADMINISTRATOR, administrator)
        await save_terms(build_schema(), resources, ids[0], statements)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as directory, running_postgres(Path(directory) / "postgres") as address:
        uvloop.run(main(address, int(sys.argv[1]) if len(sys.argv) > 1 else 1000))
