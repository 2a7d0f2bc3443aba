"""A generation is ended before it is done, and nothing comes of it."""

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from httpx import AsyncClient
from logins import bearing
from mutating import (
    ARTICLE,
    BREAKS,
    NOWHERE,
    REASONS,
    answer,
    assert_archived,
    assert_bad_ids,
    assert_broken_alone,
    assert_none_for_others,
    break_project,
    missing,
    mutation,
    mutations,
    payload_of,
    refused,
    rows,
    user_error,
)
from requesting import NoModel, Steps, enqueue, make_studio, runner_of
from world import World, uuid_of

from gql_server.config import Config
from gql_server.db.database import Database
from gql_server.llm.exchange import Answer, OnText, Question
from gql_server.schema.ids import IdKind, project_row_id

SELECTION = """{
  generation { id status attempt finishedAt error { code } content { id } } userErrors { code message path }
}"""
CANCEL = mutation("cancelGeneration", SELECTION)
SEVERAL = mutations("cancelGeneration", "{ generation { status } userErrors { code message path } }", 3)
EVENTS = "sequence, kind, attempt, text"
ROW = "status, attempt, lease, sequence, error_code, started_at IS NULL, finished_at IS NULL"


@pytest.fixture
async def garden(world: World) -> UUID:
    return await make_studio(world)


def id_of(project_id: UUID, generation_id: UUID) -> str:
    return project_row_id(IdKind.GENERATION, project_id, generation_id)


def cancelling(project_id: UUID, generation_id: UUID, **values: Any) -> dict[str, Any]:
    return {"generation": id_of(project_id, generation_id), **values}


