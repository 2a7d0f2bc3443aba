"""Generations can be watched as they go on: in order, without a gap or a twin, wherever they are done."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from conftest import Listening, config_of, listening
from live import EventStream, event_stream, web_socket
from logins import bearing
from requesting import Steps, enqueue, make_studio, place_of, runner_of
from world import World, uuid_of

from gql_server.config import Config
from gql_server.db.changes import Changes, announce
from gql_server.db.database import Database
from gql_server.db.roles import ADMIN
from gql_server.db.tables import generations
from gql_server.schema.ids import IdKind, expect_id, global_id, project_row_id
from gql_server.services.clients import revoke_keys, rotate_key
from gql_server.services.generations import cancel_generation
from gql_server.services.projects import delete_project
from gql_server.services.writer import Writer

GENERATION = """
subscription ($id: ID!, $after: Int! = 0) {
  generation(id: $id, after: $after) { sequence kind attempt text partial generation { id status } }
}
"""
STEPS = "subscription ($id: ID!, $after: Int! = 0) { generation(id: $id, after: $after) { sequence kind text } }"
PARTIAL = "subscription ($id: ID!) { generation(id: $id) { kind partial } }"
GENERATIONS = """
subscription ($id: ID!) { generations(project: $id) { sequence kind attempt text generation { id status } } }
"""
CHANGED = "subscription ($id: ID!) { projectChanged(project: $id) { ids } }"
COMPLETE = ("complete", None)


@pytest.fixture
async def garden(world: World) -> UUID:
    return await make_studio(world)


@pytest.fixture
async def server(dsn: str) -> AsyncGenerator[Listening]:
    # The tests work in this process over another pool, and with other announcements than the server's own.
    async with listening(config_of(dsn, pool_size=1, key_cache_seconds=0, subscription_limit=5)) as server:
        yield server


@pytest.fixture
async def steps(garden: UUID, database: Database) -> Steps:
    [id_] = await enqueue(database, garden)
    return Steps.of(database, garden, id_)


def id_of(steps: Steps) -> str:
    return project_row_id(IdKind.GENERATION, steps.lease.project_id, steps.lease.generation_id)


async def event(events: EventStream, field: str = "generation") -> dict[str, Any]:
    name, answer = await events.next()
    assert name == "next"
    assert "errors" not in answer, answer["errors"]
    return answer["data"][field]


async def step(events: EventStream) -> tuple[Any, ...]:
    return tuple((await event(events)).values())


async def until_the_end(events: EventStream) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    while True:
        name, answer = await events.next()
        if name == "complete":
            return found
        found.append(tuple(answer["data"]["generation"].values()))


async def test_each_step_comes_as_it_is_made(server: Listening, steps: Steps) -> None:
    generation = {"id": id_of(steps), "status": "RUNNING"}
    common = {"attempt": 1, "text": None, "partial": None}
    async with event_stream(server.port, GENERATION, id=id_of(steps)) as events:
        queued = {"sequence": 1, "kind": "QUEUED", **common, "generation": {**generation, "status": "QUEUED"}}
        assert await event(events) == {**queued, "attempt": 0}
        await steps.start()
        assert await event(events) == {"sequence": 2, "kind": "STARTED", **common, "generation": generation}
        await steps.note('{"title": "Oa')
        output = {"kind": "OUTPUT", "attempt": 1, "generation": generation}
        shown = {"sequence": 3, **output, "text": '{"title": "Oa', "partial": {"title": "Oa"}}
        assert await event(events) == shown
        await steps.note('k", "body": "Le')
        shown = {"sequence": 4, **output, "text": 'k", "body": "Le', "partial": {"title": "Oak", "body": "Le"}}
        assert await event(events) == shown
        await steps.note("The provider is slow.", "waiting")
        shown = {"sequence": 5, "kind": "WAITING", **common, "text": "The provider is slow.", "generation": generation}
        assert await event(events) == shown
        # What is asked again begins anew.
        await steps.note('{"body": "')
        assert await event(events) == {"sequence": 6, **output, "text": '{"body": "', "partial": {"body": ""}}
        await steps.succeed()
        generation["status"] = "SUCCEEDED"
        assert await event(events) == {"sequence": 7, "kind": "SUCCEEDED", **common, "generation": generation}
        assert await events.next() == COMPLETE


async def test_who_comes_late_is_told_of_all_with_the_output_joined(server: Listening, steps: Steps) -> None:
    await steps.start()
    for text in ("a", "b", "c"):
        await steps.note(text)
    await steps.note("It is no JSON.", "rejected")
    for text in ("d", "e"):
        await steps.note(text)
    await steps.fail()

    async with event_stream(server.port, STEPS, id=id_of(steps)) as events:
        assert await until_the_end(events) == [
            (1, "QUEUED", None),
            (2, "STARTED", None),
            (5, "OUTPUT", "abc"),
            (6, "REJECTED", "It is no JSON."),
            (8, "OUTPUT", "de"),
            (9, "FAILED", "It is wrong."),
        ]


async def test_who_comes_back_goes_on_behind_what_it_knows(server: Listening, steps: Steps) -> None:
    await steps.start()
    for text in ('{"a": "', "b", "c", "d"):
        await steps.note(text)
    await steps.note("It is wrong.", "rejected")
    await steps.note("[1,")
    await steps.succeed()
    every = [
        (1, "QUEUED", None, None),
        (2, "STARTED", None, None),
        (6, "OUTPUT", '{"a": "bcd', {"a": "bcd"}),
        (7, "REJECTED", "It is wrong.", None),
        (8, "OUTPUT", "[1,", [1]),
        (9, "SUCCEEDED", None, None),
    ]
    # In the middle of the output, what is known of it is not told again, and counts all the same.
    rest = {3: "bcd", 4: "cd", 5: "d"}

    query = GENERATION.replace(
        "sequence kind attempt text partial generation { id status }", "sequence kind text partial"
    )
    for after in range(-1, 12):
        async with event_stream(server.port, query, id=id_of(steps), after=after) as events:
            found = await until_the_end(events)
        text = rest.get(after)
        expected = [(*each[:2], text, each[3]) if text and each[0] == 6 else each for each in every if each[0] > after]
        assert found == expected


async def test_of_a_connection_that_breaks_again_and_again_nothing_is_missed_or_told_twice(
    server: Listening, steps: Steps
) -> None:
    texts = [f"{number} " for number in range(30)]

    async def work() -> None:
        await steps.start()
        for text in texts:
            await steps.note(text)
        await steps.succeed()

    working = asyncio.create_task(work())
    found: list[tuple[Any, ...]] = []
    while not found or found[-1][1] != "SUCCEEDED":
        async with event_stream(server.port, STEPS, id=id_of(steps), after=found[-1][0] if found else 0) as events:
            found.append(await step(events))
    await working

    assert [number for number, *_ in found] == sorted({number for number, *_ in found})
    assert "".join(text for _, kind, text in found if kind == "OUTPUT") == "".join(texts)
    assert [kind for _, kind, _ in found if kind != "OUTPUT"] == ["QUEUED", "STARTED", "SUCCEEDED"]


@pytest.mark.parametrize(
    ("output", "partial"),
    [
        ("", None),
        (" ", None),
        ("{", {}),
        ('{"a', {}),
        ('{"a": "b\\', {"a": "b"}),
        ('{"a": "b\\u00', {"a": "b"}),
        ('{"a": [1, {"b": tr', {"a": [1, {}]}),
        ('{"a": 1}', {"a": 1}),
        ('{"é": "🌳', {"é": "🌳"}),
        ('{"a": "\\u0000', {"a": "\0"}),
        ("null", None),
        ("Sure! {", None),
        ('{"a": 1} Done.', {"a": 1}),
        ('{"a": NaN}', None),
        ('{"a": "\\ud800"}', None),
        ("[" * 100_000, None),
    ],
    ids=range(16),
)
async def test_what_breaks_off_is_closed(output: str, partial: Any, server: Listening, steps: Steps) -> None:
    await steps.start()
    await steps.note(output)

    async with event_stream(server.port, PARTIAL, id=id_of(steps)) as events:
        found = [await event(events) for _ in range(3)]

    assert found[2] == {"kind": "OUTPUT", "partial": partial}


@pytest.mark.parametrize("number", ["1e999", "-1e999", "9" * 5000])
async def test_a_number_that_nothing_can_hold_does_no_harm(number: str, server: Listening, steps: Steps) -> None:
    await steps.start()
    await steps.note(f'{{"a": {number}, "b": "x')
    await steps.succeed()

    async with event_stream(server.port, PARTIAL, id=id_of(steps)) as events:
        found = [await event(events) for _ in range(4)]

    assert [each["kind"] for each in found] == ["QUEUED", "STARTED", "OUTPUT", "SUCCEEDED"]
    assert found[2]["partial"] is None


async def test_what_is_cancelled_ends(server: Listening, steps: Steps) -> None:
    async with event_stream(server.port, STEPS, id=id_of(steps)) as events:
        assert await step(events) == (1, "QUEUED", None)
        garden, id_ = steps.lease.project_id, steps.lease.generation_id
        await cancel_generation(Writer(steps.database), place_of(garden), id_)
        assert await until_the_end(events) == [(2, "CANCELLED", None)]


async def test_a_second_worker_goes_on_where_the_first_was_lost(
    server: Listening, steps: Steps, database: Database
) -> None:
    await steps.start()
    await steps.note("[1,")
    second = Steps(database, steps.lease._replace(id=uuid4()))
    async with event_stream(server.port, GENERATION, id=id_of(steps)) as events:
        for _ in range(3):
            await events.next()
        await second.start()
        started = await event(events)
        await second.note("[2")
        output = await event(events)

    assert (started["sequence"], started["kind"], started["attempt"]) == (4, "STARTED", 2)
    assert (output["sequence"], output["attempt"], output["partial"]) == (5, 2, [2])


async def test_what_a_worker_does_is_seen_over_either_transport(
    server: Listening, steps: Steps, config: Config
) -> None:
    lease = steps.lease
    runner = runner_of(config, steps.database)
    await runner.changes.listen()
    async with web_socket(server.port) as socket, event_stream(server.port, STEPS, id=id_of(steps)) as events:
        await socket.authorize()
        await socket.subscribe("1", STEPS, id=id_of(steps))
        await runner.perform(lease.project_id, lease.generation_id)

        over_events = await until_the_end(events)
        over_socket: list[tuple[Any, ...]] = []
        while (message := await socket.next())["type"] == "next":
            over_socket.append(tuple(message["payload"]["data"]["generation"].values()))
    await runner.changes.close()

    assert message == {"id": "1", "type": "complete"}
    for found in (over_events, over_socket):
        assert [kind for _, kind, _ in found if kind != "OUTPUT"] == ["QUEUED", "STARTED", "SUCCEEDED"]


async def test_what_has_ended_is_told_and_ends(server: Listening, steps: Steps) -> None:
    await steps.start()
    await steps.succeed()

    async with event_stream(server.port, STEPS, id=id_of(steps)) as events:
        every = [(1, "QUEUED", None), (2, "STARTED", None), (3, "SUCCEEDED", None)]
        assert await until_the_end(events) == every
    async with event_stream(server.port, STEPS, id=id_of(steps), after=3) as events:
        assert await until_the_end(events) == []


@pytest.mark.parametrize("query", [STEPS, GENERATIONS])
async def test_it_ends_with_the_project(query: str, server: Listening, steps: Steps, database: Database) -> None:
    named = id_of(steps) if query is STEPS else str(steps.lease.project_id)
    async with event_stream(server.port, query, id=named) as events:
        await events.next()
        await delete_project(Writer(database), steps.lease.project_id, confirm_name="Garden")

        assert await events.next() == COMPLETE


@pytest.mark.parametrize("query", [STEPS, GENERATIONS])
async def test_what_is_not_there_and_what_is_another_s_is_none(
    query: str, server: Listening, steps: Steps, world: World, database: Database
) -> None:
    garden = steps.lease.project_id
    beacon = await world.client("Beacon")
    beach = await world.project("Beach", beacon)
    headers = bearing((await rotate_key(Writer(database), beacon, timedelta())).key.text)
    if query is STEPS:
        field, what = "generation", "generation"
        ids = [
            id_of(steps),
            project_row_id(IdKind.GENERATION, garden, uuid_of("none")),
            project_row_id(IdKind.GENERATION, uuid_of("none"), steps.lease.generation_id),
            project_row_id(IdKind.GENERATION, beach, steps.lease.generation_id),
        ]
    else:
        field, what = "generations", "project"
        ids = [str(garden), global_id(IdKind.PROJECT, garden), str(uuid_of("none"))]

    for id_ in ids:
        async with event_stream(server.port, query, headers=headers, id=id_) as events:
            [error] = (await events.next())[1]["errors"]
            assert (error["message"], error["path"]) == (f"There is no such {what}.", [field])
            assert error["extensions"] == {"code": "NOT_FOUND"}
            assert await events.next() == COMPLETE


@pytest.mark.parametrize("query", [STEPS, GENERATIONS])
async def test_a_bad_id(query: str, server: Listening, steps: Steps) -> None:
    for id_ in ("x", global_id(IdKind.PROMPT, uuid_of("none"))):
        async with event_stream(server.port, query, id=id_) as events:
            [error] = (await events.next())[1]["errors"]
            assert error["extensions"] == {"code": "BAD_REQUEST"}
            assert await events.next() == COMPLETE


@pytest.mark.parametrize("query", [STEPS, GENERATIONS])
async def test_a_revoked_key_hears_of_nothing_more(
    query: str, server: Listening, steps: Steps, database: Database
) -> None:
    acme = uuid_of("client", "Acme")
    headers = bearing((await rotate_key(Writer(database), acme, timedelta())).key.text)
    named = id_of(steps) if query is STEPS else str(steps.lease.project_id)
    async with event_stream(server.port, query, headers=headers, id=named) as events:
        assert "errors" not in (await events.next())[1]
        await revoke_keys(database, acme)
        await steps.start()

        [error] = (await events.next())[1]["errors"]
        assert error["message"] == "The key that this was begun with is no longer good."
        assert error["extensions"] == {"code": "UNAUTHENTICATED"}
        assert await events.next() == COMPLETE


@pytest.mark.parametrize("query", [STEPS, GENERATIONS])
async def test_a_client_watches_its_own(query: str, server: Listening, steps: Steps, database: Database) -> None:
    key = (await rotate_key(Writer(database), uuid_of("client", "Acme"), timedelta())).key.text
    named = id_of(steps) if query is STEPS else str(steps.lease.project_id)
    field = "generation" if query is STEPS else "generations"
    async with event_stream(server.port, query, headers=bearing(key), id=named) as events:
        assert (await event(events, field))["kind"] == "QUEUED"
        await steps.start()
        assert (await event(events, field))["kind"] == "STARTED"


async def test_a_listener_that_was_cut_off_misses_nothing(
    server: Listening, steps: Steps, connection: asyncpg.Connection
) -> None:
    await connection.execute("RESET ROLE")
    async with event_stream(server.port, STEPS, id=id_of(steps)) as events:
        assert await step(events) == (1, "QUEUED", None)
        cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'gql_server listen'"
        await connection.execute(f"{cut} AND datname = current_database()")
        await steps.start()
        await steps.note("x")
        await steps.succeed()

        found = await until_the_end(events)

    assert [each for each in found if each[1] != "OUTPUT"] == [(2, "STARTED", None), (4, "SUCCEEDED", None)]
    assert [each for each in found if each[1] == "OUTPUT"] == [(3, "OUTPUT", "x")]


async def test_the_generations_of_a_project(server: Listening, garden: UUID, database: Database, world: World) -> None:
    park = await world.project("Park", uuid_of("client", "Acme"))
    first, second, done = await enqueue(database, garden, 3)
    await cancel_generation(Writer(database), place_of(garden), done)
    steps = Steps.of(database, garden, first)

    def shown(id_: UUID, sequence: int, kind: str, attempt: int, text: str | None = None) -> dict[str, Any]:
        status = "RUNNING" if kind == "STARTED" else kind
        generation = {"id": project_row_id(IdKind.GENERATION, garden, id_), "status": status}
        return {"sequence": sequence, "kind": kind, "attempt": attempt, "text": text, "generation": generation}

    async with event_stream(server.port, GENERATIONS, id=str(garden)) as events:
        under_way = [await event(events, "generations") for _ in range(2)]
        assert sorted(under_way, key=str) == sorted(
            [shown(first, 1, "QUEUED", 0), shown(second, 1, "QUEUED", 0)], key=str
        )
        await enqueue(database, park)
        await steps.start()
        assert await event(events, "generations") == shown(first, 2, "STARTED", 1)
        # Of its output nothing is told.
        for text in ("a", "b"):
            await steps.note(text)
        [new] = await enqueue(database, garden)
        assert await event(events, "generations") == shown(new, 1, "QUEUED", 0)
        await steps.fail()
        assert await event(events, "generations") == shown(first, 5, "FAILED", 1, "It is wrong.")
        await cancel_generation(Writer(database), place_of(garden), second)
        assert await event(events, "generations") == shown(second, 2, "CANCELLED", 0)
        last = Steps.of(database, garden, new)
        await last.start()
        assert await event(events, "generations") == shown(new, 2, "STARTED", 1)
        await last.succeed()
        assert await event(events, "generations") == shown(new, 3, "SUCCEEDED", 1)


async def test_those_that_ended_while_nobody_listened_are_told(
    server: Listening, garden: UUID, database: Database
) -> None:
    ended, waiting = [project_row_id(IdKind.GENERATION, garden, id_) for id_ in await enqueue(database, garden, 2)]

    async with event_stream(server.port, GENERATIONS, id=str(garden)) as events:
        for _ in range(2):
            assert (await event(events, "generations"))["kind"] == "QUEUED"
        async with database.transaction(ADMIN, garden) as transaction:
            await generations.cancel(transaction, expect_id(ended, IdKind.GENERATION).id)
            # As after a connection was lost: something has changed, and nobody knows what.
            await announce(transaction, garden, {})

        told = [await event(events, "generations") for _ in range(2)]

    assert [(each["kind"], each["generation"]["id"]) for each in told] == [("CANCELLED", ended), ("QUEUED", waiting)]


async def test_of_a_project_without_any_the_first_is_told(server: Listening, garden: UUID, database: Database) -> None:
    async with event_stream(server.port, GENERATIONS, id=str(garden)) as events:
        # Nothing tells when it has begun.
        await asyncio.sleep(0.5)
        await enqueue(database, garden)

        assert (await event(events, "generations"))["kind"] == "QUEUED"


async def test_changes_of_a_project_tell_of_each_status_and_of_no_output(
    server: Listening, steps: Steps, database: Database
) -> None:
    garden = steps.lease.project_id
    async with event_stream(server.port, CHANGED, id=str(garden)) as events:
        assert (await event(events, "projectChanged"))["ids"] == []
        await steps.start()
        assert (await event(events, "projectChanged"))["ids"] == [id_of(steps)]
        await steps.note("x")
        await steps.note("y", "waiting")
        async with database.transaction() as transaction:
            await announce(transaction, garden, {"vocabulary": [uuid_of("term")]})
        term = project_row_id(IdKind.TERM, garden, uuid_of("term"))
        assert (await event(events, "projectChanged"))["ids"] == [term]
        await steps.succeed()
        assert (await event(events, "projectChanged"))["ids"] == [id_of(steps)]
        [new] = await enqueue(database, garden)
        assert (await event(events, "projectChanged"))["ids"] == [project_row_id(IdKind.GENERATION, garden, new)]
        await cancel_generation(Writer(database), place_of(garden), new)
        assert (await event(events, "projectChanged"))["ids"] == [project_row_id(IdKind.GENERATION, garden, new)]


async def test_a_worker_tells_of_the_content_as_well(
    server: Listening, steps: Steps, config: Config, connection: asyncpg.Connection
) -> None:
    lease = steps.lease
    async with event_stream(server.port, CHANGED, id=str(lease.project_id)) as events:
        await events.next()
        await runner_of(config, steps.database).perform(lease.project_id, lease.generation_id)
        told: list[str] = []
        async with asyncio.timeout(30):
            while not any(id_.startswith("cnt_") for id_ in told):
                told += (await event(events, "projectChanged"))["ids"]

    schema = f'"project_{str(lease.project_id).replace("-", "_")}"'
    content = await connection.fetchval(f"SELECT id FROM {schema}.contents")
    assert set(told) == {id_of(steps), project_row_id(IdKind.CONTENT, lease.project_id, content)}


async def test_nothing_is_held_while_nothing_happens(server: Listening, steps: Steps, database: Database) -> None:
    """The server has one connection to read with, which five subscribers share."""
    garden = str(steps.lease.project_id)
    async with web_socket(server.port) as socket:
        await socket.authorize()
        for number in range(4):
            query, id_ = (STEPS, id_of(steps)) if number % 2 else (GENERATIONS, garden)
            await socket.subscribe(str(number), query, id=id_)
            assert (await socket.next())["id"] == str(number)
        await steps.start()

        assert sorted([(await socket.next())["id"] for _ in range(4)]) == ["0", "1", "2", "3"]


async def test_nobody_waits_for_ever_for_announcements(dsn: str, steps: Steps) -> None:
    deaf = config_of(dsn, listen_database_url="postgresql://postgres@127.0.0.1:1/none", connect_timeout_seconds=0.5)
    async with listening(deaf) as server:
        for query, id_ in ((STEPS, id_of(steps)), (GENERATIONS, str(steps.lease.project_id))):
            async with event_stream(server.port, query, id=id_) as events:
                [error] = (await events.next())[1]["errors"]
                assert error["extensions"] == {"code": "UNAVAILABLE"}


async def test_another_process_hears_of_it_by_announcements_alone(config: Config, steps: Steps) -> None:
    changes = Changes(config)
    await changes.listen()
    with changes.watch(steps.lease.project_id) as watcher:
        await steps.start()
        [started] = await watcher.next()
        await steps.note("x")
        [output] = await watcher.next()
    await changes.close()

    id_ = steps.lease.generation_id
    assert [started, output] == [("generations", id_), ("generation_events", id_)]
