"""What can be watched: events after commits alone, over both transports, for those who may see them."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest
from conftest import Listening, client_at, config_of, listening
from live import PROJECT_CHANGED, event_stream, web_socket
from logins import AUTHORIZATION
from world import World, uuid_of

from gql_server.config import Config
from gql_server.db.changes import PAYLOAD_BYTES, Changes, announce
from gql_server.db.database import Database
from gql_server.schema.ids import IdKind, global_id, project_row_id
from gql_server.services.clients import revoke_keys, rotate_key
from gql_server.services.writer import Writer

FIRST = {"projectChanged": {"ids": [], "project": {"name": "Garden"}}}
NO_PROJECT = {
    "message": "There is no such project.",
    "path": ["projectChanged"],
    "locations": [{"line": 1, "column": 27}],
    "extensions": {"code": "NOT_FOUND"},
}


@pytest.fixture
async def garden(world: World) -> UUID:
    return await world.project("Garden", await world.client())


@pytest.fixture
async def server(dsn: str) -> AsyncGenerator[Listening]:
    # One connection is enough for any number of subscribers, since none holds it while nothing happens.
    async with listening(config_of(dsn, pool_size=1, key_cache_seconds=0, subscription_limit=5)) as server:
        yield server


async def change(database: Database, project_id: UUID, **rows: list[UUID]) -> None:
    async with database.transaction() as transaction:
        await announce(transaction, project_id, rows)


async def change_and_roll_back(database: Database, project_id: UUID) -> None:
    with suppress(RuntimeError):
        async with database.transaction() as transaction:
            await announce(transaction, project_id, {"contents": [uuid_of("rolled back")]})
            raise RuntimeError


async def test_changes_come_when_they_are_committed_and_not_before(
    server: Listening, garden: UUID, database: Database
) -> None:
    content, term = uuid_of("content"), uuid_of("term")
    async with web_socket(server.port) as socket:
        await socket.authorize()
        await socket.subscribe("1", id=str(garden))
        assert await socket.next() == {"id": "1", "type": "next", "payload": {"data": FIRST}}

        await change_and_roll_back(database, garden)
        async with database.transaction() as transaction:
            await announce(transaction, garden, {"contents": [content], "vocabulary": [term], "metadata": [garden]})
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(socket.connection.recv(), 0.3)

        message = await socket.next()
        assert message["payload"]["data"]["projectChanged"]["ids"] == [
            project_row_id(IdKind.CONTENT, garden, content),
            project_row_id(IdKind.TERM, garden, term),
            global_id(IdKind.PROJECT, garden),
        ]
        await socket.send({"type": "complete", "id": "1"})
        await change(database, garden)
        await socket.send({"type": "ping"})
        assert await socket.next() == {"type": "pong"}


async def test_the_same_over_server_sent_events(server: Listening, garden: UUID, database: Database) -> None:
    async with event_stream(server.port, id=global_id(IdKind.PROJECT, garden)) as events:
        assert events.response.headers["content-type"] == "text/event-stream"
        assert await events.next() == ("next", {"data": FIRST})
        await change(database, garden, contents=[uuid_of("content")])
        event, answer = await events.next()

    assert event == "next"
    assert answer["data"]["projectChanged"]["ids"] == [project_row_id(IdKind.CONTENT, garden, uuid_of("content"))]


async def test_an_event_is_of_the_moment_after_the_change(
    server: Listening, garden: UUID, connection: asyncpg.Connection, database: Database
) -> None:
    async with event_stream(server.port, id=str(garden)) as events:
        await events.next()
        await connection.execute("UPDATE public.projects SET name = 'Park' WHERE id = $1", garden)
        await change(database, garden)

        assert await events.next() == ("next", {"data": {"projectChanged": {"ids": [], "project": {"name": "Park"}}}})


async def test_more_rows_than_an_announcement_takes_are_rows_that_are_not_known(
    server: Listening, garden: UUID, database: Database
) -> None:
    many = [uuid_of(number) for number in range(PAYLOAD_BYTES // 36)]
    async with event_stream(server.port, id=str(garden)) as events:
        await events.next()
        await change(database, garden, contents=many)

        assert await events.next() == ("next", {"data": FIRST})


async def test_it_ends_with_the_project(server: Listening, garden: UUID, world: World, database: Database) -> None:
    async with event_stream(server.port, id=str(garden)) as events:
        await events.next()
        await world.connection.execute("DELETE FROM public.projects WHERE id = $1", garden)
        await change(database, garden)

        assert await events.next() == ("complete", None)


async def test_another_s_project_is_none(server: Listening, garden: UUID, world: World, database: Database) -> None:
    key = (await rotate_key(Writer(database), await world.client("Beacon"), timedelta())).key.text
    async with web_socket(server.port) as socket:
        await socket.authorize(key)
        for id_ in (garden, uuid_of("no project")):
            await socket.subscribe("1", id=str(id_))
            answer = await socket.next()
            assert answer == {"id": "1", "type": "error", "payload": [NO_PROJECT]}
        headers = {"authorization": f"Bearer {key}"}
    async with event_stream(server.port, headers=headers, id=str(garden)) as events:
        assert await events.next() == ("next", {"errors": [NO_PROJECT]})
        assert await events.next() == ("complete", None)


async def test_a_revoked_key_hears_of_nothing_more(
    server: Listening, garden: UUID, world: World, database: Database
) -> None:
    client_id = await world.client("Beacon")
    await world.connection.execute("UPDATE public.projects SET client_id = $2 WHERE id = $1", garden, client_id)
    key = (await rotate_key(Writer(database), client_id, timedelta())).key.text
    async with web_socket(server.port) as socket:
        await socket.authorize(key)
        await socket.subscribe("1", id=str(garden))
        await socket.next()
        await revoke_keys(database, client_id)
        await change(database, garden)

        message = await socket.next()
        [error] = message["payload"]["errors"]
        assert (error["message"], error["extensions"]) == (
            "The key that this was begun with is no longer good.",
            {"code": "UNAUTHENTICATED"},
        )
        assert await socket.next() == {"id": "1", "type": "complete"}


async def test_a_listener_that_was_cut_off_tells_of_a_gap(
    server: Listening, garden: UUID, connection: asyncpg.Connection
) -> None:
    await connection.execute("RESET ROLE")
    async with event_stream(server.port, id=str(garden)) as events:
        await events.next()
        cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'gql_server listen'"
        await connection.execute(f"{cut} AND datname = current_database()")

        assert await events.next() == ("next", {"data": FIRST})


async def test_what_nobody_can_read_is_passed_over(
    server: Listening, garden: UUID, connection: asyncpg.Connection, database: Database
) -> None:
    async with event_stream(server.port, id=str(garden)) as events:
        await events.next()
        for payload in ("", "[]", "1", '{"project": 1}', '{"project": "x"}', '{"rows": {}}', '{"rows": []}'):
            await connection.execute("SELECT pg_notify('gql_server_project_changed', $1)", payload)
        await change(database, garden, contents=[uuid_of("content")])

        assert len((await events.next())[1]["data"]["projectChanged"]["ids"]) == 1


async def test_a_slow_watcher_gets_fewer_and_larger_changes(config: Config, garden: UUID, database: Database) -> None:
    changes = Changes(config)
    await changes.listen()
    with changes.watch(garden) as watcher, changes.watch(garden) as other:
        for number in range(3):
            await change(database, garden, contents=[uuid_of(number), uuid_of("again")])
        while len(other._rows) < 4:
            await asyncio.sleep(0.01)
        assert {row.id for row in await watcher.next()} == {*map(uuid_of, range(3)), uuid_of("again")}
        for number in range(0, 1100, 100):
            await change(database, garden, contents=[uuid_of(number + place) for place in range(100)])
        while watcher._is_all_known:
            await asyncio.sleep(0.01)
        assert await watcher.next() == []
    await changes.close()


async def test_nobody_waits_for_ever_for_a_database_that_is_away(config: Config) -> None:
    away = config_of("postgresql://postgres@127.0.0.1:1/none", connect_timeout_seconds=0.2)
    async with listening(away) as server, web_socket(server.port) as socket:
        await socket.authorize()
        await socket.subscribe("1", id=str(uuid_of("any")))
        answer = await socket.next()

    assert answer["payload"][0]["extensions"] == {"code": "UNAVAILABLE"}


async def test_subscriptions_are_streamed_and_nothing_else_is(server: Listening, garden: UUID) -> None:
    async with client_at(server.port) as http:
        body = {"query": PROJECT_CHANGED, "variables": {"id": str(garden)}}
        response = await http.post("/graphql", json=body)
    assert response.status_code == 400
    assert response.json()["errors"][0]["message"] == (
        "A subscription is answered over a WebSocket, or with `Accept: text/event-stream`."
    )
    refused = {
        "message": "Subscriptions alone are streamed: send this operation as an ordinary request.",
        "extensions": {"code": "BAD_REQUEST"},
    }
    persisted = {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}
    headers = {**AUTHORIZATION, "accept": "text/event-stream"}
    async with client_at(server.port, headers) as http:
        response = await http.post("/graphql", json={"extensions": persisted})
    assert (response.status_code, response.headers["content-type"]) == (
        400,
        "application/graphql-response+json; charset=utf-8",
    )
    assert response.json()["errors"][0]["extensions"] == {"code": "PERSISTED_QUERY_NOT_FOUND"}
    async with event_stream(server.port, "{ projects { totalCount } }") as events:
        assert await events.next() == ("next", {"errors": [refused]})
    async with web_socket(server.port) as socket:
        await socket.authorize()
        await socket.subscribe("1", "{ projects { totalCount } }")
        assert await socket.next() == {"id": "1", "type": "error", "payload": [refused]}
