"""What the API tells of its schema, and to whom: nothing, unless a setting says so."""

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from conftest import starting
from graphql import build_client_schema, get_introspection_query, lexicographic_sort_schema, print_schema
from httpx import ASGITransport, AsyncClient
from logins import AUTHORIZATION
from surface import SCHEMA
from world import GraphQL

from gql_server.app import create_app
from gql_server.config import Config
from gql_server.db.database import Database

MISTAKES = {
    "a field": ("{ client(id: 1) { nam } }", {}),
    "a field of an interface": ("{ node(id: 1) { name } }", {}),
    "a field of the root": ("{ clint(id: 1) { id } }", {}),
    "an argument": ("{ clients(frst: 1) { totalCount } }", {}),
    "an argument of a directive": ("{ __typename @skip(if: true, iff: true) }", {}),
    "a type": ("{ node(id: 1) { ... on Clien { name } } }", {}),
    "a variable's type": ("query ($where: ClientFiltr) { clients(where: $where) { totalCount } }", {}),
    "a value of an enum": ("{ usage(groupBy: [CLIEN]) { calls } }", {}),
    "a text for an enum": ('{ usage(groupBy: ["CLIENT"]) { calls } }', {}),
    "a field of an input": ("{ clients(where: {nam: {}}) { totalCount } }", {}),
    "a value of an enum in a variable": ("query ($by: [UsageDimension!]!) { usage(groupBy: $by) { calls } }", "CLIEN"),
    "a field of an input in a variable": (
        "query ($by: ClientFilter) { clients(where: $by) { totalCount } }",
        {"nam": {}},
    ),
    "no selection": ("{ clients }", {}),
}
"""Documents, each with a name that is nearly one of the schema's, and the value of their variable."""


@asynccontextmanager
async def serving(config: Config, database: Database) -> AsyncGenerator[GraphQL]:
    async with (
        starting(create_app(config, database)) as manager,
        AsyncClient(transport=ASGITransport(app=manager.app), base_url="http://test", headers=AUTHORIZATION) as http,
    ):

        async def send(query: str, **variables: Any) -> dict[str, Any]:
            return (await http.post("/graphql", json={"query": query, "variables": variables})).json()

        yield send


@pytest.fixture
async def introspective(config: Config, database: Database) -> AsyncGenerator[GraphQL]:
    """Sends an operation to a server that tells of its schema."""
    async with serving(config.model_copy(update={"introspection": True}), database) as send:
        yield send


async def test_introspection_is_refused_in_one_sentence(graphql: GraphQL) -> None:
    for query, field in (
        (get_introspection_query(), "__schema"),
        ('{ __type(name: "Client") { name fields { name type { name } } } }', "__type"),
        ('{ ...part } fragment part on Query { a: __type(name: "Client") { name } }', "__type"),
    ):
        body = await graphql(query)

        assert body.keys() == {"errors"}
        [error] = body["errors"]
        assert error["message"] == f"Introspection is off: `{field}` is not answered."
        assert error["extensions"] == {"code": "BAD_REQUEST"}


async def test_the_name_of_a_type_is_always_told(data: GraphQL) -> None:
    assert await data("{ __typename clients { __typename pageInfo { __typename } } }") == {
        "__typename": "Query",
        "clients": {"__typename": "ClientConnection", "pageInfo": {"__typename": "PageInfo"}},
    }


async def test_introspection_has_the_whole_schema_where_it_is_on(introspective: GraphQL) -> None:
    body = await introspective(get_introspection_query())

    told = build_client_schema(body["data"])
    assert print_schema(lexicographic_sort_schema(told)) == print_schema(lexicographic_sort_schema(SCHEMA))


@pytest.mark.parametrize(("query", "value"), MISTAKES.values(), ids=MISTAKES)
async def test_names_are_suggested_only_where_it_is_on(
    query: str, value: Any, graphql: GraphQL, introspective: GraphQL
) -> None:
    quiet, helpful, quiet_again = (
        await graphql(query, by=value),
        await introspective(query, by=value),
        await graphql(query, by=value),
    )

    assert quiet == quiet_again
    [error], [suggestion] = quiet["errors"], helpful["errors"]
    assert "Did you mean" not in error["message"]
    before, asking, after = re.split(r"( Did you mean [^?]+\?)", suggestion["message"])
    assert asking
    assert error["message"] == before + after
    assert error["extensions"] == suggestion["extensions"] == {"code": "BAD_REQUEST"}


async def test_an_invalid_document_has_five_errors_and_the_word_that_there_are_more(graphql: GraphQL) -> None:
    five, six = await graphql("{ a b c d e }"), await graphql("{ a b c d e f }")

    assert [error["message"] for error in five["errors"]] == [
        f"Cannot query field '{name}' on type 'Query'." for name in "abcde"
    ]
    assert six["errors"][:5] == [{**error} for error in five["errors"]]
    [more] = six["errors"][5:]
    assert more["message"] == "Too many validation errors, error limit reached. Validation aborted."
    assert more["extensions"] == {"code": "LIMIT_EXCEEDED", "limit": "VALIDATION"}


async def test_a_document_that_is_too_long_to_be_remembered_is_bounded_as_well(graphql: GraphQL) -> None:
    body = await graphql("{ a b c d e f } #" + "." * 20_000)

    assert len(body["errors"]) == 6
