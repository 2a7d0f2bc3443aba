"""GraphQL over HTTP: media types, methods, status codes, and requests that are too much or too slow."""

import asyncio
import json
import re
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from conftest import client_at, listening, starting
from httpx import ASGITransport, AsyncClient, Response
from logins import ADMIN_KEY, AUTHORIZATION
from patience import PATIENCE_SECONDS
from world import World

from gql_server.app import create_app
from gql_server.config import Config
from gql_server.db.database import Database
from gql_server.loaders.clients import ClientsLoader

JSON = "application/json"
RESPONSE_JSON = "application/graphql-response+json"
TYPENAME = {"query": "{ __typename }"}
UNFINISHED = "\r\n".join(
    [
        "POST /graphql HTTP/1.1",
        "host: test",
        f"content-type: {JSON}",
        f"authorization: Bearer {ADMIN_KEY}",
        "content-length: 100",
        "",
        "{",
    ]
)
CLIENTS = {"query": "{ clients { nodes { name } } }"}
PREFLIGHT = {"apollo-require-preflight": "1"}


async def post(http: AsyncClient, body: object = TYPENAME, **headers: str) -> Response:
    return await http.post("/graphql", content=json.dumps(body), headers={"content-type": JSON, **headers})


@pytest.mark.parametrize(
    ("accept", "answer"),
    [
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        (f"{JSON}; charset=utf-8", JSON),
        (RESPONSE_JSON, RESPONSE_JSON),
        (f"{RESPONSE_JSON}, {JSON};q=0.9", RESPONSE_JSON),
        (f"{JSON}, {RESPONSE_JSON};q=0.5", RESPONSE_JSON),
        (f"{RESPONSE_JSON};q=0, */*", JSON),
        (f"text/html, {JSON.upper()}", JSON),
    ],
)
async def test_the_answer_has_a_type_that_is_accepted(accept: str, answer: str, http: AsyncClient) -> None:
    response = await post(http, accept=accept)

    assert (response.status_code, response.json()) == (200, {"data": {"__typename": "Query"}})
    assert response.headers["content-type"] == f"{answer}; charset=utf-8"


@pytest.mark.parametrize("accept", ["text/html", "image/*", f"{JSON};q=0"])
async def test_no_type_that_is_accepted(accept: str, http: AsyncClient) -> None:
    response = await post(http, accept=accept)

    assert response.status_code == 406
    assert response.json()["errors"][0]["extensions"] == {"code": "BAD_REQUEST"}


@pytest.mark.parametrize(
    ("accept", "status"), [(RESPONSE_JSON, 400), (JSON, 200)], ids=["by the specification", "as ever"]
)
@pytest.mark.parametrize(
    "body",
    [
        {"query": "{"},
        {"query": "{ nope }"},
        {"query": "query ($n: Int!) { clients(first: $n) { totalCount } }", "variables": {"n": "one"}},
    ],
    ids=["no syntax", "not valid", "a variable of another type"],
)
async def test_what_is_not_executed_has_no_data(body: Any, accept: str, status: int, http: AsyncClient) -> None:
    response = await post(http, body, accept=accept)

    assert response.status_code == status
    assert response.json().keys() == {"errors"}


@pytest.mark.parametrize("accept", [RESPONSE_JSON, JSON])
async def test_what_fails_while_it_is_executed_has_data(accept: str, http: AsyncClient) -> None:
    response = await post(http, {"query": "{ clients(first: -1) { totalCount } }"}, accept=accept)

    assert (response.status_code, response.json()["data"]) == (200, None)


async def test_a_query_by_get(world: World, http: AsyncClient) -> None:
    await world.client("Acme")
    parameters = {
        "query": "query One { __typename } query Two($n: Int) { clients(first: $n) { nodes { name } } }",
        "variables": '{"n": 1}',
        "operationName": "Two",
    }

    response = await http.get("/graphql", params=parameters, headers=PREFLIGHT)

    assert (response.status_code, response.json()) == (200, {"data": {"clients": {"nodes": [{"name": "Acme"}]}}})


async def test_a_get_without_a_query(http: AsyncClient) -> None:
    response = await http.get("/graphql", headers=PREFLIGHT)

    assert (response.status_code, response.json()["errors"][0]["message"]) == (400, "The request has no `query`.")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE"])
async def test_another_method(method: str, http: AsyncClient) -> None:
    response = await http.request(method, "/graphql")

    assert (response.status_code, response.headers["allow"]) == (405, "GET, POST")


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        (JSON, 200),
        ("Application/JSON; Charset=UTF-8", 200),
        (f'{JSON}; charset="utf-8"', 200),
        (f"{JSON}; charset=iso-8859-1", 415),
        (f"{JSON}l", 415),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("application/graphql", 415),
        ("", 415),
    ],
)
async def test_what_a_request_is_written_in(content_type: str, status: int, http: AsyncClient) -> None:
    response = await post(http, **{"content-type": content_type})

    assert response.status_code == status


async def test_a_list_of_operations(http: AsyncClient) -> None:
    response = await post(http, [TYPENAME, TYPENAME])

    message = "The request must be one object, not a list."
    assert (response.status_code, response.json()["errors"][0]["message"]) == (400, message)


