"""Fills a database with projects of equal size, the same on every machine."""

import asyncio
import datetime as dt
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from gql_server.db.database import Database
from gql_server.db.project_schema import ProjectSchema
from gql_server.db.tables import clients
from gql_server.demo import catalogue
from gql_server.demo.seeds import ClientSeed, ContentSeed, ObjectModelSeed, PromptComponentSeed, PromptSeed, TermSeed
from gql_server.services.projects import create_project
from gql_server.services.writer import Writer

CONCURRENCY = 4
START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
CATEGORIES = ["animals", "landscape", "people", "technique", "weather"]
WORDS = re.findall(
    r"\w+",
    """
    river valley harbour bridge lantern orchard meadow granite copper willow heron otter falcon market square tower
    the a of in beside under over through and with without early late quiet bright narrow open old new slow long
    morning evening winter summer rain snow wind light water stone wood iron paper glass letter story journey road
    """,
)
BODY_WORDS = 120


@dataclass(frozen=True)
class Seeded:
    """The projects in the order of their names, and the ids of each one's contents, the newest first."""

    projects: list[UUID]
    contents: dict[UUID, list[UUID]]


class Shared(NamedTuple):
    """The ids of what projects refer to."""

    clients: list[UUID]
    object_models: list[UUID]
    prompts: list[UUID]


async def seed(database: Database, projects: int, rows: int) -> Seeded:
    """Makes `projects` projects with `rows` contents, terms and prompt components each."""
    shared = await _seed_shared(database)
    seeded = Seeded([_id("project", number) for number in range(projects)], {})
    numbers = iter(range(projects))

    async def work() -> None:
        for number in numbers:
            await _seed_project(database, shared, seeded, number, rows)

    async with asyncio.TaskGroup() as group:
        for _ in range(CONCURRENCY):
            group.create_task(work())
    return seeded


async def _seed_shared(database: Database) -> Shared:
    made = catalogue.clients(START), catalogue.object_models(START), catalogue.prompts(START)
    async with database.transaction() as transaction:
        await transaction.insert("public", "clients", ClientSeed._fields, made[0])
        for client in made[0]:
            await clients.sync_role(transaction, client.id)
        await transaction.copy("public", "object_models", ObjectModelSeed._fields, made[1])
        await transaction.copy("public", "prompts", PromptSeed._fields, made[2])
    return Shared(*([row.id for row in rows] for rows in made))


async def _seed_project(database: Database, shared: Shared, seeded: Seeded, number: int, rows: int) -> None:
    project_id = seeded.projects[number]
    client_id = shared.clients[number % len(shared.clients)]
    await create_project(Writer(database), client_id=client_id, name=f"Project {number + 1:04}", project_id=project_id)
    schema = ProjectSchema(project_id).name
    contents = list(_contents(number, shared, rows))
    seeded.contents[project_id] = [content.id for content in reversed(contents)]
    async with database.transaction() as transaction:
        await transaction.copy(schema, "contents", ContentSeed._fields, contents)
        await transaction.copy(schema, "vocabulary", TermSeed._fields, _terms(number, rows))
        components = _components(number, shared, rows)
        await transaction.copy(schema, "prompt_components", PromptComponentSeed._fields, components)


def _contents(project: int, shared: Shared, rows: int) -> Iterator[ContentSeed]:
    rng = random.Random(f"contents/{project}")
    for number in range(rows):
        at = _moment(project, number)
        metadata = json.dumps({"tags": rng.sample(WORDS, 2)})
        model = rng.choice(shared.object_models)
        yield ContentSeed(
            _id("content", project, number), _text(rng, 5), _text(rng, BODY_WORDS), model, metadata, at, at
        )


def _terms(project: int, rows: int) -> Iterator[TermSeed]:
    rng = random.Random(f"terms/{project}")
    for number in range(rows):
        term = f"{_text(rng, 2)} {number}"
        category = rng.choice(CATEGORIES)
        yield TermSeed(_id("term", project, number), term, _text(rng, 12), category, _moment(project, number))


def _components(project: int, shared: Shared, rows: int) -> Iterator[PromptComponentSeed]:
    rng = random.Random(f"components/{project}")
    for number in range(rows):
        at = _moment(project, number)
        base = rng.choice(shared.prompts) if rng.random() < 0.75 else None
        yield PromptComponentSeed(_id("component", project, number), _text(rng, 3), _text(rng, 40), base, at, at)


def _text(rng: random.Random, words: int) -> str:
    return " ".join(rng.choices(WORDS, k=words)).capitalize()


def _moment(project: int, number: int) -> dt.datetime:
    """A second of its own for each row of a project, and whole: each language writes fractions in its own way."""
    return START + dt.timedelta(hours=number, seconds=project)


def _id(*path: object) -> UUID:
    return UUID(int=random.Random("/".join(map(str, path))).getrandbits(128), version=4)
