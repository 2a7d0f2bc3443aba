"""A project is deleted with all that is its own; what it cost is kept, with its name."""

from typing import Any

import asyncpg
import pytest
from catalog import read_schemas
from doctoring import examine
from httpx import AsyncClient
from logins import AUTHORIZATION, bearing
from mutating import make_garden, mutation, payload_of
from world import GraphQL, World, uuid_of

from gql_server.config import Config
from gql_server.db.project_schema import ProjectSchema
from gql_server.schema.ids import IdKind, global_id

DELETE = """
mutation ($input: DeleteProjectInput!) {
  deleteProject(input: $input) { deletedId userErrors { code message path } }
}
"""
USAGE = """
{ llmUsage { nodes { projectName project { name } } }
  usage(groupBy: [CLIENT, PROJECT]) { client { name } project { name } projectName calls cost } }
"""
ROLES = "SELECT count(*) FROM pg_roles WHERE rolname = public.role_name('project', $1)"
ID = uuid_of("project", "Garden")
GARDEN = global_id(IdKind.PROJECT, ID)
MISSING = {"code": "NOT_FOUND", "message": "There is no such project.", "path": ["input", "project"]}
OTHER_NAME = {"code": "INVALID", "message": "The project has another name.", "path": ["input", "confirmName"]}


@pytest.fixture
async def keys(world: World) -> dict[str, dict[str, str]]:
    """Two clients with a project each that has rows and usage; the headers of the clients and the administrator."""
    model = await world.object_model()
    prompt = await world.prompt(object_model_id=model)
    headers = {"admin": AUTHORIZATION}
    for client, project in (("Acme", "Garden"), ("Beacon", "Lake")):
        id_ = await world.project(project, await world.client(client))
        await world.content(id_, "Roses", model)
        await world.term(id_, "rose")
        await world.prompt_component(id_, "Tone", prompt)
        await world.metadata(id_, "tone", "warm")
        await world.llm_usage(project, project_id=id_, prompt_id=prompt)
        headers[client] = bearing(await world.key(uuid_of("client", client)))
    return headers


async def send(http: AsyncClient, key: dict[str, str], query: str, **input_: object) -> Any:
    body = {"query": query, "variables": {"input": input_} if input_ else {}}
    return (await http.post("/graphql", json=body, headers=key)).json()["data"]


@pytest.mark.parametrize("caller", ["admin", "Acme"])
@pytest.mark.parametrize("status", ["active", "archived"])
async def test_a_project_goes_with_all_that_is_its_own(
    caller: str,
    status: str,
    keys: dict[str, dict[str, str]],
    http: AsyncClient,
    connection: asyncpg.Connection,
    config: Config,
) -> None:
    await connection.execute("UPDATE public.projects SET status = $1", status)

    answer = await send(http, keys[caller], DELETE, project=GARDEN, confirmName=" Garden ")

    assert answer == {"deleteProject": {"deletedId": GARDEN, "userErrors": []}}
    assert [record["name"] for record in await connection.fetch("SELECT name FROM public.projects")] == ["Lake"]
    assert len(await read_schemas(connection)) == 1
    assert await connection.fetchval(ROLES, ID) == 0
    assert await examine(config) == []
    gone = await send(http, keys[caller], f'{{ node(id: "{GARDEN}") {{ id }} project(id: "{GARDEN}") {{ id }} }}')
    assert gone == {"node": None, "project": None}


