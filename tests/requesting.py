"""What the tests of generations share: what is asked for, who does it, and what is stored of it."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import asyncpg
from world import START, World, uuid_of

from gql_server.config import Config
from gql_server.db.changes import GENERATION_OUTPUT, Changes, announce
from gql_server.db.database import Database
from gql_server.db.roles import ADMIN
from gql_server.db.tables import generation_runs
from gql_server.db.tables.generation_runs import Lease
from gql_server.db.tables.generations import Request
from gql_server.llm.catalogue import NamedModel
from gql_server.llm.exchange import Answer, LanguageModel, OnText, Question
from gql_server.llm.sample_model import SampleModel
from gql_server.schema.ids import IdKind, global_id, project_row_id
from gql_server.services.checks import not_found
from gql_server.services.generation_runs import Runner
from gql_server.services.generations import enqueue_generations
from gql_server.services.writer import Place, Writer

STRUCTURE = {
    "type": "object",
    "properties": {
        "title": {"type": "string"},
        "body": {"type": "string"},
        "words": {"type": "integer", "minimum": 1, "maximum": 9},
    },
    "required": ["title", "body", "words"],
    "additionalProperties": False,
}
PARAMETERS = {
    "type": "object",
    "properties": {"topic": {"type": "string", "minLength": 3}, "words": {"type": "integer"}},
    "required": ["topic"],
    "additionalProperties": False,
}
TEMPLATE = "Write {{ words | default: 100 }} words about {{ topic }} in a {{ metadata.tone.voice }} voice."
VARIABLES = {"topic": "tuff and ROSES"}
RENDERED = """Write 100 words about tuff and ROSES in a warm voice.

Use these terms as they are defined here:
- Tuff: What Tuff means.
- rose: What rose means.
- Aphid: What Aphid means."""
TERMS = ["Tuff", "rose", "Aphid"]
"""In the order in which the prompt has them."""

WRITE = global_id(IdKind.PROMPT, uuid_of("prompt", "Write"))
PLAIN = global_id(IdKind.PROMPT, uuid_of("prompt", "Plain"))
"""A prompt that names no object model, and takes anything."""

JOBS = """
SELECT entrypoint, priority, status::text, dedupe_key, convert_from(payload, 'UTF8') FROM jobs.pgqueuer ORDER BY id
"""


async def make_studio(world: World) -> UUID:
    """The project Garden of the client Acme, with prompts, components, metadata and terms to generate from."""
    model = await world.object_model(structure=STRUCTURE)
    await world.object_model("Recipe")
    await world.object_model("Broken", structure={"type": "nope"})
    prompt = await world.prompt(template=TEMPLATE, parameters=PARAMETERS, object_model_id=model, version=3)
    await world.prompt("Plain", template="Anything.")
    project = await world.project("Garden", await world.client())
    await world.metadata(project, "tone", {"voice": "warm"})
    for term in ("Aphid", "rose", "Tuff"):
        await world.term(project, term)
    await world.prompt_component(project, "Own", prompt, content="Only {{ topic }}.")
    await world.prompt_component(project, "Piece", None, content="{{ anything }}")
    return project


def component(project_id: UUID, name: str) -> str:
    return project_row_id(IdKind.PROMPT_COMPONENT, project_id, uuid_of(project_id, "prompt_component", name))


def wanted(**values: Any) -> dict[str, Any]:
    """A request of `generateContents`."""
    return {"prompt": WRITE, "variables": VARIABLES, "model": "sample", **values}


def new(project_id: UUID, **values: Any) -> dict[str, Any]:
    """The input of `generateContent`."""
    return {"project": str(project_id), **wanted(**values)}


class NoModel:
    """Must not be asked."""

    async def answer(self, question: Question, on_text: OnText) -> Answer:
        raise AssertionError


def runner_of(config: Config, database: Database, model: LanguageModel | None = None) -> Runner:
    """A worker without a queue; it does what it is told to."""
    named = {"sample": NamedModel("sample", "sample")}
    asked = SampleModel(delay_seconds=0) if model is None else model
    return Runner(config, database, Changes(config), named, {"sample": asked})


def place_of(project_id: UUID) -> Place:
    return Place(project_id, (not_found("project", "project"),))


def request_of(text: str = "Write.", structure: object = STRUCTURE) -> Request:
    model_id = uuid_of("object_model", "Article")
    return Request("sample", None, None, None, model_id, json.dumps(structure), "{}", "[]", text)


async def enqueue(database: Database, project_id: UUID, count: int = 1) -> list[UUID]:
    """Asks for contents, past the API."""
    requests = [request_of() for _ in range(count)]
    return (await enqueue_generations(Writer(database), place_of(project_id), requests)).ids


class Steps(NamedTuple):
    """Lets a generation go on step by step, as a worker in another process would."""

    database: Database
    lease: Lease

    @classmethod
    def of(cls, database: Database, project_id: UUID, generation_id: UUID) -> "Steps":
        return cls(database, Lease(project_id, generation_id, uuid4()))

    async def start(self) -> None:
        await self._step(lambda transaction: generation_runs.claim(transaction, self.lease, 5))

    async def note(self, text: str, kind: str = "output") -> None:
        step = lambda transaction: generation_runs.note(transaction, self.lease, kind, text)  # noqa: E731
        await self._step(step, GENERATION_OUTPUT)

    async def succeed(self) -> None:
        await self._step(lambda transaction: generation_runs.succeed(transaction, self.lease, "Oak", "Leaves.", None))

    async def fail(self) -> None:
        wrong = ("VALIDATION_FAILED", "It is wrong.", "/words")
        await self._step(lambda transaction: generation_runs.fail(transaction, self.lease, *wrong))

    async def _step(self, step: Callable[..., Any], table: str = "generations") -> None:
        async with self.database.transaction(ADMIN, self.lease.project_id) as transaction:
            assert await step(transaction)
            await announce(transaction, self.lease.project_id, {table: [self.lease.generation_id]})


async def jobs(connection: asyncpg.Connection) -> list[tuple[Any, ...]]:
    return [tuple(record) for record in await connection.fetch(JOBS)]


def job_of(project_id: UUID, generation_id: UUID, turn: int = 0) -> tuple[Any, ...]:
    return ("sample", -turn, "queued", str(generation_id), f"{project_id}/{generation_id}")


async def spend(world: World, path: object, cost: str, **values: Any) -> None:
    """A call of this month."""
    now = await world.connection.fetchval("SELECT CURRENT_TIMESTAMP")
    await world.llm_usage(path, **{"cost": Decimal(cost), "created_at": now, **values})


LONG_AGO = START.replace(year=2020)
