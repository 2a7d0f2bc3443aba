"""A server that is killed at any moment has made each change wholly or not at all, and makes it but once."""

import asyncio
import copy
import signal
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import model_changes
import pytest
from command import Result, run
from keys import make_client
from logins import bearing
from model import LISTS, Model, Project, Row
from mutations import DOCUMENTS, READ, agree, ids_in, sorted_rows
from patience import PATIENCE_SECONDS
from served import served
from world import World

from gql_server.config import Config
from gql_server.db.database import open_database
from gql_server.db.migrations import latest_version
from gql_server.schema.ids import IdKind, expect_project_id, global_id, project_row_id

NOTHING = UUID(int=1)

SENDERS = 8
CHANGES = 500
KILLS = 6
AGAIN = 10
"""Changes of each sender that are asked for once more in the end."""

WEIGHTS = {
    "createProject": 6,
    "updateProject": 8,
    "archiveProject": 2,
    "restoreProject": 5,
    "deleteProject": 4,
    "createContent": 20,
    "updateContent": 20,
    "deleteContents": 6,
    "saveTerms": 14,
    "deleteTerms": 4,
    "setMetadata": 10,
    "createPromptComponent": 6,
}
PROJECTS = 3
"""What a sender has at a time."""

OURS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'gql_server%'"
)
IDS = "SELECT replace(id::text, '-', '') FROM public.projects ORDER BY 1"
SCHEMAS = "SELECT replace(substr(nspname, 9), '_', '') FROM pg_namespace WHERE nspname LIKE 'project\\_%' ORDER BY 1"
ROLES = """
SELECT split_part(rolname, '_', 4) FROM pg_roles
WHERE starts_with(rolname, (SELECT 'gqls_' || oid || '_project_' FROM pg_database WHERE datname = current_database()))
ORDER BY 1
"""
TABLES = """
SELECT nspname, array_agg(relname::text ORDER BY relname) AS tables
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace
WHERE nspname LIKE 'project\\_%' AND relkind = 'r' GROUP BY nspname
"""
EVERY_TABLE = [
    "contents",
    "generation_answers",
    "generation_events",
    "generations",
    "idempotency_keys",
    "metadata",
    "prompt_components",
    "schema_migrations",
    "vocabulary",
]


@dataclass
class Server:
    """A server that is killed and started again; `life` says how often it was started."""

    dsn: str
    log: Path
    connection: asyncpg.Connection
    life: int = 0
    running: ExitStack = field(default_factory=ExitStack)
    http: httpx.AsyncClient = field(default_factory=lambda: httpx.AsyncClient(timeout=PATIENCE_SECONDS))

    async def start(self) -> None:
        self.process, port = await asyncio.to_thread(
            self.running.enter_context,
            served(
                self.dsn, self.log, rate_limit_per_second=0, log_level="error", lock_timeout_seconds=PATIENCE_SECONDS
            ),
        )
        self.url = f"http://127.0.0.1:{port}/graphql"
        self.life += 1

    async def kill(self) -> None:
        """Nothing of it stays, in the database either."""
        self.process.kill()
        assert await asyncio.to_thread(self.process.wait) == -signal.SIGKILL
        self.running.close()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await self.connection.fetchval(OURS):
                await asyncio.sleep(0.02)

    async def ask(self, headers: dict[str, str], query: str, **variables: Any) -> Row | None:
        """The answer's data; None when there was no answer, and then the server has been started again."""
        life = self.life
        try:
            body = {"query": query, "variables": variables}
            response = await self.http.post(self.url, json=body, headers=headers)
        except httpx.TransportError:
            while self.life == life:
                await asyncio.sleep(0.02)
            return None
        answer = response.json()
        assert answer.keys() == {"data"}, answer
        return answer["data"]


