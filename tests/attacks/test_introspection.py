"""A schema that may be asked for, and is asked for in circles."""

from collections.abc import Generator

import pytest
from graphql import get_introspection_query
from harmless import answer_of, code_of
from httpx import AsyncClient
from patience import PATIENCE_SECONDS
from target import NewDatabase, Target, running_target

CIRCLES = {
    "types of types": "{ __schema { types { " + "fields { type { " * 20 + "name" + " } }" * 20 + " } } }",
    "twice as many each time": "{ __schema { types { ...f0 } } } "
    + " ".join(
        f"fragment f{n} on __Type {{ fields {{ a: type {{ ...f{n + 1} }} b: type {{ ...f{n + 1} }} }} }}"
        for n in range(30)
    )
    + " fragment f30 on __Type { name }",
    "a hundred times": "{ " + " ".join(f"a{n}: __schema {{ types {{ name }} }}" for n in range(100)) + " }",
}


CODES = dict.fromkeys(CIRCLES, "BAD_REQUEST") | {"a hundred times": "LIMIT_EXCEEDED"}


@pytest.fixture(scope="module")
def introspected(new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Generator[Target]:
    with running_target(new_database, tmp_path_factory.mktemp("introspected"), introspection=True) as target:
        yield target


async def test_a_schema_that_is_asked_for_in_circles(introspected: Target) -> None:
    headers = introspected.headers("acme")
    async with AsyncClient(base_url=introspected.url, timeout=PATIENCE_SECONDS, verify=False, headers=headers) as http:
        whole = await http.post("/graphql", json={"query": get_introspection_query()})
        answers = {what: await http.post("/graphql", json={"query": query}) for what, query in CIRCLES.items()}

    assert whole.json().keys() == {"data"}
    assert {what: code_of(answer_of(response)) for what, response in answers.items()} == CODES
    assert "Traceback" not in introspected.log.read_text()
