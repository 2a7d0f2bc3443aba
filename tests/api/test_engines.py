"""The API on graphql-core's executor and on ours: the same answers, in the same order, with the same errors."""

from typing import Any

import orjson
import pytest
from everything import UNLIMITED, Asker
from surface import Ids
from world import World, resources_of

from gql_server.config import Config
from gql_server.context import Resources
from gql_server.db.database import Database
from gql_server.schema.build import Schema, build_schema


@pytest.fixture
async def ids(world: World) -> Ids:
    return await world.one_of_each()


async def told(schema: Schema, document: str, resources: Resources) -> tuple[bytes, list[Any]]:
    """The data as it is sent, to the order of its keys, and the errors."""
    result = await schema.execute(document, context_value=resources)
    errors = sorted((error.formatted for error in result.errors or ()), key=orjson.dumps)  # pyright: ignore[reportArgumentType]
    return orjson.dumps(result.data), errors


@pytest.mark.timeout(240)
async def test_everything_there_is(config: Config, database: Database, ids: Ids) -> None:
    resources = resources_of(config.model_copy(update=UNLIMITED), database)
    stock, ours = build_schema(engine="stock"), build_schema()
    documents = Asker(ids).documents()
    assert len(documents) > 20

    for document in documents:
        assert await told(ours, document, resources) == await told(stock, document, resources), document


async def test_a_project_that_cannot_be_read(config: Config, database: Database, world: World) -> None:
    projects = await world.full_projects(3)
    await world.connection.execute(f'DROP TABLE "project_{str(projects[1]).replace("-", "_")}".contents CASCADE')
    resources = resources_of(config, database)
    documents = [
        "{ projects { nodes { name contents { nodes { title objectModel { name } } totalCount } } } }",
        "{ contents { nodes { title project { name } } totalCount } }",
        """
        { a: projects(first: 2) { ...P } b: projects(last: 2) { ...P } }
        fragment P on ProjectConnection {
          edges { cursor node { name contents(first: 1) { edges { node { title } } pageInfo { hasNextPage } } } }
        }
        """,
    ]

    for document in documents:
        answers = [
            await told(build_schema(engine=engine), document, resources) for engine in ("stock", "breadth_first")
        ]
        assert answers[0] == answers[1]
        assert answers[0][1], document
