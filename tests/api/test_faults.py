"""What is wrong with one project stays with that project."""

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from patience import BOUND_SECONDS
from world import GraphQL, World, resources_of

from gql_server.config import Config
from gql_server.db.migrations import latest_version
from gql_server.db.project_schema import ProjectSchema

NESTED = """
{
  projects(first: 20) {
    nodes {
      name
      schemaVersion
      contents(first: 1) { nodes { title version } totalCount }
      vocabulary(first: 1) { nodes { term } }
      promptComponents(first: 1) { nodes { name } }
      metadata { key }
    }
  }
}
"""
MERGED = "{ contents(first: 100) { nodes { title project { name } } totalCount } }"
OBJECT_MODELS = "{ objectModels { nodes { name contents(first: 100) { nodes { title } totalCount } } } }"


async def schema_of(world: World, project: UUID, sql: str) -> None:
    await world.connection.execute(sql.replace(":schema", ProjectSchema(project).quoted))


async def take_back_to_version_2(world: World, project: UUID) -> None:
    await schema_of(
        world,
        project,
        "ALTER TABLE :schema.contents DROP COLUMN version; DELETE FROM :schema.schema_migrations WHERE version > 2",
    )


def whole(number: int) -> dict[str, Any]:
    return {
        "name": f"Project {number:02}",
        "schemaVersion": latest_version("project"),
        "contents": {"nodes": [{"title": f"Content {number:02}.0", "version": 1}], "totalCount": 1},
        "vocabulary": {"nodes": [{"term": f"Term {number:02}.0"}]},
        "promptComponents": {"nodes": [{"name": f"Component {number:02}.0"}]},
        "metadata": [{"key": "tone"}],
    }


async def test_a_dropped_an_older_and_a_mutilated_schema_beside_seventeen_whole_ones(
    world: World, graphql: GraphQL
) -> None:
    projects = await world.full_projects(20, rows=1)
    await schema_of(world, projects[3], "DROP SCHEMA :schema CASCADE")
    await take_back_to_version_2(world, projects[7])
    await schema_of(world, projects[11], "ALTER TABLE :schema.vocabulary RENAME TO words")

    body = await graphql(NESTED)
    nodes = body["data"]["projects"]["nodes"]

    broken = dict.fromkeys(["schemaVersion", "contents", "vocabulary", "promptComponents", "metadata"])
    assert nodes[3] == {"name": "Project 03", **broken}
    assert nodes[7] == {**whole(7), "schemaVersion": 2}
    assert nodes[11] == {**whole(11), "vocabulary": None}
    for number in set(range(20)) - {3, 7, 11}:
        assert nodes[number] == whole(number)
    assert {error["extensions"]["code"] for error in body["errors"]} == {"PROJECT_UNAVAILABLE"}
    at = ["projects", "nodes", 3]
    expected = {
        (*at, "schemaVersion"): projects[3],
        (*at, "contents", "nodes"): projects[3],
        (*at, "vocabulary", "nodes"): projects[3],
        (*at, "promptComponents", "nodes"): projects[3],
        (*at, "metadata"): projects[3],
        ("projects", "nodes", 11, "vocabulary", "nodes"): projects[11],
    }
    assert {tuple(error["path"]): UUID(error["extensions"]["projectId"]) for error in body["errors"]} == expected


async def test_the_message_says_what_is_wrong_and_shows_no_sql(world: World, graphql: GraphQL) -> None:
    [project] = await world.full_projects(1, rows=1)
    await schema_of(world, project, "ALTER TABLE :schema.vocabulary RENAME TO words")

    body = await graphql("{ projects { nodes { vocabulary { nodes { term } } } } }")

    assert body["errors"] == [
        {
            "message": f"Project {project} cannot be read: a table of its schema is missing.",
            "locations": [{"line": 1, "column": 35}],
            "path": ["projects", "nodes", 0, "vocabulary", "nodes"],
            "extensions": {"code": "PROJECT_UNAVAILABLE", "projectId": str(project)},
        }
    ]


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        ("ALTER TABLE :schema.contents DROP COLUMN created_at, ADD COLUMN created_at boolean", "has another type"),
        ("DROP TABLE :schema.contents; CREATE SEQUENCE :schema.contents", "a column of its schema is missing"),
        ("DROP TABLE :schema.contents", "a table of its schema is missing"),
    ],
)
async def test_each_kind_of_damage(damage: str, reason: str, world: World, graphql: GraphQL) -> None:
    projects = await world.full_projects(3, rows=1)
    await schema_of(world, projects[1], damage)

    body = await graphql("{ projects { nodes { contents { nodes { title createdAt } } } } }")

    assert [node["contents"] is None for node in body["data"]["projects"]["nodes"]] == [False, True, False]
    [error] = body["errors"]
    assert reason in error["message"]


