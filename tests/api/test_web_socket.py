"""graphql-transport-ws to the letter, and what comes over it that is not it."""

import asyncio
import gc
from collections.abc import AsyncGenerator
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from conftest import Listening, client_at, config_of, listening
from live import event_stream, web_socket
from logins import ADMIN_KEY, AUTHORIZATION
from patience import PATIENCE_SECONDS
from websockets.exceptions import InvalidStatus
from world import World

OPENED = 500


@pytest.fixture
async def garden(world: World) -> UUID:
    return await world.project("Garden", await world.client())


@pytest.fixture
async def server(dsn: str) -> AsyncGenerator[Listening]:
    settings = config_of(dsn, subscription_limit=2, stream_limit=3)
    async with listening(settings) as server:
        yield server


INIT = {"type": "connection_init", "payload": {"authorization": f"Bearer {ADMIN_KEY}"}}
SUBSCRIBE = {"type": "subscribe", "id": "1", "payload": {"query": "subscription { projectChanged }"}}


@pytest.mark.parametrize(
    ("messages", "closed"),
    [
        ([SUBSCRIBE], (4401, "Unauthorized")),
        ([{"type": "connection_init"}], (4403, "Forbidden")),
        ([{"type": "connection_init", "payload": {"Authorization": "Bearer wrong"}}], (4403, "Forbidden")),
        ([{"type": "connection_init", "payload": {"Authorization": [1]}}], (4403, "Forbidden")),
        ([{"type": "connection_init", "payload": []}], (4400, "Invalid connection init payload")),
        ([INIT, INIT], (4429, "Too many initialisation requests")),
    ],
    ids=["not yet", "no key", "a wrong key", "no text", "no object", "twice"],
)
async def test_a_connection_is_closed_with_a_code(
    messages: list[Any], closed: tuple[int, str], server: Listening
) -> None:
    async with web_socket(server.port) as socket:
        await socket.send(*messages)

        assert await socket.closed() == closed


async def test_a_connection_that_sends_no_key_is_closed(dsn: str) -> None:
    async with (
        listening(config_of(dsn, connection_init_timeout_seconds=0.3)) as server,
        web_socket(server.port) as socket,
    ):
        assert await socket.closed() == (4408, "Connection initialisation timeout")


NO_MESSAGES = [
    "[]",
    "1",
    "null",
    '"a"',
    "{}",
    '{"type": 1}',
    '{"type": "next"}',
    '{"type": "subscribe"}',
    '{"type": "subscribe", "id": 1, "payload": {"query": "{ a }"}}',
    '{"type": "subscribe", "id": [], "payload": {"query": "{ a }"}}',
    '{"type": "subscribe", "id": "", "payload": {"query": "{ a }"}}',
    '{"type": "subscribe", "id": "' + "1" * 129 + '", "payload": {"query": "{ a }"}}',
    '{"type": "subscribe", "id": "1", "payload": null}',
    '{"type": "subscribe", "id": "1", "payload": {"query": 1}}',
    '{"type": "subscribe", "id": "1", "payload": {"query": "{ a }", "variables": []}}',
    '{"type": "subscribe", "id": "1", "payload": {"query": "{ a }", "operationName": 1}}',
    '{"type": "subscribe", "id": "1", "payload": {"query": "{ a }", "extensions": 1}}',
    '{"type": "complete"}',
    '{"type": "complete", "id": {}}',
    "not JSON",
    "",
    '{"type": "ping", "payload": NaN}',
    "[" * 10_000,
    b"\x00\xff",
]


@pytest.mark.parametrize("message", NO_MESSAGES, ids=range(len(NO_MESSAGES)))
async def test_what_is_no_message_closes_the_connection(message: str | bytes, server: Listening) -> None:
    async with web_socket(server.port) as socket:
        await socket.authorize()
        await socket.send(message)

        assert (await socket.closed())[0] == 4400
    async with web_socket(server.port) as socket:
        await socket.authorize()


async def test_the_header_of_the_request_is_as_good_as_connection_init(server: Listening) -> None:
    async with web_socket(server.port, **AUTHORIZATION) as socket:
        await socket.send({"type": "connection_init"})
        assert await socket.next() == {"type": "connection_ack"}
    async with web_socket(server.port, **AUTHORIZATION) as socket:
        await socket.send({"type": "connection_init", "payload": {"authorization": "Bearer wrong"}})
        assert await socket.closed() == (4403, "Forbidden")