@pytest.mark.parametrize("caller", ["admin", "Acme", "Beacon"])
async def test_what_it_cost_is_kept_with_its_name(
    caller: str, keys: dict[str, dict[str, str]], http: AsyncClient
) -> None:
    await send(http, keys["admin"], DELETE, project=GARDEN, confirmName="Garden")

    answer = await send(http, keys[caller], USAGE)

    acme = {"project": None, "projectName": "Garden"}
    beacon = {"project": {"name": "Lake"}, "projectName": "Lake"}
    seen = {"admin": [("Acme", acme), ("Beacon", beacon)], "Acme": [("Acme", acme)], "Beacon": [("Beacon", beacon)]}
    sums = [{"client": {"name": name}, **project, "calls": 1, "cost": "0.001"} for name, project in seen[caller]]

    def by_name(group: dict[str, Any]) -> str:
        return group["projectName"]

    assert sorted(answer["usage"], key=by_name) == sums
    assert sorted(answer["llmUsage"]["nodes"], key=by_name) == [project for _, project in seen[caller]]


async def test_whose_project_it_is_and_which(
    keys: dict[str, dict[str, str]], http: AsyncClient, connection: asyncpg.Connection
) -> None:
    for key, project, name, error in (
        ("Beacon", GARDEN, "Garden", MISSING),
        ("Beacon", GARDEN, "Lake", MISSING),
        ("Beacon", str(uuid_of("none")), "Garden", MISSING),
        ("admin", str(uuid_of("none")), "Garden", MISSING),
        ("admin", GARDEN, "garden", OTHER_NAME),
        ("Acme", GARDEN, "", OTHER_NAME),
        ("Acme", GARDEN, "Lake", OTHER_NAME),
    ):
        answer = await send(http, keys[key], DELETE, project=project, confirmName=name)
        assert answer == {"deleteProject": {"deletedId": None, "userErrors": [error]}}
    assert len(await read_schemas(connection)) == 2
    assert await connection.fetchval("SELECT count(*) FROM public.projects") == 2
    assert await connection.fetchval("SELECT count(*) FROM public.deleted_projects") == 0


async def test_what_is_deleted_already(keys: dict[str, dict[str, str]], http: AsyncClient) -> None:
    input_ = {"project": GARDEN, "confirmName": "Garden", "idempotencyKey": "once"}
    first, again = [await send(http, keys["Acme"], DELETE, **input_) for _ in range(2)]
    other = await send(http, keys["Acme"], DELETE, project=GARDEN, confirmName="Garden")

    assert first == again == {"deleteProject": {"deletedId": GARDEN, "userErrors": []}}
    assert other == {"deleteProject": {"deletedId": None, "userErrors": [MISSING]}}


async def test_a_project_whose_schema_is_missing_can_be_deleted(
    keys: dict[str, dict[str, str]], data: GraphQL, connection: asyncpg.Connection
) -> None:
    schema = await connection.fetchval("SELECT public.project_schema($1)", ID)
    await connection.execute(f"DROP SCHEMA {schema} CASCADE")

    answer = await data(DELETE, input={"project": GARDEN, "confirmName": "Garden"})

    assert answer["deleteProject"]["deletedId"] == GARDEN


async def test_a_name_that_has_spaces_around_it(
    keys: dict[str, dict[str, str]], http: AsyncClient, connection: asyncpg.Connection
) -> None:
    await connection.execute("UPDATE public.projects SET name = ' Garden ' WHERE id = $1", ID)

    answer = await send(http, keys["Acme"], DELETE, project=GARDEN, confirmName=" Garden ")

    assert answer == {"deleteProject": {"deletedId": GARDEN, "userErrors": []}}


async def test_a_schema_that_has_still_its_adopted_name_goes_too(
    http: AsyncClient, world: World, connection: asyncpg.Connection
) -> None:
    garden = await make_garden(world)
    schema = ProjectSchema(garden)
    await connection.execute(f'ALTER SCHEMA {schema.quoted} RENAME TO "{schema.hyphenated}"')

    payload = await payload_of(
        http,
        mutation("deleteProject", "{ deletedId userErrors { code } }"),
        {"project": str(garden), "confirmName": "Garden"},
    )

    assert payload == {"deletedId": global_id(IdKind.PROJECT, garden), "userErrors": []}
    left = await connection.fetch("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'project%'")
    assert left == []
