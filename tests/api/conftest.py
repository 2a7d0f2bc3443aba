"""One node of each type, and requests whose answers must give nothing away."""

import json
import re
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from httpx import AsyncClient, Response
from surface import Ids, Post
from world import GraphQL, World, uuid_of

from gql_server.schema.ids import IdKind, global_id, project_row_id

INSIDES = re.compile(
    r"INTERNAL|asyncpg|postgres|\bSELECT\b|jsonb|SQLSTATE|DETAIL:|HINT:|Traceback|\.py\b|gql_server|Undefined| at 0x"
)


@pytest.fixture
async def ids(world: World) -> Ids:
    """The global id of one node of each type; every list has some, and most have three."""
    [project_id] = await world.full_projects(1)
    await world.client("Beacon")
    for call in range(3):
        await world.llm_usage(call, project_id=project_id, prompt_id=uuid_of("prompt", "Write"))
    shared = {
        "Client": (IdKind.CLIENT, uuid_of("client", "Acme")),
        "Project": (IdKind.PROJECT, project_id),
        "ObjectModel": (IdKind.OBJECT_MODEL, uuid_of("object_model", "Article")),
        "Prompt": (IdKind.PROMPT, uuid_of("prompt", "Write")),
        "LlmUsage": (IdKind.LLM_USAGE, uuid_of("llm_usage", 0)),
    }
    in_project = {
        "Content": (IdKind.CONTENT, uuid_of(project_id, "content", "Content 00.0")),
        "Term": (IdKind.TERM, uuid_of(project_id, "term", "Term 00.0")),
        "PromptComponent": (IdKind.PROMPT_COMPONENT, uuid_of(project_id, "prompt_component", "Component 00.0")),
    }
    return {name: str(global_id(kind, id_)) for name, (kind, id_) in shared.items()} | {
        name: str(project_row_id(kind, project_id, id_)) for name, (kind, id_) in in_project.items()
    }


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