async def test_what_is_wrong_with_one_document_leaves_the_others_alone(server: Listening, garden: UUID) -> None:
    async with web_socket(server.port) as socket:
        await socket.authorize()
        await socket.subscribe("good", id=str(garden))
        assert (await socket.next())["type"] == "next"
        for query, code in (("{", "BAD_REQUEST"), ("", "BAD_REQUEST"), ("subscription { a }", "BAD_REQUEST")):
            await socket.subscribe("bad", query)
            answer = await socket.next()
            assert (answer["id"], answer["type"]) == ("bad", "error")
            assert answer["payload"][0]["extensions"]["code"] == code
        await socket.subscribe("good", id=str(garden))
        assert await socket.closed() == (4409, "Subscriber for good already exists")


async def test_so_many_subscriptions_and_not_one_more(server: Listening, garden: UUID) -> None:
    async with web_socket(server.port) as socket, web_socket(server.port) as other:
        await socket.authorize()
        for number in range(2):
            await socket.subscribe(str(number), id=str(garden))
            assert (await socket.next())["type"] == "next"
        await socket.subscribe("2", id=str(garden))
        answer = await socket.next()
        assert (answer["type"], answer["payload"][0]["extensions"]) == (
            "error",
            {"code": "LIMIT_EXCEEDED", "limit": "SUBSCRIPTIONS"},
        )

        await other.authorize()
        await other.subscribe("0", id=str(garden))
        assert (await other.next())["type"] == "next"
        await other.subscribe("1", id=str(garden))
        answer = await other.next()
        assert answer["payload"][0]["message"] == ("This would be 4 of your subscriptions at a time; there may be 3.")
        await socket.send({"type": "complete", "id": "0"})
        async with asyncio.timeout(PATIENCE_SECONDS):
            while answer["type"] != "next":
                await other.subscribe("1", id=str(garden))
                answer = await other.next()


async def test_pages_of_other_sites_cannot_connect(server: Listening) -> None:
    with pytest.raises(InvalidStatus) as caught:
        async with web_socket(server.port, origin="https://evil.example"):
            pass

    assert caught.value.response.status_code == 403


async def test_an_origin_that_is_let_in_can(dsn: str) -> None:
    async with (
        listening(config_of(dsn, cors_origins="https://app.example.com")) as server,
        web_socket(server.port, origin="https://app.example.com") as socket,
    ):
        await socket.authorize()


async def test_the_older_protocol_is_not_spoken(server: Listening) -> None:
    async with web_socket(server.port, "graphql-ws") as socket:
        assert await socket.closed() == (4406, "Subprotocol not acceptable")


async def test_trusted_and_persisted_documents_are_found(server: Listening, garden: UUID) -> None:
    async with web_socket(server.port) as socket:
        await socket.authorize()
        payload = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}}
        await socket.send({"type": "subscribe", "id": "1", "payload": payload})
        answer = await socket.next()
        assert answer["payload"][0]["extensions"] == {"code": "PERSISTED_QUERY_NOT_FOUND"}


async def open_and_drop_web_socket(port: int, project_id: UUID) -> None:
    async with web_socket(port) as socket:
        await socket.authorize()
        await socket.subscribe("1", id=str(project_id))
        await socket.next()
        socket.connection.transport.abort()


async def open_and_drop_event_stream(port: int, project_id: UUID) -> None:
    async with event_stream(port, id=str(project_id)) as events:
        await events.next()


@pytest.mark.timeout(240)
async def test_nothing_is_left_of_500_that_were_dropped(dsn: str, garden: UUID, connection: asyncpg.Connection) -> None:
    await connection.execute("RESET ROLE")
    async with listening(config_of(dsn)) as server:
        async with client_at(server.port) as http:
            await http.post("/graphql", json={"query": "{ projects { totalCount } }"})
        await open_and_drop_web_socket(server.port, garden)
        await asyncio.sleep(0.2)
        before = len(asyncio.all_tasks())
        for start in range(0, OPENED, 50):
            drop = open_and_drop_event_stream if start % 100 else open_and_drop_web_socket
            await asyncio.gather(*(drop(server.port, garden) for _ in range(50)))
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(asyncio.all_tasks()) > before or server.app.state.changes._watchers:
                await asyncio.sleep(0.05)
                gc.collect()
        assert server.app.state.changes._watchers == {}
        busy = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle'"
        assert await connection.fetchval(f"{busy} AND pid <> pg_backend_pid()") == 0
        async with client_at(server.port) as http:
            answer = await http.post("/graphql", json={"query": "{ projects { totalCount } }"})
            assert answer.json() == {"data": {"projects": {"totalCount": 1}}}
