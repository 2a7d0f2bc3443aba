"""Operations made at random: the valid ones are answered, and no other does harm."""

import json
from typing import Any

import pytest
from conftest import config_of
from random_operations import Maker
from surface import CONNECTIONS, Ids, Post
from world import GraphQL

from gql_server.config import Config

VALID = 80
ODD = 120


@pytest.fixture
def config(dsn: str) -> Config:
    # What is made at random may well be too much at once.
    return config_of(dsn, cost_limit=10**9)


def no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON.")


def checked(text: str) -> dict[str, Any]:
    """An answer, which is JSON to the letter and has nothing but what GraphQL knows."""
    body = json.loads(text, parse_constant=no_constant)
    assert body.keys() <= {"data", "errors"}
    for error in body.get("errors", []):
        assert error.keys() <= {"message", "locations", "path", "extensions"}
        assert error["message"]
    return body


async def cursors_of(ids: Ids, ask: GraphQL) -> list[str]:
    """A cursor of every connection."""
    answers = [(field, await ask(field.query(ids, selection="edges { cursor }"))) for field in CONNECTIONS]
    return [field.value(body)["edges"][-1]["cursor"] for field, body in answers]


@pytest.mark.parametrize("seed", range(2))
async def test_valid_operations_are_answered_without_an_error(seed: int, ids: Ids, ask: GraphQL) -> None:
    maker = Maker(seed, ids)
    for _ in range(VALID):
        query, variables = maker.operation()

        answer = await ask(query, **variables)
        assert answer.get("errors") is None, (query, variables, answer["errors"])


@pytest.mark.parametrize("seed", range(4))
async def test_odd_operations_do_no_harm(seed: int, ids: Ids, ask: GraphQL, post: Post) -> None:
    maker = Maker(seed, ids, await cursors_of(ids, ask), odd=0.05)
    for _ in range(ODD):
        query, variables = maker.operation()
        document = maker.broken(query) if maker.chance(0.1) else query
        response = await post(json.dumps({"query": document, "variables": variables}))

        assert response.status_code in {200, 400}
        if response.status_code == 200:
            checked(response.text)