class Endless:
    """Begins an answer, and goes on for ever."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()

    async def answer(self, question: Question, on_text: OnText) -> Answer:
        await on_text("x")
        self.begun.set()
        await asyncio.Event().wait()
        raise AssertionError


async def test_one_that_waits(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection, config: Config, database: Database
) -> None:
    [id_] = await enqueue(database, garden)

    payload = await payload_of(http, CANCEL, cancelling(garden, id_))

    [(finished_at,)] = await rows(connection, garden, "finished_at", "generations")
    assert payload == {
        "generation": {
            "id": id_of(garden, id_),
            "status": "CANCELLED",
            "attempt": 0,
            "finishedAt": finished_at.isoformat(),
            "error": None,
            "content": None,
        },
        "userErrors": [],
    }
    assert await rows(connection, garden, ROW, "generations") == [("cancelled", 0, None, 2, None, True, False)]
    events = [(1, "queued", 0, None), (2, "cancelled", 0, None)]
    assert await rows(connection, garden, EVENTS, "generation_events") == events
    # Whoever comes to it later has nothing to do.
    assert await runner_of(config, database, NoModel()).perform(garden, id_) is None
    assert await rows(connection, garden, EVENTS, "generation_events") == events
    assert await rows(connection, garden, "id", "contents") == []


async def test_one_that_runs(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection, database: Database
) -> None:
    [id_] = await enqueue(database, garden)
    steps = Steps.of(database, garden, id_)
    await steps.start()
    await steps.note("Oa")

    payload = await payload_of(http, CANCEL, cancelling(garden, id_))

    assert (payload["generation"]["status"], payload["generation"]["attempt"]) == ("CANCELLED", 1)
    assert await rows(connection, garden, ROW, "generations") == [("cancelled", 1, None, 4, None, False, False)]
    # Whoever does it can neither go on nor end it otherwise.
    for step in (steps.note("k"), steps.succeed(), steps.fail(), steps.start()):
        with pytest.raises(AssertionError):
            await step
    assert await rows(connection, garden, EVENTS, "generation_events") == [
        (1, "queued", 0, None),
        (2, "started", 1, None),
        (3, "output", 1, "Oa"),
        (4, "cancelled", 1, None),
    ]
    assert await rows(connection, garden, "id", "contents") == []


async def test_a_call_that_is_under_way_is_cut_off_and_stays_paid(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection, config: Config, database: Database
) -> None:
    [id_] = await enqueue(database, garden)
    model = Endless()
    runner = runner_of(config, database, model)
    await runner.changes.listen()
    performing = asyncio.create_task(runner.perform(garden, id_))
    await model.begun.wait()

    await payload_of(http, CANCEL, cancelling(garden, id_))

    async with asyncio.timeout(30):
        assert await performing is None
    await runner.changes.close()
    usage = "SELECT generation_id, status, is_estimated, tokens_in > 0, finished_at IS NULL FROM public.llm_usage"
    assert [tuple(row) for row in await connection.fetch(usage)] == [(id_, "aborted", True, True, False)]
    assert await rows(connection, garden, "status", "generations") == [("cancelled",)]
    assert await rows(connection, garden, "id", "contents") == []


async def test_again_is_harmless(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection, database: Database
) -> None:
    [id_] = await enqueue(database, garden)
    first = await payload_of(http, CANCEL, cancelling(garden, id_))

    assert await refused(http, connection, CANCEL, cancelling(garden, id_)) == first
    assert (await payload_of(http, CANCEL, cancelling(garden, id_, idempotencyKey="1"))) == first


@pytest.mark.parametrize("end", ["succeeded", "failed"])
async def test_one_that_has_ended_otherwise(
    end: str, http: AsyncClient, garden: UUID, connection: asyncpg.Connection, database: Database
) -> None:
    [id_] = await enqueue(database, garden)
    steps = Steps.of(database, garden, id_)
    await steps.start()
    await (steps.succeed() if end == "succeeded" else steps.fail())

    payload = await refused(http, connection, CANCEL, cancelling(garden, id_))

    error = user_error("CONFLICT", f"The generation has {end} already.", "generation")
    assert payload == {"generation": None, "userErrors": [error]}


async def test_the_same_key_with_another_generation(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection, database: Database
) -> None:
    ids = await enqueue(database, garden, 2)
    await payload_of(http, CANCEL, cancelling(garden, ids[0], idempotencyKey="1"))

    payload = await refused(http, connection, CANCEL, cancelling(garden, ids[1], idempotencyKey="1"))

    message = "This key came with another input before: it names one change."
    error = user_error("IDEMPOTENCY_CONFLICT", message, "idempotencyKey")
    assert payload == {"generation": None, "userErrors": [error]}


async def test_one_that_is_none(http: AsyncClient, garden: UUID, world: World, database: Database) -> None:
    park = await world.project("Park", uuid_of("client", "Acme"))
    [id_] = await enqueue(database, garden)
    none = {"generation": None, "userErrors": [missing("generation", "generation")]}

    for named in (cancelling(garden, NOWHERE), cancelling(park, id_), cancelling(NOWHERE, id_)):
        assert await refused(http, world.connection, CANCEL, named) == none


async def test_a_bad_id_is_a_bad_request(http: AsyncClient, garden: UUID, connection: asyncpg.Connection) -> None:
    await assert_bad_ids(http, connection, CANCEL, [{"generation": id_} for id_ in (ARTICLE, "x", "", str(garden))])


async def test_an_archived_project_is_not_changed(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection, database: Database
) -> None:
    [id_] = await enqueue(database, garden)

    await assert_archived(http, connection, CANCEL, garden, cancelling(garden, id_), ["generation"])


async def test_another_s_is_none(http: AsyncClient, garden: UUID, world: World, database: Database) -> None:
    [id_] = await enqueue(database, garden)
    pairs = (cancelling(garden, id_), cancelling(garden, NOWHERE)), (cancelling(garden, id_), cancelling(NOWHERE, id_))

    await assert_none_for_others(http, world, CANCEL, [missing("generation", "generation")], *pairs)


async def test_a_client_cancels_its_own(http: AsyncClient, garden: UUID, world: World, database: Database) -> None:
    [id_] = await enqueue(database, garden)
    key = bearing(await world.key(uuid_of("client", "Acme")))

    assert (await payload_of(http, CANCEL, cancelling(garden, id_), key))["generation"]["status"] == "CANCELLED"


@pytest.mark.parametrize("how", BREAKS)
async def test_a_broken_project_is_an_error_of_its_own(
    how: str, http: AsyncClient, garden: UUID, world: World, database: Database
) -> None:
    park = await world.project("Park", uuid_of("client", "Acme"))
    [broken], fine = await enqueue(database, garden), await enqueue(database, park, 2)
    await break_project(world.connection, how, garden, "generations", "lease")

    around = [cancelling(park, id_) for id_ in fine]
    payloads = await assert_broken_alone(http, SEVERAL, garden, REASONS[how], cancelling(garden, broken), around)

    assert [payload["generation"]["status"] for payload in payloads] == ["CANCELLED", "CANCELLED"]


async def test_of_two_who_cancel_at_once_both_have_it(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection, database: Database
) -> None:
    [id_] = await enqueue(database, garden)

    answers = await asyncio.gather(*(answer(http, CANCEL, input=cancelling(garden, id_)) for _ in range(4)))

    assert answers == [answers[0]] * 4
    assert answers[0]["data"]["cancelGeneration"]["userErrors"] == []
    events = await rows(connection, garden, EVENTS, "generation_events")
    assert events == [(1, "queued", 0, None), (2, "cancelled", 0, None)]
