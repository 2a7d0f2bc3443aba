"""What tests make: clients, projects and what is in them, each value known in advance."""

import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

import asyncpg

from gql_server.config import Config
from gql_server.context import Resources
from gql_server.db.changes import Changes
from gql_server.db.database import Database
from gql_server.db.project_schema import ProjectSchema
from gql_server.db.tables import clients
from gql_server.schema.ids import IdKind, global_id, project_row_id
from gql_server.services.authentication import ADMINISTRATOR, Viewer
from gql_server.services.clients import rotate_key
from gql_server.services.projects import create_project
from gql_server.services.writer import Writer

GraphQL = Callable[..., Awaitable[dict[str, Any]]]
"""Sends a document and its variables, by name; answers with what the fixture says."""

NAMESPACE = UUID("6f1d2c3b-0000-4000-8000-000000000000")
START = datetime(2026, 1, 1, tzinfo=UTC)


def uuid_of(*path: object) -> UUID:
    """The id that the thing at this path always has."""
    return uuid5(NAMESPACE, "/".join(map(str, path)))


def moment(hours: float) -> datetime:
    """So many hours into 2026."""
    return START + timedelta(hours=hours)


def resources_of(config: Config, database: Database) -> Resources:
    """What an operation of the administrator's is run with, past HTTP."""

    async def administrator() -> Viewer:
        return ADMINISTRATOR

    return Resources(config, database, Changes(config), ["sample"], ADMINISTRATOR, administrator)