@dataclass
class Sender:
    """A client that changes its own projects, one change after another."""

    server: Server
    name: str
    headers: dict[str, str]
    model: Model
    random: Random
    answered: int = 0
    lost: int = 0
    asked: list[tuple[str, Row]] = field(default_factory=list[tuple[str, Row]])

    async def send(self, changes: int) -> None:
        for _ in range(changes):
            mutation, values = self.next()
            asked = {**values, "idempotencyKey": self.text}
            self.asked.append((mutation, asked))
            await self.change(mutation, asked)
            self.answered += 1

    async def change(self, mutation: str, input: Row) -> None:
        """Asks until there is an answer, which is the one that there would have been at first."""
        known = {*self.model.projects, *(id_ for project in self.model.projects.values() for id_ in rows_of(project))}
        while (answer := await self.server.ask(self.headers, DOCUMENTS[mutation], input=input)) is None:
            self.lost += 1
            self.expect_whole(await self.read(), mutation, input, known)
        new = [id_ for id_ in ids_in(answer[mutation]) if id_ not in known]
        agree(answer[mutation], model_changes.answer(self.model, self.name, mutation, input, iter(new)))

    def expect_whole(self, read: list[Row], mutation: str, input: Row, known: set[str]) -> None:
        """The change was made wholly, or not at all."""
        after = copy.deepcopy(self.model)
        try:
            model_changes.answer(after, self.name, mutation, input, new_ids(read, input, known))
        except StopIteration:
            # Nothing is new, where something would be.
            after = self.model
        agree(read, (self.model if read == self.model.read(self.name) else after).read(self.name))

    async def read(self) -> list[Row]:
        while (data := await self.server.ask(self.headers, READ, clients=[self.model.clients[self.name]])) is None:
            pass
        return sorted_rows(data)

    def next(self) -> tuple[str, Row]:
        """A mutation and its input."""
        weights = {name: weight for name, weight in WEIGHTS.items() if self.is_possible(name)}
        [mutation] = self.random.choices(list(weights), list(weights.values()))
        if mutation == "createProject":
            return mutation, {"name": self.text, "settings": {"number": len(self.asked)}}
        project = self.random.choice(list(self.model.projects.values()))
        return mutation, INPUTS[mutation](self, project)

    def is_possible(self, mutation: str) -> bool:
        count = len(self.model.projects)
        return count < PROJECTS if mutation == "createProject" else count > 0

    @property
    def text(self) -> str:
        """One that no other change has."""
        return f"{self.name} {len(self.asked)}"

    def some(self, project: Project, kind: IdKind, count: int) -> list[str]:
        """Rows of a project, or one that there is not."""
        ids = list(getattr(project, LISTS[kind]))
        nothing = project_row_id(kind, expect_project_id(project.id), NOTHING)
        return self.random.sample(ids, min(count, len(ids))) or [nothing]


INPUTS: dict[str, Callable[[Sender, Project], Row]] = {
    "updateProject": lambda sender, project: {
        "project": project.id,
        "name": sender.text,
        "settingsPatch": {f"of {len(sender.asked) % 3}": sender.text},
    },
    "archiveProject": lambda _, project: {"project": project.id},
    "restoreProject": lambda _, project: {"project": project.id},
    "deleteProject": lambda _, project: {"project": project.id, "confirmName": project.node["name"]},
    "createContent": lambda sender, project: {
        "project": project.id,
        "objectModel": sender.model.object_models[0],
        "body": sender.text * 100,
        "metadata": {"of": sender.text},
    },
    "updateContent": lambda sender, project: {
        "content": sender.some(project, IdKind.CONTENT, 1)[0],
        "body": sender.text,
        "metadataPatch": {f"of {len(sender.asked) % 3}": sender.text},
    },
    "deleteContents": lambda sender, project: {"contents": sender.some(project, IdKind.CONTENT, 2)},
    "saveTerms": lambda sender, project: {
        "project": project.id,
        "terms": [
            {"term": f"term {number}", "definition": sender.text} for number in sender.random.sample(range(9), 3)
        ],
    },
    "deleteTerms": lambda sender, project: {"terms": sender.some(project, IdKind.TERM, 2)},
    "setMetadata": lambda sender, project: {
        "project": project.id,
        "entries": [{"key": f"key {number}", "value": sender.text} for number in sender.random.sample(range(9), 3)],
    },
    "createPromptComponent": lambda sender, project: {"project": project.id, "name": sender.text, "content": "It is."},
}


