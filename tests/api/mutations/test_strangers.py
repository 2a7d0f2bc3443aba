"""Whoever names another's project in a change waits for nobody there, and is in nobody's way."""

from typing import Any
from uuid import UUID

import asyncpg
import pytest
from httpx import AsyncClient
from logins import bearing
from mutating import make_garden, missing, mutation, payload_of, row_id
from world import World, uuid_of

from gql_server.db.locks import lock_key
from gql_server.schema.ids import IdKind, global_id

ERRORS = "{ userErrors { code message path } }"
GARDEN = str(uuid_of("project", "Garden"))
ARTICLE = uuid_of("object_model", "Article")
INTRO = row_id(IdKind.PROMPT_COMPONENT, uuid_of("project", "Garden"), "Intro")
CHANGES: dict[str, dict[str, Any]] = {
    "updateProject": {"name": "Mine"},
    "archiveProject": {},
    "restoreProject": {},
    "deleteProject": {"confirmName": "Garden"},
    "setMetadata": {"entries": [{"key": "tone", "value": 1}]},
    "generateContent": {"promptComponent": INTRO, "waitSeconds": 10},
    "generateContents": {"requests": [{"promptComponent": INTRO}]},
}


@pytest.fixture
async def garden(world: World) -> UUID:
    return await make_garden(world)


@pytest.mark.parametrize("lock", ["pg_advisory_xact_lock_shared", "pg_advisory_xact_lock"])
@pytest.mark.parametrize("name", CHANGES)
async def test_a_stranger_does_not_wait_for_those_who_work_on_a_project(
    http: AsyncClient, world: World, connection: asyncpg.Connection, garden: UUID, name: str, lock: str
) -> None:
    stranger = bearing(await world.key(await world.client("Beacon")))

    async with connection.transaction():
        await connection.execute(f"SELECT {lock}($1)", int(lock_key(garden)))
        payload = await payload_of(http, mutation(name, ERRORS), {"project": GARDEN, **CHANGES[name]}, stranger)

    assert payload["userErrors"] == [missing("project", "project")]


async def test_an_object_model_is_not_held_by_who_names_it_as_a_project(
    http: AsyncClient, world: World, connection: asyncpg.Connection, garden: UUID
) -> None:
    stranger = bearing(await world.key(await world.client("Beacon")))

    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock_shared($1)", int(lock_key(ARTICLE)))
        payload = await payload_of(http, mutation("archiveProject", ERRORS), {"project": str(ARTICLE)}, stranger)

    assert payload["userErrors"] == [missing("project", "project")]


async def test_a_project_is_not_held_by_who_names_it_as_an_object_model(
    http: AsyncClient, world: World, connection: asyncpg.Connection, garden: UUID
) -> None:
    beacon = await world.client("Beacon")
    beach = await world.project("Beach", beacon)
    named = {"project": str(beach), "objectModel": global_id(IdKind.OBJECT_MODEL, garden), "body": "x"}

    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", int(lock_key(garden)))
        payload = await payload_of(http, mutation("createContent", ERRORS), named, bearing(await world.key(beacon)))

    assert payload["userErrors"] == [missing("object model", "objectModel")]
