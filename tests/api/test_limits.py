"""How much an operation may ask for, and how long it may take."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import asyncpg
import pytest
from conftest import client_of
from httpx import AsyncClient
from patience import BOUND_SECONDS
from shadowing import unless_shadowing
from world import GraphQL

from gql_server.config import Config
from gql_server.db.database import Database, open_database
from gql_server.db.pages import PageQuery
from gql_server.db.roles import ADMIN
from gql_server.loaders.clients import ClientsLoader

CLIENTS = {"query": "{ clients { nodes { name } } }"}
COSTLY = "{ projects(first: 100) { nodes { contents(last: %d) { nodes { project { id } objectModel { id } } } } } }"
TWO = "fragment two on Query { clients { totalCount } ... { prompts { totalCount } } }"


def levels(number: int) -> str:
    """An operation whose fields nest so deep."""
    word = "{ projects(first: 1) { nodes { " + "client { projects(first: 1) { nodes { " * (number // 3 - 1) + "id"
    return word + " }" * number


def aliases(number: int) -> str:
    return "{ " + " ".join(f"a{n}: __typename" for n in range(number)) + " }"


def root_fields(number: int) -> str:
    """An operation with two of its root fields in a fragment that is spread twice, and the rest outside."""
    assert number >= 4
    return "{ " + "clients { totalCount } " * (number - 4) + "...two ...two } " + TWO


def directives(number: int) -> str:
    """An operation with so many directives, three of them in a fragment that is spread twice."""
    spread = "...part @include(if: true) ...part @skip(if: false)"
    part = "fragment part on Query { ... @include(if: true) { a: __typename @skip(if: false) @include(if: true) } }"
    assert number >= 8
    return "{ " + " ".join(f"x{n}: __typename @skip(if: false)" for n in range(number - 8)) + f" {spread} }} {part}"


def ids(number: int) -> str:
    return "[" + '"", ' * number + "]"


def in_a_filter(number: int) -> str:
    return f"{{ clients(where: {{or: [{{not: {{name: {{in: {ids(number)}}}}}}}]}}) {{ totalCount }} }}"


def filters(number: int) -> str:
    return f"{{ clients(where: {{and: [{'{}, ' * number}]}}) {{ totalCount }} }}"


def in_json(number: int) -> str:
    return f"{{ contents(where: {{metadata: {{contains: {{a: [{ids(number)}]}}}}}}) {{ totalCount }} }}"


TOO_LONG = "This operation has 1001 values in one list, and may have 1000."
ASKED = {
    "depth": (levels, 15, 18, "This operation has 18 levels, and may have 15.", "DEPTH"),
    "aliases": (aliases, 1000, 1001, "This operation has 1001 aliases, and may have 1000.", "ALIASES"),
    "root fields": (root_fields, 20, 21, "This operation has 21 fields of the root, and may have 20.", "ROOT_FIELDS"),
    "directives": (directives, 50, 51, "This operation has 51 directives, and may have 50.", "DIRECTIVES"),
    "a filter's list": (
        in_a_filter,
        1000,
        1001,
        "This operation has 1001 values in one list, and may have 1000.",
        "LIST_LENGTH",
    ),
    "filters in a list": (
        filters,
        1000,
        1001,
        "This operation has 1001 values in one list, and may have 1000.",
        "LIST_LENGTH",
    ),
    "a list in JSON": (
        in_json,
        1000,
        1001,
        "This operation has 1001 values in one list, and may have 1000.",
        "LIST_LENGTH",
    ),
}
"""What makes a document of so much, how much is allowed, how much is too much, and what is said then."""


@pytest.mark.parametrize(("make", "allowed", "beyond", "message", "limit"), ASKED.values(), ids=ASKED)
async def test_too_much_is_refused_before_anything_is_read(
    make: Any,
    allowed: int,
    beyond: int,
    message: str,
    limit: str,
    data: GraphQL,
    graphql: GraphQL,
    statements: list[str],
) -> None:
    assert await data(make(allowed))
    statements.clear()

    body = await graphql(make(beyond))

    assert body.keys() == {"errors"}
    [error] = body["errors"]
    assert (error["message"], error["extensions"]) == (message, {"code": "LIMIT_EXCEEDED", "limit": limit})
    assert statements == []


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("[String!]", lambda number: [""] * number),
        ("StringFilter", lambda number: {"in": [""] * number}),
        ("ClientFilter", lambda number: {"or": [{"not": {"and": [{"name": {"in": [""] * number}}]}}]}),
        ("[ClientFilter!]", lambda number: [{}] * number),
    ],
)
async def test_lists_in_variables_are_bounded_wherever_they_are(type_: str, value: Any, graphql: GraphQL) -> None:
    written = {
        "[String!]": "{name: {in: $value}}",
        "StringFilter": "{name: $value}",
        "ClientFilter": "$value",
        "[ClientFilter!]": "{and: $value}",
    }[type_]
    query = f"query ($value: {type_}) {{ clients(where: {written}) {{ totalCount }} }}"

    allowed, beyond = await graphql(query, value=value(1000)), await graphql(query, value=value(1001))

    assert allowed == {"data": {"clients": {"totalCount": 0}}}
    extensions = {"code": "LIMIT_EXCEEDED", "limit": "LIST_LENGTH"}
    assert beyond == {"errors": [{"message": TOO_LONG, "extensions": extensions}]}


async def test_a_document_has_so_many_tokens(graphql: GraphQL) -> None:
    names = [f"a{number}" for number in range(4999)]
    allowed, beyond = await graphql(f"{{ {' '.join(names[:-1])} }}"), await graphql(f"{{ {' '.join(names)} }}")

    assert allowed["errors"][0]["message"] == "Cannot query field 'a0' on type 'Query'."
    [error] = beyond["errors"]
    assert error["message"] == "Document contains more than 5000 tokens. Parsing aborted."
    assert error["extensions"] == {"code": "LIMIT_EXCEEDED", "limit": "TOKENS"}


async def test_fields_that_have_to_be_merged_are_bounded_before_they_take_long(graphql: GraphQL) -> None:
    body = await graphql("{ " + "clients { totalCount } " * 200 + "}")
    begun = time.process_time()
    too_complex = await graphql("{ " + "clients { totalCount } " * 1249 + "}")

    assert time.process_time() - begun < BOUND_SECONDS
    assert body["errors"][0]["message"] == "This operation has 200 fields of the root, and may have 20."
    message = "This document is too complex to be validated."
    extensions = {"code": "LIMIT_EXCEEDED", "limit": "VALIDATION"}
    assert too_complex == {"errors": [{"message": message, "extensions": extensions}]}


async def test_an_operation_that_costs_too_much_is_told_by_how_much(graphql: GraphQL, statements: list[str]) -> None:
    assert await graphql(COSTLY % 83) == {"data": {"projects": {"nodes": []}}}
    statements.clear()

    body = await graphql(COSTLY % 84)

    [error] = body["errors"]
    assert error["message"] == "This operation costs 25300, and may cost 25000."
    assert error["extensions"] == {
        "code": "LIMIT_EXCEEDED",
        "limit": "COST",
        "cost": {"requested": 25300, "limit": 25000},
    }
    assert statements == []


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ({"cost": True}, {"extensions": {"cost": {"requested": 50, "limit": 25000}}}),
        ({"cost": False}, {}),
        ({"cost": "yes"}, {}),
        ({}, {}),
        (None, {}),
    ],
)
async def test_a_request_that_asks_is_told_its_cost(asked: Any, answered: dict[str, Any], http: AsyncClient) -> None:
    body = {"query": "{ clients { totalCount nodes { projects(first: 1) { pageInfo { endCursor } } } } }"}

    response = await http.post("/graphql", json={**body, "extensions": asked})

    assert response.json() == {"data": {"clients": {"totalCount": 0, "nodes": []}}, **answered}


async def test_the_cost_is_told_of_what_is_refused_as_well_and_by_get(http: AsyncClient) -> None:
    parameters = {"query": COSTLY % 100, "extensions": '{"cost": true}'}

    body = (await http.get("/graphql", params=parameters)).json()
    invalid = (await http.get("/graphql", params={**parameters, "query": "{ nope }"})).json()

    assert body["extensions"] == {"cost": {"requested": 30100, "limit": 25000}}
    assert invalid.keys() == {"errors"}


async def test_an_operation_whose_time_is_over_ends_in_postgresql_too(
    config: Config, database: Database, connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def sleep(self: ClientsLoader, parents: Sequence[None], _query: PageQuery) -> Any:
        return await self.snapshot.fetch("SELECT pg_sleep(60)")

    monkeypatch.setattr(ClientsLoader, "pages", sleep)
    limits = config.model_copy(update={"operation_timeout_seconds": 0.3})
    async with client_of(limits, database) as http, client_of(config, database) as patient:
        begun = time.monotonic()
        responses = await asyncio.gather(*(http.post("/graphql", json=CLIENTS) for _ in range(config.pool_size)))
        assert time.monotonic() - begun < BOUND_SECONDS
        monkeypatch.undo()
        after = await patient.post("/graphql", json=CLIENTS)

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
    limits = config.model_copy(update={"operation_timeout_seconds": 0.2})
    single = config.model_copy(update={"pool_size": 1})
    async with open_database(single, on_statement=unless_shadowing(statements.append)) as database:
        taken = await database.begin_snapshot(ADMIN)
        async with client_of(limits, database) as http, client_of(config, database) as patient:
            begun = time.monotonic()
            response = await http.post("/graphql", json=CLIENTS)
            assert time.monotonic() - begun < BOUND_SECONDS
            await database.end_snapshot(taken)
            after = await patient.post("/graphql", json=CLIENTS)

    assert response.json()["errors"][0]["extensions"] == {"code": "TIMEOUT"}
    assert after.json() == {"data": {"clients": {"nodes": []}}}
    assert [text.split()[0] for text in statements] == ["BEGIN", "COMMIT", "BEGIN", "SELECT", "COMMIT"]
