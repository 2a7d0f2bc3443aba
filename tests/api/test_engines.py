"""The API on graphql-core's executor and on ours: the same answers, in the same order, with the same errors."""

import asyncio

import pytest
from both_apis import ENGINES, api, are_equal, both_told, difference
from both_engines import Answer
from everything import UNLIMITED, Asker
from graphql import GraphQLObjectType, get_introspection_query, get_named_type, is_leaf_type, is_required_argument
from patience import PATIENCE_SECONDS
from surface import CONNECTIONS, ROOTS, SCHEMA, Field, Ids
from world import World, resources_of

from gql_server.config import Config
from gql_server.context import Resources
from gql_server.db.database import Database
from gql_server.http.json_text import encode


@pytest.fixture
async def ids(world: World) -> Ids:
    return await world.one_of_each()


@pytest.fixture
def resources(config: Config, database: Database) -> Resources:
    return resources_of(config.model_copy(update=UNLIMITED), database)


async def same(document: str, resources: Resources) -> Answer:
    stock, ours = await both_told(document, None, resources)
    assert are_equal(stock, ours), f"{document}\n{difference(stock, ours)}"
    return ours


@pytest.mark.timeout(240)
async def test_everything_there_is(resources: Resources, ids: Ids) -> None:
    documents = Asker(ids).documents()
    assert len(documents) > 20

    for document in documents:
        await same(document, resources)


def each_alone(list_: Field, ids: Ids) -> str:
    """Asks for each field of a list's nodes in a list of its own, of which no other column need be read."""
    node = SCHEMA.type_map[list_.node_type]
    assert isinstance(node, GraphQLObjectType)
    selections = ["edges { cursor }", "pageInfo { endCursor }", "nodes { __typename }", "edges { __typename }"]
    for name, field in node.fields.items():
        if not any(map(is_required_argument, field.args.values())):
            below = "" if is_leaf_type(get_named_type(field.type)) else "{ __typename }"
            selections += [f"nodes {{ {name} {below} }}", f"edges {{ node {{ {name} {below} }} }}"]
    lists = " ".join(f"list{n}: {list_.name} {{ {selection} }}" for n, selection in enumerate(selections))
    if list_.owner in ROOTS:
        return f"{{ {lists} }}"
    return f'{{ node(id: "{ids[list_.owner]}") {{ ... on {list_.owner} {{ {lists} }} }} }}'


@pytest.mark.parametrize("list_", CONNECTIONS, ids=str)
async def test_each_field_of_a_list_s_nodes_alone(list_: Field, config: Config, database: Database, ids: Ids) -> None:
    limits = {**UNLIMITED, "root_field_limit": 100}
    answer = await same(each_alone(list_, ids), resources_of(config.model_copy(update=limits), database))

    assert answer.errors == []


async def test_introspection(resources: Resources) -> None:
    stock, ours = [
        await api(engine, introspection=True).execute(get_introspection_query(), context_value=resources)
        for engine in ENGINES
    ]

    assert ours.errors is None
    assert encode(ours.data) == encode(stock.data)


async def test_a_project_that_cannot_be_read(resources: Resources, world: World) -> None:
    projects = await world.full_projects(3)
    await world.connection.execute(f'DROP TABLE "project_{str(projects[1]).replace("-", "_")}".contents CASCADE')
    documents = [
        "{ projects { nodes { name contents { nodes { title objectModel { name } } totalCount } } } }",
        "{ contents { nodes { title project { name } } totalCount } }",
        "{ projects { nodes { contents { nodes { objectModel { contents { totalCount nodes { id } } } } } } } }",
        """
        { a: projects(first: 2) { ...P } b: projects(last: 2) { ...P } }
        fragment P on ProjectConnection {
          edges { cursor node { name contents(first: 1) { edges { node { title } } pageInfo { hasNextPage } } } }
        }
        """,
    ]

    for document in documents:
        answer = await same(document, resources)
        assert answer.errors, document


async def test_nothing_is_left_of_an_operation_that_is_cancelled_wherever_it_is(resources: Resources, ids: Ids) -> None:
    others = asyncio.all_tasks()
    document, cancelled = Asker(ids).documents()[0], 0
    for turns in range(0, 300, 5):
        operation = asyncio.create_task(api("breadth_first").execute(document, context_value=resources))
        for _ in range(turns):
            await asyncio.sleep(0)
        operation.cancel()
        await asyncio.wait([operation])
        cancelled += operation.cancelled()
        # What a loader was reading has been stopped, and ends.
        if left := asyncio.all_tasks() - others:
            await asyncio.wait(left, timeout=PATIENCE_SECONDS)
        assert asyncio.all_tasks() == others, turns

    assert cancelled > 30
