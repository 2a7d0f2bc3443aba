"""What generating costs beside the language model: requests, claims and ends of generations, by real workers.

    .venv/bin/python benchmarks/generations.py [generations] [workers]

Starts a PostgreSQL of its own, which writes to disk as it does in production, and workers in processes of their own,
whose model answers at once. Prints rates, and the CPU of the workers.
"""

import asyncio
import multiprocessing
import os
import resource
import sys
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import uvloop
from pydantic import SecretStr

from gql_server import worker
from gql_server.config import Config
from gql_server.db.database import Database, open_database
from gql_server.db.embedded import running_postgres
from gql_server.db.migrate import migrator
from gql_server.db.tables import object_models
from gql_server.db.tables.generations import Request
from gql_server.llm.catalogue import NamedModel
from gql_server.llm.exchange import Answer, OnText, Question, TokenUsage
from gql_server.services.clients import create_client
from gql_server.services.generations import enqueue_generations
from gql_server.services.projects import create_project
from gql_server.services.writer import Place, Writer

PROJECTS = 20
BATCH = 50
STRUCTURE = '{"type": "object", "properties": {"title": {"type": "string"}, "body": {"type": "string"}}}'


class AtOnce:
    """A language model that takes no time."""

    async def answer(self, question: Question, on_text: OnText) -> Answer:
        text = '{"title": "A title", "body": "A body."}'
        await on_text(text)
        return Answer(text, TokenUsage(len(question.prompt) // 4, 10, {}))


@asynccontextmanager
async def open_at_once(_named: NamedModel) -> AsyncGenerator[AtOnce]:
    yield AtOnce()


def work(config: Config) -> None:
    """A worker's process, which says at its end what it cost."""
    worker.open_model = open_at_once
    uvloop.run(worker.Worker(config).run())
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(f"worker {os.getpid()}: {used.ru_utime + used.ru_stime:.1f} s of CPU", flush=True)


async def prepare(database: Database) -> tuple[list[UUID], UUID]:
    client_id = (await create_client(Writer(database), name="Acme")).client_id
    projects = [
        (await create_project(Writer(database), client_id=client_id, name=f"P {n}")).id for n in range(PROJECTS)
    ]
    async with database.transaction() as transaction:
        model_id = await object_models.insert(transaction, "Article", "1.0.0", STRUCTURE, None)
    return projects, model_id


async def enqueue(database: Database, projects: list[UUID], model_id: UUID, count: int) -> None:
    request = Request(
        "sample", None, None, None, model_id, STRUCTURE, '{"topic": "tea"}', "[]", "Write about tea. " * 50
    )
    begun = time.perf_counter()
    for number in range(count // BATCH):
        place = Place(projects[number % PROJECTS], ())
        await enqueue_generations(Writer(database), place, [request] * BATCH)
    took = time.perf_counter() - begun
    print(f"requests: {count} in {took:.2f} s, {count / took:.0f} a second, {BATCH} at a time")
    begun = time.perf_counter()
    for number in range(count // 10):
        await enqueue_generations(Writer(database), Place(projects[number % PROJECTS], ()), [request])
    took = time.perf_counter() - begun
    print(f"requests: {count // 10} in {took:.2f} s, {count // 10 / took:.0f} a second, one at a time")


async def left(database: Database) -> int:
    async with database.transaction() as transaction:
        [record] = await transaction.fetch("SELECT count(*) FROM jobs.pgqueuer")
    return record[0]


async def main(dsn: str, count: int, workers: int) -> None:
    config = Config(database_url=SecretStr(dsn), pool_size=16, log_level="warning", worker_concurrency=32)
    async with migrator(config, lambda: None) as migration:
        await migration.migrate_shared(await migration.shared_state())
    async with open_database(config) as database:
        projects, model_id = await prepare(database)
        await enqueue(database, projects, model_id, count)
        total = await left(database)
        context = multiprocessing.get_context("spawn")
        processes = [context.Process(target=work, args=(config,)) for _ in range(workers)]
        for process in processes:
            process.start()
        while (begun_with := await left(database)) == total:  # noqa: ASYNC110  the workers are processes of their own
            await asyncio.sleep(0.01)
        begun = time.perf_counter()
        while await left(database):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        took = time.perf_counter() - begun
        print(f"generations: {begun_with} in {took:.2f} s by {workers} workers, {begun_with / took:.0f} a second")
        for process in processes:
            process.terminate()
            process.join()


if __name__ == "__main__":
    generations, processes = (
        int(sys.argv[1]) if len(sys.argv) > 1 else 2000,
        int(sys.argv[2]) if len(sys.argv) > 2 else 1,
    )
    with tempfile.TemporaryDirectory() as directory, running_postgres(Path(directory) / "postgres") as address:
        uvloop.run(main(address, generations, processes))