def rows_of(project: Project) -> Iterator[str]:
    """The ids of all that is in a project."""
    return (id_ for name in LISTS.values() for id_ in getattr(project, name))


def new_ids(read: list[Row], input: Row, known: set[str]) -> Iterator[str]:
    """The ids of what is read and was not known; those of terms in the order of the input."""
    nodes = [*read, *(row for project in read for name in LISTS.values() for row in project[name]["nodes"])]
    terms = [term["term"] for term in input.get("terms", []) if isinstance(term, dict)]
    new = [node for node in nodes if node["id"] not in known]
    return iter([node["id"] for node in sorted(new, key=lambda node: terms.index(node["term"]) if terms else 0)])


@pytest.fixture
async def server(dsn: str, connection: asyncpg.Connection, tmp_path: Path) -> AsyncGenerator[Server]:
    server = Server(dsn, tmp_path / "log", connection)
    await server.start()
    yield server
    server.running.close()
    await server.http.aclose()


@pytest.fixture
async def senders(server: Server, config: Config, connection: asyncpg.Connection) -> list[Sender]:
    senders: list[Sender] = []
    # No pool is left beside the server's own.
    async with open_database(config) as database:
        world = World(database, connection)
        object_models = [global_id(IdKind.OBJECT_MODEL, await world.object_model())]
        for number in range(SENDERS):
            name = f"Sender {number}"
            made = await make_client(world, name)
            model = Model({name: global_id(IdKind.CLIENT, made.client_id)}, object_models, {})
            senders.append(Sender(server, name, bearing(made.key.text), model, Random(number)))
    return senders


@pytest.mark.timeout(240)
async def test_what_is_answered_is_there_and_what_is_not_is_there_wholly_or_not_at_all(
    server: Server, senders: list[Sender], connection: asyncpg.Connection
) -> None:
    random = Random(0)
    async with asyncio.TaskGroup() as tasks:
        for sender in senders:
            tasks.create_task(sender.send(CHANGES // SENDERS))
        for kill in range(1, KILLS + 1):
            while sum(sender.answered for sender in senders) < CHANGES * kill / (KILLS + 1):
                await asyncio.sleep(0.005)
            await asyncio.sleep(random.uniform(0, 0.05))
            await server.kill()
            await server.start()
    assert sum(sender.lost for sender in senders) >= KILLS

    await server.kill()
    await server.start()
    for sender in senders:
        agree(await sender.read(), sender.model.read(sender.name))
        for mutation, asked in sender.asked[-AGAIN:]:
            await sender.change(mutation, asked)
        agree(await sender.read(), sender.model.read(sender.name))
    await server.kill()

    await expect_whole_projects(connection)
    assert await run("doctor", dsn=server.dsn) == Result(0, "Everything is as it should be.\n", "")


async def expect_whole_projects(connection: asyncpg.Connection) -> None:
    """Each project has its row, its schema with every table and every migration, and its role; there is no other."""
    ids, schemas, roles = [[row[0] for row in await connection.fetch(sql)] for sql in (IDS, SCHEMAS, ROLES)]
    assert ids == schemas == roles
    tables = await connection.fetch(TABLES)
    assert [row["tables"] for row in tables] == [EVERY_TABLE] * len(ids)
    migrations = list(range(1, latest_version("project") + 1))
    for row in tables:
        applied = await connection.fetch(f"SELECT version FROM {row['nspname']}.schema_migrations ORDER BY version")
        assert [record["version"] for record in applied] == migrations