class World:
    """Writes rows past the API, as their owner."""

    def __init__(self, database: Database, connection: asyncpg.Connection) -> None:
        self.database = database
        self.connection = connection

    async def insert(self, table: str, **values: Any) -> UUID:
        """Inserts one row into a table, named with its schema; dicts and lists become JSON."""
        columns = ", ".join(values)
        places = ", ".join(f"${place}" for place in range(1, len(values) + 1))
        encoded = [json.dumps(value) if isinstance(value, dict | list) else value for value in values.values()]
        await self.connection.execute(f"INSERT INTO {table} ({columns}) VALUES ({places})", *encoded)
        return values.get("id", NAMESPACE)

    async def client(self, name: str = "Acme") -> UUID:
        email = f"{name.lower()}@example.com"
        id_ = await self.insert(
            "public.clients", id=uuid_of("client", name), name=name, contact_email=email, created_at=START
        )
        async with self.database.transaction() as transaction:
            await clients.sync_role(transaction, id_)
        return id_

    async def key(self, client_id: UUID) -> str:
        """A new key of a client's, which takes the place of the one that it has."""
        return (await rotate_key(Writer(self.database), client_id, timedelta(0))).key.text

    async def object_model(self, name: str = "Article", **values: Any) -> UUID:
        row = {"id": uuid_of("object_model", name), "name": name, "version": "1.0.0", "created_at": START}
        return await self.insert("public.object_models", **{**row, "structure": {"type": "object"}, **values})

    async def prompt(self, name: str = "Write", **values: Any) -> UUID:
        row = {"id": uuid_of("prompt", name), "name": name, "template": f"{name} about {{{{ topic }}}}."}
        return await self.insert("public.prompts", **{**row, "created_at": START, "updated_at": START, **values})

    async def project(self, name: str, client_id: UUID, **values: Any) -> UUID:
        """A project with its schema; `values` are those of its row."""
        id_ = uuid_of("project", name)
        await create_project(Writer(self.database), client_id=client_id, name=name, project_id=id_)
        changes = {"created_at": START, "updated_at": START, **values}
        settings = ", ".join(f"{column} = ${place}" for place, column in enumerate(changes, start=2))
        encoded = [json.dumps(value) if isinstance(value, dict) else value for value in changes.values()]
        await self.connection.execute(f"UPDATE public.projects SET {settings} WHERE id = $1", id_, *encoded)
        return id_

    async def content(self, project_id: UUID, title: str | None, object_model_id: UUID, **values: Any) -> UUID:
        row = {"id": uuid_of(project_id, "content", title), "title": title, "body": f"The body of {title}."}
        times = {"created_at": START, "updated_at": START}
        table = f"{ProjectSchema(project_id).quoted}.contents"
        return await self.insert(table, **{**row, "object_model_id": object_model_id, **times, **values})

    async def contents(self, project_id: UUID, titles: Sequence[str], object_model_id: UUID) -> list[UUID]:
        """Contents an hour apart, the last title's the newest."""
        return [
            await self.content(project_id, title, object_model_id, created_at=moment(hour), updated_at=moment(hour))
            for hour, title in enumerate(titles)
        ]

    async def term(self, project_id: UUID, term: str, **values: Any) -> UUID:
        row = {"id": uuid_of(project_id, "term", term), "term": term, "definition": f"What {term} means."}
        table = f"{ProjectSchema(project_id).quoted}.vocabulary"
        return await self.insert(table, **{**row, "created_at": START, **values})

    async def prompt_component(self, project_id: UUID, name: str, base_prompt_id: UUID | None, **values: Any) -> UUID:
        row = {"id": uuid_of(project_id, "prompt_component", name), "name": name, "content": f"The {name} of it."}
        times = {"created_at": START, "updated_at": START}
        table = f"{ProjectSchema(project_id).quoted}.prompt_components"
        return await self.insert(table, **{**row, "base_prompt_id": base_prompt_id, **times, **values})

    async def metadata(self, project_id: UUID, key: str, value: Any) -> None:
        table = f"{ProjectSchema(project_id).quoted}.metadata"
        await self.insert(table, key=key, value=json.dumps(value), updated_at=START)

    async def generation(self, project_id: UUID, path: object, object_model_id: UUID, **values: Any) -> UUID:
        """One that has succeeded, with the events of its end."""
        schema = ProjectSchema(project_id).quoted
        row = {"id": uuid_of(project_id, "generation", path), "status": "succeeded", "attempt": 1, "model": "sample"}
        asked = {"structure": {"type": "object"}, "variables": {"topic": path}, "terms": [], "turn": 0, "sequence": 3}
        times = {"created_at": START, "started_at": START, "finished_at": START}
        prompt = {"object_model_id": object_model_id, "rendered_prompt": f"Write about {path}."}
        id_ = await self.insert(f"{schema}.generations", **{**row, **asked, **times, **prompt, **values})
        for sequence, kind in enumerate(("queued", "started", "succeeded"), start=1):
            event = {"generation_id": id_, "sequence": sequence, "kind": kind, "attempt": min(sequence - 1, 1)}
            await self.insert(f"{schema}.generation_events", **event, created_at=START)
        return id_

    async def llm_usage(self, path: object, **values: Any) -> UUID:
        row = {"id": uuid_of("llm_usage", path), "model": "sample", "tokens_in": 100, "tokens_out": 10}
        return await self.insert("public.llm_usage", **{**row, "cost": Decimal("0.001"), "created_at": START, **values})

    async def full_projects(self, count: int, *, rows: int = 3) -> list[UUID]:
        """Projects `Project 00` and so on of one client, each with `rows` of what is in one."""
        client_id = await self.client()
        models = [await self.object_model(name) for name in ("Article", "Recipe")]
        prompts = [await self.prompt(name, object_model_id=models[0]) for name in ("Write", "Shorten")]
        projects: list[UUID] = []
        for number in range(count):
            id_ = await self.project(f"Project {number:02}", client_id)
            for row in range(rows):
                created = moment(number * 100 + row)
                title = f"Content {number:02}.{row}"
                component = await self.prompt_component(id_, f"Component {number:02}.{row}", prompts[row % 2])
                of = {"prompt_id": prompts[row % 2], "prompt_version": 1, "prompt_component_id": component}
                generation = await self.generation(id_, title, models[row % 2], **of, created_at=created)
                times = {"created_at": created, "updated_at": created}
                await self.content(id_, title, models[row % 2], generation_id=generation, **times)
                await self.term(id_, f"Term {number:02}.{row}")
            await self.metadata(id_, "tone", {"voice": "warm"})
            projects.append(id_)
        return projects

    async def one_of_each(self) -> dict[str, str]:
        """The global id of one node of each type; every list has some, and most have three."""
        [project_id] = await self.full_projects(1)
        await self.client("Beacon")
        for call in range(3):
            generation = uuid_of(project_id, "generation", "Content 00.0")
            of = {"project_id": project_id, "prompt_id": uuid_of("prompt", "Write"), "generation_id": generation}
            await self.llm_usage(call, **of)
        shared = {
            "Client": (IdKind.CLIENT, uuid_of("client", "Acme")),
            "Project": (IdKind.PROJECT, project_id),
            "ObjectModel": (IdKind.OBJECT_MODEL, uuid_of("object_model", "Article")),
            "Prompt": (IdKind.PROMPT, uuid_of("prompt", "Write")),
            "LlmUsage": (IdKind.LLM_USAGE, uuid_of("llm_usage", 0)),
        }
        in_project = {
            "Content": (IdKind.CONTENT, uuid_of(project_id, "content", "Content 00.0")),
            "Term": (IdKind.TERM, uuid_of(project_id, "term", "Term 00.0")),
            "PromptComponent": (IdKind.PROMPT_COMPONENT, uuid_of(project_id, "prompt_component", "Component 00.0")),
            "Generation": (IdKind.GENERATION, uuid_of(project_id, "generation", "Content 00.0")),
        }
        return {name: str(global_id(kind, id_)) for name, (kind, id_) in shared.items()} | {
            name: str(project_row_id(kind, project_id, id_)) for name, (kind, id_) in in_project.items()
        }
