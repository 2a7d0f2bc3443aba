"""Automatic persisted queries, by Apollo's protocol."""

import json
from typing import Any

import pytest
from by_hash import DONE, NOT_FOUND, NOT_SUPPORTED, RESPONSE_JSON, TYPENAME, by_hash, hash_of, refusal, send
from conftest import client_of, config_of
from httpx import AsyncClient

from gql_server.db.database import Database
from gql_server.http import documents


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_document_is_sent_once_and_its_hash_from_then_on(method: str, http: AsyncClient) -> None:
    query = "query Clients($n: Int) { clients(first: $n) { totalCount } }"
    hashed = by_hash(hash_of(query)) | {"variables": {"n": 1}, "operationName": "Clients"}

    unknown = await send(http, method, hashed)
    sent = await send(http, method, hashed | {"query": query})
    known = await send(http, method, hashed)

    assert (unknown.status_code, unknown.json()) == (200, NOT_FOUND)
    for response in (sent, known):
        assert (response.status_code, response.json()) == (200, {"data": {"clients": {"totalCount": 0}}})


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_an_unknown_hash_has_the_status_of_its_media_type(method: str, http: AsyncClient) -> None:
    response = await send(http, method, by_hash(hash_of(TYPENAME)), accept=RESPONSE_JSON)

    assert (response.status_code, response.json()) == (400, NOT_FOUND)
    assert response.headers["content-type"] == f"{RESPONSE_JSON}; charset=utf-8"


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("id_", ["0" * 64, hash_of(TYPENAME).upper(), ""])
async def test_a_hash_of_another_document(id_: str, method: str, http: AsyncClient) -> None:
    response = await send(http, method, by_hash(id_) | {"query": TYPENAME})

    assert (response.status_code, response.json()) == (400, refusal("provided sha does not match query"))
    assert (await send(http, method, by_hash(id_))).json() == NOT_FOUND


@pytest.mark.parametrize("query", [{}, {"query": TYPENAME}], ids=["alone", "with the document"])
@pytest.mark.parametrize(
    ("persisted", "message"),
    [
        ({"version": 2, "sha256Hash": hash_of(TYPENAME)}, "Unsupported persisted query version"),
        ({"version": "1", "sha256Hash": hash_of(TYPENAME)}, "Unsupported persisted query version"),
        ({"sha256Hash": hash_of(TYPENAME)}, "Unsupported persisted query version"),
        ({}, "Unsupported persisted query version"),
        ("1", "Unsupported persisted query version"),
        ([1], "Unsupported persisted query version"),
        ({"version": 1}, "`extensions.persistedQuery.sha256Hash` must be a text."),
        ({"version": 1, "sha256Hash": 7}, "`extensions.persistedQuery.sha256Hash` must be a text."),
    ],
)
async def test_another_protocol(persisted: object, message: str, query: dict[str, Any], http: AsyncClient) -> None:
    response = await send(http, "POST", {"extensions": {"persistedQuery": persisted}} | query)

    assert (response.status_code, response.json()) == (400, refusal(message))


async def test_half_a_surrogate_pair_has_no_hash(http: AsyncClient) -> None:
    body = json.dumps(by_hash(hash_of("?")) | {"query": "\ud800"})

    response = await http.post("/graphql", content=body, headers={"content-type": "application/json"})

    assert (response.status_code, response.json()) == (400, refusal("provided sha does not match query"))


async def test_no_persisted_query_at_all(http: AsyncClient) -> None:
    for extensions in (None, {}, {"persistedQuery": None}, {"other": 1}):
        assert (await send(http, "POST", {"query": TYPENAME, "extensions": extensions})).json() == DONE
        response = await send(http, "POST", {"extensions": extensions})
        assert (response.status_code, response.json()) == (400, refusal("The request has no `query`."))


async def test_a_document_that_is_not_valid_is_refused_each_time(http: AsyncClient) -> None:
    hashed = by_hash(hash_of("{ nope }"))

    sent = await send(http, "POST", hashed | {"query": "{ nope }"})

    assert sent.json() == refusal("Cannot query field 'nope' on type 'Query'.") | {"errors": [sent.json()["errors"][0]]}
    assert (await send(http, "POST", hashed)).json() == sent.json()


async def test_a_mutation_by_its_hash_is_for_post(http: AsyncClient) -> None:
    mutation = "mutation { nope }"
    hashed = by_hash(hash_of(mutation))
    await send(http, "POST", hashed | {"query": mutation})

    response = await send(http, "GET", hashed)

    assert (response.status_code, response.headers["allow"]) == (405, "POST")


async def test_the_least_recently_used_is_forgotten_first(
    http: AsyncClient, monkeypatch: pytest.MonkeyPatch, dsn: str, database: Database
) -> None:
    monkeypatch.setattr(documents, "DOCUMENTS", 2)
    first, second, third = (f"query {name} {TYPENAME}" for name in ("A", "B", "C"))
    async with client_of(config_of(dsn), database) as small:
        for query in (first, second, first, third):
            assert (await send(small, "POST", by_hash(hash_of(query)) | {"query": query})).json() == DONE

        answers = [(await send(small, "POST", by_hash(hash_of(query)))).json() for query in (first, second, third)]

    assert answers == [DONE, NOT_FOUND, DONE]


async def test_a_long_document_is_run_and_not_remembered(http: AsyncClient) -> None:
    for characters, after in ((documents.LENGTH, DONE), (documents.LENGTH + 1, NOT_FOUND)):
        query = TYPENAME.ljust(characters)
        hashed = by_hash(hash_of(query))
        assert (await send(http, "POST", hashed | {"query": query})).json() == DONE
        assert (await send(http, "POST", hashed)).json() == after


async def test_servers_that_do_not_take_part(dsn: str, database: Database) -> None:
    async with client_of(config_of(dsn, persisted_queries=False), database) as http:
        hashed = by_hash(hash_of(TYPENAME))
        for request in (hashed, hashed | {"query": TYPENAME}, by_hash(1, 2), {"documentId": "a"}):
            for method in ("GET", "POST"):
                response = await send(http, method, request)
                assert (response.status_code, response.json()) == (200, NOT_SUPPORTED)
        assert (await send(http, "GET", hashed, accept=RESPONSE_JSON)).status_code == 400
        assert (await send(http, "POST", {"query": TYPENAME})).json() == DONE
