"""What a worker stores of a generation, whatever it hears of the database meanwhile."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from requesting import enqueue, make_studio, runner_of
from world import World

from gql_server.config import Config
from gql_server.db.database import Database, Transaction
from gql_server.db.project_schema import ProjectSchema
from gql_server.db.tables import generation_runs, llm_calls
from gql_server.errors import ApiError, OperationTimeoutError, UnavailableError
from gql_server.llm.exchange import Answer, OnText, Question, TokenUsage

PIECES = ('{"title": "Oak", ', '"body": "Leaves.", ', '"words": 3}')


class Speaker:
    """Says its pieces after so many seconds each."""

    def __init__(self, *pauses: float) -> None:
        self._pauses = pauses

    async def answer(self, question: Question, on_text: OnText) -> Answer:
        for pause, piece in zip(self._pauses, PIECES, strict=True):
            await asyncio.sleep(pause)
            await on_text(piece)
        return Answer("".join(PIECES), TokenUsage(10, 5, {}))


@pytest.fixture
async def garden(world: World) -> UUID:
    return await make_studio(world)


@pytest.fixture
async def generation(database: Database, garden: UUID) -> UUID:
    [id_] = await enqueue(database, garden)
    return id_


def lose_the_answer_to(
    monkeypatch: pytest.MonkeyPatch, database: Database, table: Any, name: str, error: type[ApiError] = UnavailableError
) -> None:
    """The next transaction that does this is committed, and the connection breaks before that is heard."""
    begin, do = database.transaction, getattr(table, name)
    steps: list[str] = []

    async def doing(*args: Any) -> Any:
        steps.append("done")
        return await do(*args)

    @asynccontextmanager
    async def transaction(*args: Any) -> AsyncGenerator[Transaction]:
        async with begin(*args) as transaction:
            yield transaction
        if steps == ["done"]:
            steps.append("lost")
            raise error("This may have been done.")

    monkeypatch.setattr(table, name, doing)
    monkeypatch.setattr(database, "transaction", transaction)


async def stored(connection: asyncpg.Connection, project_id: UUID) -> list[tuple[Any, ...]]:
    """Of each generation, how it ended and how many contents there are."""
    sql = 'SELECT status, error_code, (SELECT count(*)::int FROM :"schema".contents) FROM :"schema".generations'
    return [tuple(row) for row in await connection.fetch(sql.replace(':"schema"', ProjectSchema(project_id).quoted))]


async def paid(connection: asyncpg.Connection) -> list[str]:
    rows = await connection.fetch("SELECT status FROM public.llm_usage ORDER BY created_at")
    return [row[0] for row in rows]


async def output(connection: asyncpg.Connection, project_id: UUID) -> list[str]:
    schema = ProjectSchema(project_id).quoted
    sql = f"SELECT text FROM {schema}.generation_events WHERE kind = 'output' ORDER BY sequence"
    return [row[0] for row in await connection.fetch(sql)]


@pytest.mark.parametrize("error", [UnavailableError, OperationTimeoutError])
async def test_an_answer_that_was_kept_unheard_is_kept_once(
    error: type[ApiError],
    monkeypatch: pytest.MonkeyPatch,
    connection: asyncpg.Connection,
    config: Config,
    database: Database,
    garden: UUID,
    generation: UUID,
) -> None:
    lose_the_answer_to(monkeypatch, database, generation_runs, "insert_answer", error)

    assert await runner_of(config, database, Speaker(0, 0, 0)).perform(garden, generation) is None

    assert await stored(connection, garden) == [("succeeded", None, 1)]
    assert await paid(connection) == ["succeeded"]


@pytest.mark.parametrize("error", [UnavailableError, OperationTimeoutError])
async def test_a_call_that_was_noted_unheard_counts_as_lost(
    error: type[ApiError],
    monkeypatch: pytest.MonkeyPatch,
    connection: asyncpg.Connection,
    config: Config,
    database: Database,
    garden: UUID,
    generation: UUID,
) -> None:
    lose_the_answer_to(monkeypatch, database, llm_calls, "insert", error)
    runner = runner_of(config, database, Speaker(0, 0, 0))

    assert await runner.perform(garden, generation) == 0
    assert await stored(connection, garden) == [("queued", None, 0)]
    assert await paid(connection) == ["lost"]

    assert await runner.perform(garden, generation) is None
    assert await stored(connection, garden) == [("succeeded", None, 1)]
    assert await paid(connection) == ["lost", "succeeded"]


async def test_an_answer_that_is_seen_in_part_is_seen_to_its_end(
    connection: asyncpg.Connection, config: Config, database: Database, garden: UUID, generation: UUID
) -> None:
    await runner_of(config, database, Speaker(0, 0.3, 0)).perform(garden, generation)

    assert await output(connection, garden) == [PIECES[0] + PIECES[1], PIECES[2]]


async def test_an_answer_that_comes_at_once_is_seen_as_its_content(
    connection: asyncpg.Connection, config: Config, database: Database, garden: UUID, generation: UUID
) -> None:
    await runner_of(config, database, Speaker(0, 0, 0)).perform(garden, generation)

    assert await output(connection, garden) == []
    assert await stored(connection, garden) == [("succeeded", None, 1)]
