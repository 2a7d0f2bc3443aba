"""A server in a process of its own, which is as well after every attack as it was before."""

import json
import time
from collections.abc import AsyncGenerator, Generator
from typing import Any

import pytest
from harmless import answer_of, check_text
from httpx import AsyncClient
from patience import BOUND_SECONDS, PATIENCE_SECONDS
from target import Attack, NewDatabase, Target, running_target

GROWTH_BYTES = 150_000_000
"""How much more memory the server may have than it had in the beginning; fifty large answers are in it."""

ORDINARY = {"query": "{ projects(first: 1) { nodes { name client { name } } totalCount } }"}
ANSWER = {"data": {"projects": {"nodes": [{"name": "Large", "client": {"name": "Beacon"}}], "totalCount": 2}}}


@pytest.fixture(scope="session")
def target(new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Generator[Target]:
    with running_target(new_database, tmp_path_factory.mktemp("target")) as target:
        yield target


@pytest.fixture(scope="session")
def memory_before(target: Target) -> int:
    return target.memory()


@pytest.fixture
async def http(target: Target) -> AsyncGenerator[AsyncClient]:
    async with AsyncClient(base_url=target.url, timeout=PATIENCE_SECONDS, verify=False) as http:
        yield http


@pytest.fixture(autouse=True)
async def unharmed(target: Target, memory_before: int, http: AsyncClient) -> AsyncGenerator[None]:
    """The server lives, answers as before and soon, has not grown, and has logged nothing that is a fault of its."""
    logged = target.log.stat().st_size
    yield
    assert target.process.poll() is None
    begun = time.monotonic()
    response = await http.post("/graphql", json=ORDINARY, headers=target.headers("admin"))
    assert response.json() == ANSWER
    assert time.monotonic() - begun < BOUND_SECONDS
    assert target.memory() - memory_before < GROWTH_BYTES
    written = target.log.read_bytes()[logged:].decode()
    assert "Traceback" not in written, written
    assert "[error" not in written, written


@pytest.fixture
def attack(target: Target, http: AsyncClient) -> Attack:
    async def send(
        body: str | bytes | object, caller: str | None = "admin", *, echoed: tuple[str, ...] = (), **variables: Any
    ) -> dict[str, Any]:
        if isinstance(body, str):
            body = {"query": body, "variables": variables}
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"content-type": "application/json", **target.headers(caller)}
        begun = time.monotonic()
        response = await http.post("/graphql", content=content, headers=headers)
        assert time.monotonic() - begun < BOUND_SECONDS
        answer = answer_of(response, *echoed)
        if caller is None:
            assert response.status_code == 401
            check_text(response.text)
        return answer

    return send
