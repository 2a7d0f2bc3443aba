"""A prompt is deleted by the administrator with what it said before, unless language models were called with it."""

from typing import Any
from uuid import UUID

import asyncpg
import pytest
from httpx import AsyncClient
from logins import bearing
from world import START, GraphQL, World, uuid_of

from gql_server.db.project_schema import ProjectSchema
from gql_server.schema.ids import IdKind, global_id

DELETE = """
mutation ($input: DeletePromptInput!) {
  deletePrompt(input: $input) { deletedId userErrors { code message path } }
}
"""
ID = uuid_of("prompt", "Write")
PROMPT = global_id(IdKind.PROMPT, ID)
COUNT = "SELECT count(*) FROM public.prompts"
VERSIONS = "SELECT count(*) FROM public.prompt_versions"
DELETED = {"deletePrompt": {"deletedId": PROMPT, "userErrors": []}}


def refused(code: str, message: str, field: str = "prompt") -> dict[str, Any]:
    error = {"code": code, "message": message, "path": ["input", field]}
    return {"deletePrompt": {"deletedId": None, "userErrors": [error]}}


@pytest.fixture(autouse=True)
async def garden(world: World) -> UUID:
    """A project that has adapted a prompt, which has said something else before."""
    id_ = await world.project("Garden", await world.client())
    await world.prompt_component(id_, "Tone", await world.prompt())
    await world.insert(
        "public.prompt_versions", prompt_id=ID, version=1, name="Write", template="Write.", created_at=START
    )
    return id_


async def test_a_prompt_is_deleted_and_its_adaptations_are_not(
    garden: UUID, data: GraphQL, connection: asyncpg.Connection
) -> None:
    assert await data(DELETE, input={"prompt": PROMPT}) == DELETED
    assert await connection.fetchval(COUNT) == 0
    assert await connection.fetchval(VERSIONS) == 0
    components = f"SELECT base_prompt_id FROM {ProjectSchema(garden).quoted}.prompt_components"
    assert await connection.fetchval(components) == ID
    again = await data(DELETE, input={"prompt": PROMPT})
    assert again == refused("NOT_FOUND", "There is no such prompt.")


async def test_what_models_were_called_with_cannot_go(
    garden: UUID, data: GraphQL, world: World, connection: asyncpg.Connection
) -> None:
    await world.llm_usage("call", project_id=garden, prompt_id=ID)

    answer = await data(DELETE, input={"prompt": PROMPT})

    assert answer == refused("CONFLICT", "Language models were called with this prompt, so that it stays.")
    assert await connection.fetchval(COUNT) == 1
    assert await connection.fetchval(VERSIONS) == 1


async def test_a_client_deletes_none(http: AsyncClient, world: World, connection: asyncpg.Connection) -> None:
    key = bearing(await world.key(uuid_of("client", "Acme")))
    given = {"query": DELETE, "variables": {"input": {"prompt": PROMPT}}}

    body = (await http.post("/graphql", json=given, headers=key)).json()

    assert body["data"] == {"deletePrompt": None}
    assert [error["extensions"]["code"] for error in body["errors"]] == ["FORBIDDEN"]
    assert await connection.fetchval(COUNT) == 1


async def test_a_key_names_one(data: GraphQL, world: World, connection: asyncpg.Connection) -> None:
    shorten = global_id(IdKind.PROMPT, await world.prompt("Shorten"))
    first, again = [await data(DELETE, input={"prompt": PROMPT, "idempotencyKey": "once"}) for _ in range(2)]
    other = await data(DELETE, input={"prompt": shorten, "idempotencyKey": "once"})

    assert first == again == DELETED
    message = "This key came with another input before: it names one change."
    assert other == refused("IDEMPOTENCY_CONFLICT", message, "idempotencyKey")
    assert await connection.fetchval(COUNT) == 1
