"""A database that was made with the document's own statements is read through the API as it was written."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest
from adopted import (
    ARTICLE,
    CLIENTS,
    CONTENTS,
    GONE,
    METADATA,
    OBJECT_MODELS,
    PLAIN,
    PROJECTS,
    PROMPT_COMPONENTS,
    PROMPTS,
    TERMS,
    UPGRADED,
    USAGE,
    AdoptedProject,
    Row,
    make_adopted_database,
)
from catalog import read_schemas
from migration import Outcome, migrate
from seed_document import underscored
from world import GraphQL

from gql_server.config import Config
from gql_server.db.migrations import latest_version
from gql_server.services.keys import digest

VERSION = latest_version("project")
UNKNOWN_CLIENT = f"Unknown client {GONE}"

SHOWN_TIMES = [
    "1999-12-31T23:59:59.999999+00:00",
    "2026-03-29T02:30:00+00:00",
    "2026-11-01T01:30:00.000001+00:00",
]

NAMES = {row["id"]: row["name"] for row in [*CLIENTS, *OBJECT_MODELS, *PROMPTS]} | {
    GONE: UNKNOWN_CLIENT,
    **{project.id: project.name for project in PROJECTS},
}

SHARED = """
{
  clients { nodes { name contactEmail createdAt } }
  objectModels { nodes { name version structure description createdAt } }
  prompts { nodes { name template parameters createdAt updatedAt objectModel { name } } }
  llmUsage(orderBy: { field: CREATED_AT }) {
    nodes { model tokensIn tokensOut cost createdAt project { name } prompt { name } }
  }
}
"""

PROJECT_ROWS = """
{
  projects {
    nodes { databaseId name status settings createdAt updatedAt client { name } schemaName schemaVersion }
  }
}
"""

ROWS_IN_PROJECTS = """
{
  projects {
    nodes {
      name
      contents(orderBy: { field: CREATED_AT }) {
        nodes { title body metadata version createdAt updatedAt objectModel { name } }
      }
      vocabulary { nodes { term definition category createdAt } }
      promptComponents { nodes { name content createdAt updatedAt basePrompt { name } } }
      metadata { key value description updatedAt }
    }
  }
}
"""

CONTENT = """
query ($project: String!) {
  projects(where: { name: { eq: $project } }) {
    nodes { contents(first: 1) { nodes { title metadata objectModel { name } } } }
  }
}
"""


@pytest.fixture
def dsn(empty_dsn: str) -> str:
    return empty_dsn


@pytest.fixture
async def connection(connection: asyncpg.Connection) -> asyncpg.Connection:
    """The database was made with the document's statements, and has had no migration."""
    await make_adopted_database(connection)
    return connection


async def test_every_schema_is_migrated_under_its_name(config: Config, connection: asyncpg.Connection) -> None:
    outcomes = await migrate(config)

    assert sorted(outcomes) == [Outcome(project.name, VERSION) for project in PROJECTS]
    assert await read_schemas(connection) == sorted(underscored(project.id)[1:-1] for project in PROJECTS)


async def test_shared_rows_are_as_they_were(config: Config, connection: asyncpg.Connection, data: GraphQL) -> None:
    await migrate(config)

    answer = await data(SHARED)

    clients = [client for client in answer["clients"]["nodes"] if client["name"] != UNKNOWN_CLIENT]
    assert clients == shown(CLIENTS, "created_at")
    assert answer["objectModels"]["nodes"] == shown(OBJECT_MODELS, "created_at")
    assert answer["prompts"]["nodes"] == shown(PROMPTS, "created_at", "updated_at")
    assert answer["llmUsage"]["nodes"] == shown(USAGE, "created_at", model="sample")
    keys = await connection.fetch("SELECT id, api_key FROM clients")
    digests = {row["id"]: row["api_key"] and digest(row["api_key"]) for row in CLIENTS}
    assert dict(map(tuple, keys)) == digests | {GONE: None}


async def test_projects_keep_what_the_new_checks_do_not_know(
    config: Config, connection: asyncpg.Connection, data: GraphQL
) -> None:
    await migrate(config)

    answer = await data(PROJECT_ROWS)

    rows = [
        {
            "databaseId": str(project.id),
            "name": project.name,
            "status": project.shown_status,
            "settings": project.shown_settings,
            "client_id": project.client_id,
            "schemaName": underscored(project.id)[1:-1],
            "schemaVersion": VERSION,
        }
        for project in PROJECTS
    ]
    assert answer["projects"]["nodes"] == shown(rows, "created_at", "updated_at")


async def test_a_client_that_is_missing_is_made_up(
    config: Config, connection: asyncpg.Connection, data: GraphQL
) -> None:
    before = datetime.now(UTC)
    await migrate(config)
    after = datetime.now(UTC)

    answer = await data("{ clients { nodes { name contactEmail createdAt projects { nodes { name } } } } }")

    [client] = [client for client in answer["clients"]["nodes"] if client["name"] == UNKNOWN_CLIENT]
    assert before < datetime.fromisoformat(client.pop("createdAt")) < after
    projects = [{"name": project.name} for project in PROJECTS if project.client_id == GONE]
    assert client == {"name": UNKNOWN_CLIENT, "contactEmail": None, "projects": {"nodes": projects}}


