"""An archived project is restored, so that it can be changed again."""

from typing import Any

import asyncpg
import pytest
from httpx import AsyncClient
from logins import bearing
from world import START, GraphQL, World, uuid_of

from gql_server.schema.ids import IdKind, global_id

RESTORE = """
mutation ($input: RestoreProjectInput!) {
  restoreProject(input: $input) { project { name status } userErrors { code message path } }
}
"""
RENAME = """
mutation ($input: UpdateProjectInput!) { updateProject(input: $input) { userErrors { code } } }
"""
ROW = "SELECT status, updated_at > $1 FROM public.projects"
GARDEN = global_id(IdKind.PROJECT, uuid_of("project", "Garden"))
DONE = {"restoreProject": {"project": {"name": "Garden", "status": "ACTIVE"}, "userErrors": []}}
MISSING = {"code": "NOT_FOUND", "message": "There is no such project.", "path": ["input", "project"]}
NONE = {"restoreProject": {"project": None, "userErrors": [MISSING]}}


@pytest.fixture(autouse=True)
async def garden(world: World) -> None:
    await world.project("Garden", await world.client(), status="archived")


async def row(connection: asyncpg.Connection) -> tuple[Any, ...]:
    """The status, and whether the project was changed."""
    [record] = await connection.fetch(ROW, START)
    return tuple(record)


async def test_a_restored_project_can_be_changed(data: GraphQL, connection: asyncpg.Connection) -> None:
    before = await data(RENAME, input={"project": GARDEN, "name": "Garden"})
    assert await data(RESTORE, input={"project": GARDEN}) == DONE
    assert await row(connection) == ("active", True)
    after = await data(RENAME, input={"project": GARDEN, "name": "Garden"})

    assert before == {"updateProject": {"userErrors": [{"code": "CONFLICT"}]}}
    assert after == {"updateProject": {"userErrors": []}}


async def test_one_that_is_worked_on_stays_as_it_is(data: GraphQL, connection: asyncpg.Connection) -> None:
    await connection.execute("UPDATE public.projects SET status = 'active'")

    assert await data(RESTORE, input={"project": GARDEN}) == DONE
    assert await row(connection) == ("active", False)


async def test_whose_project_it_is(http: AsyncClient, world: World, connection: asyncpg.Connection) -> None:
    acme, beacon = [bearing(await world.key(id_)) for id_ in (uuid_of("client", "Acme"), await world.client("Beacon"))]

    async def restore(key: dict[str, str], project: str) -> Any:
        body = {"query": RESTORE, "variables": {"input": {"project": project}}}
        return (await http.post("/graphql", json=body, headers=key)).json()["data"]

    assert [await restore(beacon, id_) for id_ in (GARDEN, str(uuid_of("none")))] == [NONE, NONE]
    assert await row(connection) == ("archived", False)
    assert await restore(acme, GARDEN) == DONE
