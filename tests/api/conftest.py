"""One node of each type, and requests whose answers must give nothing away."""

import json
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from harmless import INSIDES
from httpx import AsyncClient, Response
from surface import Ids, Post
from world import GraphQL, World


@pytest.fixture
async def ids(world: World) -> Ids:
    """The global id of one node of each type; every list has some, and most have three."""
    return await world.one_of_each()


@pytest.fixture
async def post(http: AsyncClient) -> AsyncGenerator[Post]:
    """The server answers without a word about its inside, and goes on to answer what comes next."""

    async def send(body: str | bytes) -> Response:
        response = await http.post("/graphql", content=body, headers={"content-type": "application/json"})
        assert response.status_code < 500
        assert not INSIDES.search(response.text), response.text
        return response

    yield send

    response = await send('{"query": "{ projects { totalCount } }"}')
    assert response.json().keys() == {"data"}


@pytest.fixture
def ask(post: Post) -> GraphQL:
    """Sends an operation by `post`, and answers with the whole response."""

    async def send(query: str, **variables: Any) -> dict[str, Any]:
        response = await post(json.dumps({"query": query, "variables": variables}))
        assert response.status_code == 200, response.text
        return response.json()

    return send
