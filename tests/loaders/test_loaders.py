"""What every loader promises: one batch, values in key order, None for what is missing, an error for one bad key."""

import asyncio
from collections.abc import AsyncGenerator
from uuid import uuid4

import pytest
from world import World, uuid_of

from gql_server.db.database import Database
from gql_server.db.pages import Order, PageQuery
from gql_server.db.project_schema import ProjectSchema
from gql_server.db.roles import ADMIN
from gql_server.db.snapshot import Snapshot
from gql_server.errors import ProjectUnavailableError
from gql_server.loaders import Loaders

NEWEST = PageQuery((Order("created_at", descending=True),), limit=1)
BY_TERM = PageQuery((Order("term"),), limit=1)


@pytest.fixture
async def loaders(database: Database) -> AsyncGenerator[Loaders]:
    snapshot = Snapshot(database, ADMIN)
    yield Loaders(snapshot)
    await snapshot.close()


async def test_rows_by_id(world: World, loaders: Loaders, statements: list[str]) -> None:
    acme, zenith = await world.client("Acme"), await world.client("Zenith")
    statements.clear()

    rows = await loaders.client_by_id.load_many([zenith, uuid4(), acme, zenith])

    assert [row and row.name for row in rows] == ["Zenith", None, "Acme", "Zenith"]
    assert len(statements) == len(["BEGIN", "clients"])


async def test_rows_in_projects_by_id(world: World, loaders: Loaders, statements: list[str]) -> None:
    first, second, broken = await world.full_projects(3, rows=0)
    model = await world.object_model("Essay")
    here, there = await world.content(first, "Here", model), await world.content(second, "There", model)
    await world.connection.execute(f"DROP TABLE {ProjectSchema(broken).quoted}.contents")
    statements.clear()

    keys = [(second, there), (second, here), (broken, here), (first, here), (first, uuid4())]
    rows = await asyncio.gather(*map(loaders.content_by_id.load, keys), return_exceptions=True)

    assert isinstance(rows[2], ProjectUnavailableError)
    assert rows[2].project_id == broken
    assert [getattr(row, "title", None) for row in rows] == ["There", None, None, "Here", None]
    assert len(statements) == len(["BEGIN", "contents"])


async def test_pages_by_project(world: World, loaders: Loaders, statements: list[str]) -> None:
    first, second, broken = await world.full_projects(3)
    await world.connection.execute(f"DROP SCHEMA {ProjectSchema(broken).quoted} CASCADE")
    statements.clear()

    pages = await asyncio.gather(
        *(loaders.contents_by_project.pages_by_parent(NEWEST).load(id_) for id_ in (second, broken, first, second)),
        return_exceptions=True,
    )

    assert isinstance(pages[1], ProjectUnavailableError)
    titles = [[row.title for row in page.value.rows] for page in pages if not isinstance(page, BaseException)]
    assert titles == [["Content 01.2"], ["Content 00.2"], ["Content 01.2"]]
    assert len(statements) == len(["BEGIN", "contents"])


async def test_each_query_is_a_statement_for_all_its_parents(
    world: World, loaders: Loaders, statements: list[str]
) -> None:
    first, second = await world.full_projects(2)
    two = PageQuery((Order("term"),), limit=2)
    statements.clear()

    by_term, two_of = (loaders.vocabulary_by_project.pages_by_parent(query).load for query in (BY_TERM, two))
    pages = await asyncio.gather(by_term(first), two_of(second), two_of(first), by_term(second))

    assert [[row.term[-4:] for row in page.value.rows] for page in pages] == [
        ["00.0"],
        ["01.0", "01.1"],
        ["00.0", "00.1"],
        ["01.0"],
    ]
    assert len(statements) == len(["BEGIN", "one", "two"])


async def test_counts_by_parent(world: World, loaders: Loaders, statements: list[str]) -> None:
    acme, idle = await world.client("Acme"), await world.client("Idle")
    await world.project("One", acme)
    await world.project("Two", acme)
    statements.clear()

    counts = await asyncio.gather(
        *(loaders.projects_by_client.counts_by_parent(None).load(id_) for id_ in (idle, acme, uuid4()))
    )

    assert [count.value for count in counts] == [0, 2, 0]
    assert len(statements) == len(["BEGIN", "projects"])


async def test_merged_pages_by_parent(world: World, loaders: Loaders, statements: list[str]) -> None:
    projects = await world.full_projects(3)
    article, recipe = uuid_of("object_model", "Article"), uuid_of("object_model", "Recipe")
    await world.connection.execute(f"DROP SCHEMA {ProjectSchema(projects[2]).quoted} CASCADE")
    statements.clear()

    load = loaders.contents_by_object_model.pages_by_parent(NEWEST).load
    pages = await asyncio.gather(load(recipe), load(uuid4()), load(article))

    assert [[row.title for row in page.value.rows] for page in pages] == [["Content 01.1"], [], ["Content 01.2"]]
    assert [[error.project_id for error in page.unavailable] for page in pages] == [[projects[2]]] * 3
    assert len(statements) == len(["BEGIN", "project ids", "contents"])
