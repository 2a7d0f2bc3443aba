"""An archived project is read and not changed, until it is restored."""

from typing import Any

import asyncpg
import pytest
from httpx import AsyncClient
from logins import bearing
from world import START, GraphQL, World, uuid_of

from gql_server.schema.ids import IdKind, global_id, project_row_id

PAYLOAD = "{ project { status contents { totalCount } } userErrors { code message path } }"
ARCHIVE = f"mutation ($input: ArchiveProjectInput!) {{ change: archiveProject(input: $input) {PAYLOAD} }}"
RESTORE = f"mutation ($input: RestoreProjectInput!) {{ change: restoreProject(input: $input) {PAYLOAD} }}"
BODY = """
mutation ($id: ID!, $body: String!) {
  updateContent(input: {content: $id, body: $body}) { content { body } userErrors { code path } }
}
"""
ROW = "SELECT status, updated_at > $1 FROM public.projects"
MISSING = {"code": "NOT_FOUND", "message": "There is no such project.", "path": ["input", "project"]}


@pytest.fixture
async def content(world: World) -> str:
    """A content of the project Garden."""
    garden = await world.project("Garden", await world.client())
    return project_row_id(IdKind.CONTENT, garden, await world.content(garden, "Roses", await world.object_model()))


GARDEN = global_id(IdKind.PROJECT, uuid_of("project", "Garden"))


def changed(status: str) -> dict[str, Any]:
    return {"change": {"project": {"status": status, "contents": {"totalCount": 1}}, "userErrors": []}}


async def test_an_archived_project_is_read_and_not_changed(
    content: str, data: GraphQL, connection: asyncpg.Connection
) -> None:
    assert await data(ARCHIVE, input={"project": GARDEN}) == changed("ARCHIVED")
    assert tuple(await connection.fetchrow(ROW, START) or ()) == ("archived", True)
    refused = await data(BODY, id=content, body="Other")
    assert await data(RESTORE, input={"project": GARDEN}) == changed("ACTIVE")
    assert tuple(await connection.fetchrow(ROW, START) or ()) == ("active", True)
    made = await data(BODY, id=content, body="Other")

    error = {"code": "CONFLICT", "path": ["input", "content"]}
    assert refused == {"updateContent": {"content": None, "userErrors": [error]}}
    assert made == {"updateContent": {"content": {"body": "Other"}, "userErrors": []}}


@pytest.mark.usefixtures("content")
@pytest.mark.parametrize(("query", "status"), [(ARCHIVE, "archived"), (RESTORE, "active")])
async def test_twice_is_harmless(query: str, status: str, data: GraphQL, connection: asyncpg.Connection) -> None:
    await connection.execute("UPDATE public.projects SET status = $1", status)

    assert await data(query, input={"project": GARDEN}) == changed(status.upper())
    assert tuple(await connection.fetchrow(ROW, START) or ()) == (status, False)


@pytest.mark.usefixtures("content")
@pytest.mark.parametrize(("query", "before"), [(ARCHIVE, "active"), (RESTORE, "archived")])
async def test_whose_project_it_is(
    query: str, before: str, http: AsyncClient, world: World, connection: asyncpg.Connection
) -> None:
    await connection.execute("UPDATE public.projects SET status = $1", before)
    acme, beacon = [bearing(await world.key(id_)) for id_ in (uuid_of("client", "Acme"), await world.client("Beacon"))]

    async def send(key: dict[str, str], project: str) -> Any:
        body = {"query": query, "variables": {"input": {"project": project}}}
        return (await http.post("/graphql", json=body, headers=key)).json()["data"]

    none = {"change": {"project": None, "userErrors": [MISSING]}}
    assert [await send(beacon, id_) for id_ in (GARDEN, str(uuid_of("none")))] == [none, none]
    assert tuple(await connection.fetchrow(ROW, START) or ()) == (before, False)
    assert await send(acme, GARDEN) == changed("ARCHIVED" if before == "active" else "ACTIVE")
