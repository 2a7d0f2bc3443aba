"""Projects are added with all that belongs to one, by those who may."""

from typing import Any
from uuid import UUID

import asyncpg
import pytest
from httpx import AsyncClient
from logins import bearing
from world import GraphQL, World, uuid_of

from gql_server.db.migrations import latest_version
from gql_server.db.project_schema import ProjectSchema
from gql_server.schema.ids import IdKind, global_id

CREATE = """
mutation ($input: CreateProjectInput!) {
  createProject(input: $input) {
    project {
      databaseId name status settings schemaName schemaVersion client { name }
      contents { totalCount } vocabulary { totalCount } promptComponents { totalCount } metadata { key }
    }
    userErrors { code message path }
  }
}
"""
BAD_NAME = {"code": "INVALID", "message": "A name has 1 to 255 characters.", "path": ["input", "name"]}
UNSTORABLE = {
    "code": "INVALID",
    "message": "A name has a character that cannot be stored.",
    "path": ["input", "name"],
}
BAD_SETTINGS = {
    "code": "INVALID",
    "message": "Settings are a JSON object of 100000 characters at the most.",
    "path": ["input", "settings"],
}
NO_CLIENT = {"code": "REQUIRED", "message": "A project has a client.", "path": ["input", "client"]}
MISSING = {"code": "NOT_FOUND", "message": "There is no such client.", "path": ["input", "client"]}
SCHEMAS = "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'project\\_%'"


async def test_a_project_is_added_with_all_that_belongs_to_one(
    data: GraphQL, world: World, connection: asyncpg.Connection
) -> None:
    client = global_id(IdKind.CLIENT, await world.client())

    answer = await data(CREATE, input={"client": client, "name": " Garden ", "settings": {"tone": ["warm", 1.5]}})

    made = answer["createProject"]
    project_id = UUID(made["project"].pop("databaseId"))
    assert made == {
        "project": {
            "name": "Garden",
            "status": "ACTIVE",
            "settings": {"tone": ["warm", 1.5]},
            "schemaName": ProjectSchema(project_id).name,
            "schemaVersion": latest_version("project"),
            "client": {"name": "Acme"},
            "contents": {"totalCount": 0},
            "vocabulary": {"totalCount": 0},
            "promptComponents": {"totalCount": 0},
            "metadata": [],
        },
        "userErrors": [],
    }
    assert await connection.fetchval("SELECT name FROM public.projects WHERE id = $1", project_id) == "Garden"


async def test_a_client_adds_projects_of_its_own_alone(
    http: AsyncClient, world: World, connection: asyncpg.Connection
) -> None:
    acme, beacon = await world.client("Acme"), await world.client("Beacon")
    key = bearing(await world.key(acme))

    async def create(**input_: object) -> dict[str, Any]:
        body = {"query": CREATE, "variables": {"input": input_}}
        return (await http.post("/graphql", json=body, headers=key)).json()["data"]["createProject"]

    own = [await create(name="Garden"), await create(name="Park", client=global_id(IdKind.CLIENT, acme))]
    others = [await create(name="Lake", client=global_id(IdKind.CLIENT, id_)) for id_ in (beacon, uuid_of("none"))]

    assert [made["project"]["client"]["name"] for made in own] == ["Acme", "Acme"]
    assert others == [{"project": None, "userErrors": [MISSING]} for id_ in (beacon, uuid_of("none"))]
    assert await connection.fetchval(SCHEMAS) == 2


@pytest.mark.parametrize(
    ("input_", "errors"),
    [
        ({"name": "Garden"}, [NO_CLIENT]),
        ({"name": "", "client": "acme"}, [BAD_NAME]),
        ({"name": "x" * 256, "client": "acme"}, [BAD_NAME]),
        ({"name": "a\0b", "client": "acme"}, [UNSTORABLE]),
        ({"name": "Garden", "client": "acme", "settings": [1]}, [BAD_SETTINGS]),
        ({"name": "Garden", "client": "acme", "settings": "{}"}, [BAD_SETTINGS]),
        ({"name": " ", "client": "acme", "settings": {"a": "x" * 100_000}}, [BAD_NAME, BAD_SETTINGS]),
        ({"name": "Garden", "client": "nobody"}, [MISSING]),
    ],
    ids=range(8),
)
async def test_what_cannot_be_a_project(
    input_: dict[str, Any], errors: list[dict[str, Any]], data: GraphQL, world: World, connection: asyncpg.Connection
) -> None:
    ids = {"acme": await world.client(), "nobody": uuid_of("nobody")}
    if "client" in input_:
        input_ = {**input_, "client": global_id(IdKind.CLIENT, ids[input_["client"]])}

    assert (await data(CREATE, input=input_))["createProject"] == {"project": None, "userErrors": errors}
    assert await connection.fetchval(SCHEMAS) == 0
    assert await connection.fetchval("SELECT count(*) FROM public.projects") == 0


async def test_what_is_read_after_it_in_one_operation_knows_of_it(data: GraphQL, world: World) -> None:
    client = global_id(IdKind.CLIENT, await world.client())
    create = (
        'createProject(input: {{client: "{}", name: "{}"}}) {{ project {{ client {{ projects {{ totalCount }} }} }} }}'
    )

    answer = await data(f"mutation {{ a: {create.format(client, 'A')} b: {create.format(client, 'B')} }}")

    counts = [answer[name]["project"]["client"]["projects"]["totalCount"] for name in ("a", "b")]
    assert counts == [1, 2]
