"""How much an operation may ask for, and that measuring it takes no longer than reading it."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import asyncpg
import pytest
from asgi_lifespan import LifespanManager
from graphql import get_introspection_query, parse
from httpx import ASGITransport, AsyncClient
from logins import AUTHORIZATION
from world import GraphQL, World

from gql_server.app import create_app
from gql_server.config import Config
from gql_server.db.database import Database, open_database
from gql_server.db.pages import PageQuery
from gql_server.db.roles import ADMIN
from gql_server.loaders.clients import ClientsLoader
from gql_server.schema.build import build_schema
from gql_server.schema.measure import Measure, measure

DOUBLINGS = 200
CLIENTS = {"query": "{ clients { nodes { name } } }"}
TOO_MANY = "{ projects(first: 100) { nodes { contents(last: 100) { nodes { project { id } objectModel { id } } } } } }"
FRAGMENTS = "fragment p on ProjectConnection { nodes { ...q } } fragment q on Project { b: client { name } }"


def measured(config: Config, query: str, **variables: object) -> Measure:
    document = parse(query)
    schema = build_schema()._schema  # pyright: ignore[reportPrivateUsage]
    operation = next(part for part in document.definitions if part.kind == "operation_definition")
    return measure(schema, document, operation, variables, config)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("{ __typename }", Measure(1, 0, 0)),
        ("{ a: __typename b: __typename }", Measure(1, 2, 0)),
        ("{ projects { nodes { name } } }", Measure(3, 0, 20)),
        ("{ projects { edges { node { name } } } }", Measure(4, 0, 20)),
        ("{ projects { totalCount pageInfo { endCursor } } }", Measure(3, 0, 20)),
        ("{ projects(first: 3) { nodes { client { name } } } }", Measure(4, 0, 6)),
        ("{ projects(last: 3) { nodes { contents(first: 5) { nodes { id } } } } }", Measure(5, 0, 18)),
        ("{ projects(first: 1000000) { nodes { id } } }", Measure(3, 0, 100)),
        ("{ projects(first: 0) { nodes { client { name } } } }", Measure(4, 0, 0)),
        ("{ projects(first: -5) { nodes { id } } clients { nodes { id } } }", Measure(3, 0, 20)),
        ('{ nodes(ids: ["a", "b"]) { ... on Project { client { name } } } }', Measure(3, 0, 4)),
        ("{ projects(first: 2) { nodes { metadata { key } } } }", Measure(4, 0, 202)),
        ("{ usage(groupBy: [DAY]) { calls project { name } } }", Measure(3, 0, 200)),
        (
            f"{{ projects(first: 2) {{ ...p }} }} {FRAGMENTS}",
            Measure(4, 1, 4),
        ),
        ("{ projects(first: 2) { ... { nodes { ... on Node { id } } } } }", Measure(3, 0, 2)),
        ("{ __schema { types { fields { name } } } }", Measure(1, 0, 0)),
    ],
)
async def test_an_operation_is_measured(query: str, expected: Measure, config: Config) -> None:
    assert measured(config, query) == expected


async def test_page_sizes_come_from_variables_and_their_defaults(config: Config) -> None:
    query = "query ($n: Int = 7, $ids: [ID!]!) { projects(first: $n) { nodes { id } } nodes(ids: $ids) { id } }"

    assert measured(config, query, ids=["a", "b"]).objects == 9
    assert measured(config, query, ids=["a"], n=3).objects == 4
    assert measured(config, query, ids="a", n=None).objects == 21
    assert measured(config, query, ids=[], n=100.0).objects == 100


async def test_fragments_that_double_are_measured_once_each(config: Config) -> None:
    doubling = "".join(f"fragment f{n} on Project {{ ...f{n + 1} ...f{n + 1} }} " for n in range(DOUBLINGS))
    query = f"{{ projects(first: 1) {{ nodes {{ ...f0 }} }} }} {doubling} fragment f{DOUBLINGS} on Project {{ id }}"
    begun = time.process_time()

    assert measured(config, query) == Measure(3, 0, 1)

    assert time.process_time() - begun < 5


def levels(number: int) -> str:
    """An operation whose fields nest so deep."""
    return "{ projects(first: 1) { nodes { " + "client { projects(first: 1) { nodes { " * (number // 3 - 1) + "id"


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (levels(18) + " }" * 18, "This operation asks for 18 levels, and may ask for 15."),
        (
            "{ " + " ".join(f"a{n}: __typename" for n in range(1001)) + " }",
            "This operation asks for 1001 aliases, and may ask for 1000.",
        ),
        (
            TOO_MANY,
            "This operation asks for 30100 objects, and may ask for 25000.",
        ),
        ("{ " + "__typename " * 5000 + "}", "Document contains more than 5000 tokens. Parsing aborted."),
    ],
    ids=["depth", "aliases", "objects", "tokens"],
)
async def test_too_much_is_refused_before_anything_is_read(
    query: str, message: str, graphql: GraphQL, statements: list[str]
) -> None:
    statements.clear()

    body = await graphql(query)

    assert body.keys() == {"errors"}
    [error] = body["errors"]
    assert (error["message"], error["extensions"]) == (message, {"code": "LIMIT_EXCEEDED"})
    assert statements == []


async def test_as_much_as_is_allowed_is_answered(world: World, data: GraphQL) -> None:
    await world.full_projects(2)

    assert await data(levels(15) + " }" * 15)
    assert await data("{ " + " ".join(f"a{n}: __typename" for n in range(1000)) + " }")


async def test_introspection_is_within_the_limits(data: GraphQL) -> None:
    assert (await data(get_introspection_query()))["__schema"]["queryType"]["name"] == "Query"


async def test_an_operation_whose_time_is_over_ends_in_postgresql_too(
    config: Config, database: Database, connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def sleep(self: ClientsLoader, parents: Sequence[None], _query: PageQuery) -> Any:
        return await self.snapshot.fetch("SELECT pg_sleep(60)")

    monkeypatch.setattr(ClientsLoader, "pages", sleep)
    app = create_app(config.model_copy(update={"operation_timeout_seconds": 0.3}), database)
    async with (
        LifespanManager(app) as manager,
        AsyncClient(transport=ASGITransport(app=manager.app), base_url="http://test", headers=AUTHORIZATION) as http,
    ):
        begun = time.monotonic()
        responses = await asyncio.gather(*(http.post("/graphql", json=CLIENTS) for _ in range(config.pool_size)))
        assert time.monotonic() - begun < 5
        monkeypatch.undo()
        after = await http.post("/graphql", json=CLIENTS)

    message = "This operation took longer than 0.3 seconds; ask for less."
    error = {"message": message, "extensions": {"code": "TIMEOUT"}}
    assert [(response.status_code, response.json()) for response in responses] == [
        (200, {"errors": [error], "data": None})
    ] * config.pool_size
    assert after.json() == {"data": {"clients": {"nodes": []}}}
    sleeping = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query = 'SELECT pg_sleep(60)'"
    assert await connection.fetchval(sleeping) == 0


async def test_a_given_up_operation_does_not_wait_for_a_connection_to_read_with(
    config: Config,
) -> None:
    statements: list[str] = []
    limits = config.model_copy(update={"operation_timeout_seconds": 0.2, "pool_size": 1})
    async with open_database(limits, on_statement=statements.append) as database:
        taken = await database.begin_snapshot(ADMIN)
        async with (
            LifespanManager(create_app(limits, database)) as manager,
            AsyncClient(
                transport=ASGITransport(app=manager.app), base_url="http://test", headers=AUTHORIZATION
            ) as http,
        ):
            begun = time.monotonic()
            response = await http.post("/graphql", json=CLIENTS)
            assert time.monotonic() - begun < 2
            await database.end_snapshot(taken)
            after = await http.post("/graphql", json=CLIENTS)

    assert response.json()["errors"][0]["extensions"] == {"code": "TIMEOUT"}
    assert after.json() == {"data": {"clients": {"nodes": []}}}
    assert [text.split()[0] for text in statements] == ["BEGIN", "COMMIT", "BEGIN", "SELECT", "COMMIT"]
