"""Writes the demo data into an empty database."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from gql_server.db.database import Database, Transaction
from gql_server.db.project_schema import ProjectSchema
from gql_server.db.tables import clients, projects
from gql_server.demo.data import build
from gql_server.demo.seeds import (
    ClientSeed,
    ContentSeed,
    DemoData,
    DemoProject,
    GenerationEventSeed,
    GenerationSeed,
    MetadataSeed,
    ObjectModelSeed,
    PromptComponentSeed,
    PromptSeed,
    TermSeed,
    UsageSeed,
)
from gql_server.services.clients import rotate_key
from gql_server.services.keys import Key
from gql_server.services.projects import create_project
from gql_server.services.writer import Writer

CONCURRENCY = 4
NO_GRACE = timedelta()


async def load(database: Database, project_count: int) -> Key:
    """Makes clients, object models, prompts, and `project_count` projects with their history.

    Answers with the key of the client with most projects.
    """
    data = build(project_count, today=datetime.now(UTC).date())
    async with database.transaction() as transaction:
        await transaction.insert("public", "clients", ClientSeed._fields, data.clients)
        for client in data.clients:
            await clients.sync_role(transaction, client.id)
        await _copy(transaction, "public", "object_models", ObjectModelSeed, data.object_models)
        await _copy(transaction, "public", "prompts", PromptSeed, data.prompts)
    await _load_projects(database, data)
    async with database.transaction() as transaction:
        await transaction.insert("public", "llm_usage", UsageSeed._fields, data.llm_usage)
    [(busiest, _)] = Counter(project.client_id for project in data.projects).most_common(1)
    return (await rotate_key(Writer(database), busiest, NO_GRACE)).key


async def _load_projects(database: Database, data: DemoData) -> None:
    queue = iter(data.projects)

    async def work() -> None:
        for project in queue:
            await _load_project(database, project)

    async with asyncio.TaskGroup() as group:
        for _ in range(CONCURRENCY):
            group.create_task(work())


async def _load_project(database: Database, project: DemoProject) -> None:
    await create_project(
        Writer(database),
        client_id=project.client_id,
        name=project.name,
        settings=project.settings,
        project_id=project.id,
    )
    schema = ProjectSchema(project.id).name
    async with database.transaction() as transaction:
        await projects.set_history(
            transaction,
            project.id,
            status=project.status,
            monthly_budget=project.monthly_budget,
            created_at=project.created_at,
            updated_at=project.updated_at,
        )
        await _copy(transaction, schema, "contents", ContentSeed, project.contents)
        await _copy(transaction, schema, "vocabulary", TermSeed, project.vocabulary)
        await _copy(transaction, schema, "prompt_components", PromptComponentSeed, project.prompt_components)
        await _copy(transaction, schema, "metadata", MetadataSeed, project.metadata)
        await _copy(transaction, schema, "generations", GenerationSeed, project.generations)
        await _copy(transaction, schema, "generation_events", GenerationEventSeed, project.generation_events)


async def _copy(
    transaction: Transaction, schema: str, table: str, seed: type[NamedTuple], rows: Sequence[Sequence[object]]
) -> None:
    await transaction.copy(schema, table, seed._fields, rows)