async def test_graphiql_is_for_browsers_and_for_servers_that_want_it(
    http: AsyncClient, config: Config, database: Database
) -> None:
    assert (await http.get("/graphql", headers={"accept": "text/html"})).status_code == 406
    app = create_app(config.model_copy(update={"graphiql": True}), database)
    async with (
        starting(app) as manager,
        AsyncClient(
            transport=ASGITransport(app=manager.app), base_url="http://test", headers=AUTHORIZATION
        ) as with_page,
    ):
        page = await with_page.get("/graphql", headers={"accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert '<header class="bar">' in page.text
        assert re.findall(r'(?:src|href)="(?!\./assets/|data:)', page.text) == []
        assert (await with_page.get("/graphql", params=TYPENAME, headers=PREFLIGHT)).json() == {
            "data": {"__typename": "Query"}
        }
        assert (await with_page.get("/graphql", headers={"accept": "*/*"} | PREFLIGHT)).status_code == 400


async def test_every_answer_has_an_id_of_its_request(http: AsyncClient) -> None:
    first, second = (await post(http)).headers["x-request-id"], (await post(http)).headers["x-request-id"]

    assert first != second
    assert (await post(http, **{"x-request-id": "proxy-1.2_3"})).headers["x-request-id"] == "proxy-1.2_3"
    forged = (await post(http, **{"x-request-id": "a b"})).headers["x-request-id"]
    assert forged != "a b"


async def test_a_masked_error_has_the_id_that_the_answer_has(
    http: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any) -> Any:
        raise RuntimeError("Not expected.")

    monkeypatch.setattr(ClientsLoader, "pages", fail)

    response = await post(http, CLIENTS, **{"x-request-id": "proxy-1"})

    assert response.headers["x-request-id"] == "proxy-1"
    assert response.json()["errors"][0]["extensions"] == {"code": "INTERNAL", "requestId": "proxy-1"}


async def test_a_body_up_to_the_limit_and_beyond(http: AsyncClient, config: Config) -> None:
    body = json.dumps(TYPENAME).encode()
    whole = body + b" " * (config.body_limit_bytes - len(body))

    async def in_parts(content: bytes) -> AsyncGenerator[bytes]:
        for begin in range(0, len(content), 65536):
            yield content[begin : begin + 65536]

    for content in (whole, in_parts(whole)):
        response = await http.post("/graphql", content=content, headers={"content-type": JSON})
        assert (response.status_code, response.json()) == (200, {"data": {"__typename": "Query"}})
    for content in (whole + b" ", in_parts(whole + b" ")):
        response = await http.post("/graphql", content=content, headers={"content-type": JSON})
        extensions = {"code": "LIMIT_EXCEEDED", "limit": "BODY"}
        error = {"message": "A request may have 1000000 bytes, not more.", "extensions": extensions}
        assert (response.status_code, response.json()) == (413, {"errors": [error]})


async def test_a_sender_that_is_too_slow_is_sent_away(config: Config) -> None:
    async with listening(config.model_copy(update={"body_timeout_seconds": 0.2})) as server:
        port = server.port
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(UNFINISHED.encode())
        answer = await asyncio.wait_for(reader.read(), timeout=PATIENCE_SECONDS)
        writer.close()

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"The request did not arrive within 0.2 seconds." in answer


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"POST /graphql HTTP/1.1\r\nhost: te",
        b"GET /healthz HTTP/1.1\r\nhost: test\r\n\r\nGET /healthz HTTP/1.1\r\nhost: te",
    ],
    ids=["nothing", "half of the headers", "the second time"],
)
async def test_headers_that_do_not_come_end_the_connection(sent: bytes, config: Config) -> None:
    async with listening(config.model_copy(update={"header_timeout_seconds": 1})) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(sent)
        answer = await asyncio.wait_for(reader.read(), timeout=PATIENCE_SECONDS)
        writer.close()

    assert answer.endswith(b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
    assert answer.count(b"HTTP/1.1 200 OK") == sent.count(b"healthz") // 2


async def test_what_is_refused_unread_is_answered_once_and_not_waited_for(config: Config) -> None:
    head = "POST /graphql HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\ncontent-length: 2000000\r\n\r\n"
    async with listening(config.model_copy(update={"header_timeout_seconds": 1})) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(f"{head}{{".encode())
        answer = await asyncio.wait_for(reader.read(), timeout=PATIENCE_SECONDS)
        writer.close()

    assert answer.startswith(b"HTTP/1.1 401 ")
    assert answer.count(b"HTTP/1.1 ") == 1


async def test_a_connection_that_is_used_may_wait_between_its_requests(config: Config) -> None:
    async with (
        listening(config.model_copy(update={"header_timeout_seconds": 1})) as server,
        client_at(server.port) as http,
    ):
        for _ in range(2):
            assert (await post(http)).status_code == 200
            [connection] = http._transport._pool.connections  # pyright: ignore[reportAttributeAccessIssue]
            await asyncio.sleep(1.5)
            assert connection.is_idle()


async def test_a_sender_that_goes_away_leaves_the_server_well(config: Config) -> None:
    async with listening(config) as server:
        port = server.port
        for _ in range(50):
            _reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(UNFINISHED.encode())
            await writer.drain()
            writer.transport.abort()
        async with client_at(port) as client:
            assert (await post(client)).json() == {"data": {"__typename": "Query"}}