async def test_rows_in_projects_are_as_they_were(config: Config, connection: asyncpg.Connection, data: GraphQL) -> None:
    await migrate(config)

    answer = await data(ROWS_IN_PROJECTS)

    for project, node in zip(PROJECTS, answer["projects"]["nodes"], strict=True):
        versions = [1, 7, 1] if project is UPGRADED else [1, 1, 1]
        contents = [{**row, "version": version} for row, version in zip(CONTENTS, versions, strict=True)]
        assert node == {
            "name": project.name,
            "contents": {"nodes": shown(contents, "created_at", "updated_at")},
            "vocabulary": {"nodes": shown(TERMS, "created_at")},
            "promptComponents": {"nodes": shown(PROMPT_COMPONENTS, "created_at", "updated_at")},
            "metadata": shown(METADATA, "updated_at"),
        }


async def test_a_content_whose_object_model_is_gone_is_there(
    config: Config, connection: asyncpg.Connection, graphql: GraphQL
) -> None:
    await insert_content(connection, "title, object_model_id", "'Left', gen_random_uuid()")
    await migrate(config)

    answer = await graphql(CONTENT, project=PLAIN.name)

    path = ["projects", "nodes", 0, "contents", "nodes", 0]
    assert answer["data"]["projects"]["nodes"][0]["contents"]["nodes"] == [
        {"title": "Left", "metadata": None, "objectModel": None}
    ]
    assert [(error["path"], error["extensions"]["code"]) for error in answer["errors"]] == [
        ([*path, "objectModel"], "NOT_FOUND")
    ]


@pytest.mark.parametrize(
    ("project", "versions"),
    [
        pytest.param(PLAIN, [1, 1, 1], id="without versions"),
        pytest.param(UPGRADED, [1, 7, 1], id="with versions that may be NULL"),
    ],
)
async def test_a_schema_that_could_not_be_migrated_is_read_as_it_is(
    project: AdoptedProject, versions: list[int], config: Config, connection: asyncpg.Connection, data: GraphQL
) -> None:
    schema = underscored(project.id)
    await connection.execute(f"CREATE VIEW {schema}.recent AS SELECT created_at FROM {schema}.contents")
    [outcome] = [outcome for outcome in await migrate(config) if outcome.problem]
    assert (outcome.name, outcome.version) == (project.name, 1)

    answer = await data(ROWS_IN_PROJECTS)

    [node] = [node for node in answer["projects"]["nodes"] if node["name"] == project.name]
    contents = [{**row, "version": version} for row, version in zip(CONTENTS, versions, strict=True)]
    assert node["contents"]["nodes"] == shown(contents, "created_at", "updated_at")


@pytest.mark.parametrize(
    "created",
    [
        "infinity",
        "-infinity",
        "0044-03-15 BC",
        "12026-01-01",
    ],
)
async def test_a_time_that_python_does_not_know_hides_nothing_else(
    created: str, config: Config, connection: asyncpg.Connection, graphql: GraphQL
) -> None:
    await insert_content(connection, "title, object_model_id", f"'Odd', '{ARTICLE}'")
    contents = f"{underscored(PLAIN.id)}.contents"
    await connection.execute(f"UPDATE {contents} SET created_at = '{created}' WHERE title = 'Odd'")
    await migrate(config)

    answer = await graphql("{ projects { nodes { contents { nodes { title createdAt } } } } }")

    assert "errors" not in answer
    counts = [len(node["contents"]["nodes"]) for node in answer["data"]["projects"]["nodes"]]
    assert counts == [4, 3, 3, 3, 3, 3]


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(2**53 + 1, id="beyond a double"),
        pytest.param(2**64 - 1, id="64 bits"),
        pytest.param(2**64 + 1, id="65 bits"),
        pytest.param(10**400, id="400 digits"),
    ],
)
async def test_a_number_in_json_is_shown_whatever_its_size(
    number: int, config: Config, connection: asyncpg.Connection, data: GraphQL
) -> None:
    await insert_content(connection, "metadata, object_model_id", f"'{{\"number\": {number}}}', '{ARTICLE}'")
    await migrate(config)

    answer = await data(CONTENT, project=PLAIN.name)

    [content] = answer["projects"]["nodes"][0]["contents"]["nodes"]
    assert content["metadata"] == {"number": number}


def shown(rows: Sequence[Row], *times: str, **more: object) -> list[dict[str, Any]]:
    """Rows as the API shows them: references by name, and the times of the rows' places."""
    nodes: list[dict[str, Any]] = []
    for place, row in enumerate(rows):
        values = {**row, **more, **dict.fromkeys(times, SHOWN_TIMES[place % len(SHOWN_TIMES)])}
        node = {camel(column): value for column, value in values.items() if column not in {"id", "api_key"}}
        for column in [column for column in values if column.endswith("_id")]:
            referred = node.pop(camel(column))
            node[camel(column.removesuffix("_id"))] = {"name": NAMES[referred]} if referred else None
        nodes.append(node)
    return nodes


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))


async def insert_content(connection: asyncpg.Connection, columns: str, values: str) -> None:
    """The newest content of the first project."""
    table = f"{underscored(PLAIN.id)}.contents"
    await connection.execute(f"INSERT INTO {table} (body, created_at, {columns}) VALUES ('', '2027-01-01', {values})")
