"""One operation is one moment on one connection, and few connections serve many operations."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import Any

import asyncpg
import pytest
from world import GraphQL, World, resources_of

from gql_server.config import Config
from gql_server.db.database import Database, open_database
from gql_server.db.pages import PageQuery
from gql_server.db.roles import ADMIN
from gql_server.db.snapshot import Snapshot
from gql_server.loaders.contents import ContentsByProjectLoader

TWO_LEVELS = "{ projects { nodes { name contents { nodes { title } totalCount } vocabulary { nodes { term } } } } }"
NESTED = """
{
  projects(first: 40) {
    nodes {
      name
      contents { nodes { title objectModel { name } } totalCount }
      vocabulary { nodes { term } }
      promptComponents { nodes { name basePrompt { name } } }
    }
  }
}
"""


async def test_a_change_between_two_levels_is_not_seen(
    world: World, data: GraphQL, connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    [project] = await world.full_projects(1, rows=1)
    read = ContentsByProjectLoader.pages

    async def change_first(self: ContentsByProjectLoader, parents: Sequence[Any], query: PageQuery) -> Any:
        model = await world.object_model("Late")
        await world.content(project, "Too late", model)
        await world.term(project, "Too late")
        await connection.execute("UPDATE public.projects SET name = 'Too late'")
        return await read(self, parents, query)

    monkeypatch.setattr(ContentsByProjectLoader, "pages", change_first)
    answer = await data(TWO_LEVELS)
    monkeypatch.undo()

    assert answer["projects"]["nodes"] == [
        {
            "name": "Project 00",
            "contents": {"nodes": [{"title": "Content 00.0"}], "totalCount": 1},
            "vocabulary": {"nodes": [{"term": "Term 00.0"}]},
        }
    ]
    later = await data(TWO_LEVELS)
    assert later["projects"]["nodes"][0]["name"] == "Too late"
    assert later["projects"]["nodes"][0]["contents"]["totalCount"] == 2


async def test_an_operation_uses_one_connection_and_leaves_nothing_on_it(
    world: World, data: GraphQL, connection: asyncpg.Connection, statements: list[str]
) -> None:
    await world.full_projects(3)
    statements.clear()
    await data(NESTED)

    assert [text.split()[0] for text in statements].count("BEGIN") == 1
    assert statements[0].startswith("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;")
    assert statements[-1] == "COMMIT"
    open_transactions = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND xact_start < now()"
    )
    assert await connection.fetchval(open_transactions) == 0


async def test_a_failing_operation_gives_its_connection_back(
    world: World, graphql: GraphQL, data: GraphQL, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.full_projects(1)

    async def fail(*_: Any) -> Any:
        raise RuntimeError("Not expected.")

    monkeypatch.setattr(ContentsByProjectLoader, "pages", fail)
    for _ in range(10):
        assert "errors" in await graphql(TWO_LEVELS)
    monkeypatch.undo()

    assert (await data(TWO_LEVELS))["projects"]["nodes"][0]["contents"]["totalCount"] == 3


@pytest.mark.timeout(120)
async def test_four_connections_serve_two_hundred_operations_at_once(world: World, data: GraphQL) -> None:
    await world.full_projects(10)

    answers = await asyncio.gather(*(data(NESTED) for _ in range(200)))

    assert len(answers[0]["projects"]["nodes"]) == 10
    assert all(answer == answers[0] for answer in answers)


@pytest.fixture
async def only(config: Config) -> AsyncGenerator[Database]:
    async with open_database(config.model_copy(update={"pool_size": 1})) as database:
        yield database


async def test_an_operation_that_gets_no_connection_says_so(only: Database, config: Config) -> None:
    from gql_server.schema.build import build_schema

    taken = await only.begin_snapshot(ADMIN)
    impatient = Database(only._pool, config.model_copy(update={"pool_timeout_seconds": 0.1}))
    result = await build_schema().execute(
        "{ projects { nodes { name } } }", context_value=resources_of(config, impatient)
    )
    await only.end_snapshot(taken)

    assert result.errors is not None
    [error] = result.errors
    assert error.message == "The server has no database connection free; try again later."
    assert error.extensions == {"code": "UNAVAILABLE"}


async def test_a_connection_that_has_read_many_projects_is_replaced(world: World, config: Config) -> None:
    from gql_server.db.arguments import Arguments
    from gql_server.db.tables.projects import SCHEMA_VERSION

    projects = await world.full_projects(4, rows=0)
    backends: list[int] = []
    async with open_database(config.model_copy(update={"connection_project_limit": 3, "pool_size": 1})) as database:
        for reads in ([projects[:2], projects[:2]], [projects[:3]], [projects]):
            for ids in reads:
                snapshot = Snapshot(database, ADMIN)
                await snapshot.fetch_each_project(SCHEMA_VERSION, ids, Arguments())
                [[backend]] = await snapshot.fetch("SELECT pg_backend_pid()")
                backends.append(backend)
                await snapshot.close()
        backends.append(await database.fetch_value("SELECT pg_backend_pid()"))

    assert backends[0] == backends[1] == backends[2] == backends[3] != backends[4]


async def test_an_end_that_is_cancelled_again_and_again_gives_the_connection_back(config: Config) -> None:
    async with open_database(config.model_copy(update={"pool_size": 1})) as database:
        snapshot = Snapshot(database, ADMIN)
        await snapshot.fetch("SELECT 1")
        # The one who reads is not the one who ends it, and takes a moment to be interrupted.
        reading = asyncio.ensure_future(snapshot.fetch("SELECT pg_sleep(60)"))
        await asyncio.sleep(0.1)
        ending = asyncio.ensure_future(snapshot.close())
        await asyncio.sleep(0)
        while not ending.done():
            ending.cancel()
            await asyncio.sleep(0)

        assert await database.fetch_value("SELECT 1") == 1
        await asyncio.wait({reading})
        assert reading.cancelled() or reading.exception()
