"""How many generations have which status, over all projects."""

from datetime import timedelta
from uuid import UUID

import pytest
from world import START, GraphQL, World, moment, uuid_of

from gql_server.db.project_schema import ProjectSchema
from gql_server.schema.ids import IdKind, global_id

COUNTS = """
query ($projects: [ID!], $where: GenerationFilter) {
  generationCounts(projects: $projects, where: $where) { status count }
}
"""
STATUSES = ("QUEUED", "RUNNING", "SUCCEEDED", "FAILED", "CANCELLED")


@pytest.fixture
async def projects(world: World) -> list[UUID]:
    """Two: one with a generation of each status, the other with three that failed, an hour apart; and an empty one."""
    client, model = await world.client(), await world.object_model("Article")
    first, second, third = [await world.project(name, client) for name in ("Atlas", "Boats", "Caves")]
    for status in STATUSES:
        await world.generation(first, status, model, status=status.lower(), prompt_id=uuid_of("prompt", "Write"))
    for hour in range(3):
        await world.generation(second, hour, model, status="failed", created_at=moment(hour))
    return [first, second, third]


def counts(*expected: int) -> list[dict[str, object]]:
    return [{"status": status, "count": count} for status, count in zip(STATUSES, expected, strict=True)]


async def test_all_are_counted(projects: list[UUID], data: GraphQL) -> None:
    assert (await data(COUNTS))["generationCounts"] == counts(1, 1, 1, 4, 1)


async def test_those_of_some_projects_are(projects: list[UUID], data: GraphQL) -> None:
    first, second, third = [global_id(IdKind.PROJECT, id_) for id_ in projects]

    assert (await data(COUNTS, projects=[first, first]))["generationCounts"] == counts(1, 1, 1, 1, 1)
    assert (await data(COUNTS, projects=[second, str(projects[2])]))["generationCounts"] == counts(0, 0, 0, 3, 0)
    assert (await data(COUNTS, projects=[third]))["generationCounts"] == counts(0, 0, 0, 0, 0)
    assert (await data(COUNTS, projects=[]))["generationCounts"] == counts(0, 0, 0, 0, 0)


@pytest.mark.usefixtures("projects")
async def test_those_that_a_filter_finds_are(data: GraphQL) -> None:
    late = {"createdAt": {"gte": (START + timedelta(minutes=1)).isoformat()}}

    assert (await data(COUNTS, where=late))["generationCounts"] == counts(0, 0, 0, 2, 0)
    ended = {"status": {"in": ["FAILED", "CANCELLED"]}, "not": late}
    assert (await data(COUNTS, where=ended))["generationCounts"] == counts(0, 0, 0, 2, 1)
    prompt = {"prompt": {"eq": global_id(IdKind.PROMPT, uuid_of("prompt", "Write"))}}
    assert (await data(COUNTS, where=prompt))["generationCounts"] == counts(1, 1, 1, 1, 1)


async def test_a_project_that_cannot_be_read_is_left_out(projects: list[UUID], world: World, graphql: GraphQL) -> None:
    await world.connection.execute(f"DROP SCHEMA {ProjectSchema(projects[0]).quoted} CASCADE")

    body = await graphql(
        "{ a: generationCounts { ...Of } b: generationCounts { ...Of } } fragment Of on GenerationCount { count }"
    )

    assert body["data"]["a"] == body["data"]["b"] == [{"count": count} for count in (0, 0, 0, 3, 0)]
    assert sorted((error["path"], error["extensions"]["code"]) for error in body["errors"]) == [
        (["a"], "PROJECT_UNAVAILABLE"),
        (["b"], "PROJECT_UNAVAILABLE"),
    ]


@pytest.mark.usefixtures("projects")
async def test_no_more_statements_for_more_projects(statements: list[str], data: GraphQL) -> None:
    await data(COUNTS)

    assert len([statement for statement in statements if "each_project" in statement]) == 1