async def test_a_merged_list_leaves_out_the_broken_project_and_says_so(world: World, graphql: GraphQL) -> None:
    projects = await world.full_projects(3, rows=1)
    await schema_of(world, projects[1], "DROP SCHEMA :schema CASCADE")
    await take_back_to_version_2(world, projects[2])

    body = await graphql(MERGED)

    assert [node["title"] for node in body["data"]["contents"]["nodes"]] == ["Content 02.0", "Content 00.0"]
    assert body["data"]["contents"]["totalCount"] == 2
    assert [(error["path"], error["extensions"]) for error in body["errors"]] == [
        (["contents"], {"code": "PROJECT_UNAVAILABLE", "projectId": str(projects[1])})
    ]


async def test_so_does_a_list_merged_for_each_of_several_parents(world: World, graphql: GraphQL) -> None:
    projects = await world.full_projects(3, rows=2)
    await schema_of(world, projects[0], "DROP TABLE :schema.contents")

    body = await graphql(OBJECT_MODELS)

    article, recipe = body["data"]["objectModels"]["nodes"]
    assert [node["title"] for node in article["contents"]["nodes"]] == ["Content 02.0", "Content 01.0"]
    assert [node["title"] for node in recipe["contents"]["nodes"]] == ["Content 02.1", "Content 01.1"]
    assert (article["contents"]["totalCount"], recipe["contents"]["totalCount"]) == (2, 2)
    paths = sorted(error["path"] for error in body["errors"])
    assert paths == [["objectModels", "nodes", 0, "contents"], ["objectModels", "nodes", 1, "contents"]]


async def test_a_node_of_a_broken_project_is_null_with_an_error(world: World, graphql: GraphQL, data: GraphQL) -> None:
    projects = await world.full_projects(2, rows=1)
    answer = await data("{ contents { nodes { id } } }")
    ids = [node["id"] for node in answer["contents"]["nodes"]]
    await schema_of(world, projects[0], "DROP SCHEMA :schema CASCADE")

    body = await graphql("query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Content { title } } }", ids=ids)

    assert body["data"]["nodes"] == [{"title": "Content 01.0"}, None]
    assert [(error["path"], error["extensions"]["code"]) for error in body["errors"]] == [
        (["nodes", 1], "PROJECT_UNAVAILABLE")
    ]


async def test_a_project_that_is_being_migrated_does_not_hold_up_the_others(
    world: World, config: Config, connection: asyncpg.Connection
) -> None:
    from gql_server.db.database import open_database
    from gql_server.schema.build import build_schema

    projects = await world.full_projects(3, rows=1)
    patience = config.model_copy(update={"lock_timeout_seconds": 0.2})
    async with open_database(patience) as database, connection.transaction():
        await connection.execute(f"LOCK TABLE {ProjectSchema(projects[1]).quoted}.contents")
        query = "{ projects { nodes { contents { nodes { title } } } } }"
        result = await asyncio.wait_for(
            build_schema().execute(query, context_value=resources_of(patience, database)), timeout=BOUND_SECONDS
        )

    assert result.data is not None
    assert [node["contents"] is None for node in result.data["projects"]["nodes"]] == [False, True, False]
    assert result.errors is not None
    assert "it is being migrated; try again" in result.errors[0].message


async def test_a_value_of_another_type_is_its_project_s_error(world: World, graphql: GraphQL) -> None:
    projects = await world.full_projects(3, rows=1)
    change = "ALTER TABLE :schema.contents ALTER COLUMN version DROP DEFAULT, ALTER COLUMN version TYPE text USING 'v1'"
    await schema_of(world, projects[1], change)

    body = await graphql("{ projects { nodes { contents { nodes { version } } } } }")

    assert [node["contents"] is None for node in body["data"]["projects"]["nodes"]] == [False, True, False]
    assert [error["extensions"]["code"] for error in body["errors"]] == ["PROJECT_UNAVAILABLE"]


async def test_a_bad_value_in_one_alias_is_that_alias_s_error(world: World, graphql: GraphQL) -> None:
    await world.full_projects(1, rows=1)

    body = await graphql(
        """{ projects { nodes {
            whole: contents { nodes { title } }
            broken: contents(where: {title: {eq: "\\u0000"}}) { nodes { title } }
        } } }"""
    )

    assert body["data"]["projects"]["nodes"] == [{"whole": {"nodes": [{"title": "Content 00.0"}]}, "broken": None}]
    assert [(error["path"][3], error["extensions"]["code"]) for error in body["errors"]] == [("broken", "BAD_REQUEST")]
