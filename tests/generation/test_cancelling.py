"""A generation that is cancelled, or goes with its project, makes no content and begins no more calls."""

import asyncio

import pytest
from fake_provider import FakeProvider
from fake_streams import hanging
from generating import ANSWER, ASKED, DONE, HEARD_TOKENS, SUCCEEDED, Generated, Generating, Paid, half_said, until
from workers import Workers

from gql_server.errors import UserErrorCode, UserErrors

HALF_HEARD = Paid("aborted", ASKED, HEARD_TOKENS, is_estimated=True)


async def test_cancelled_while_it_waits(generating: Generating, provider: FakeProvider, workers: Workers) -> None:
    workers.awake(0)
    project_id, generation_id = await generating.one()
    await generating.cancel(project_id, generation_id)
    assert await generating.jobs() == 1
    workers.awake(1)
    assert await generating.ended(project_id, generation_id) == Generated("cancelled", 0, 0)
    assert await generating.paid(generation_id) == []
    assert provider.calls == []


async def test_cancelled_amid_a_call(generating: Generating, provider: FakeProvider, workers: Workers) -> None:
    workers.awake(1)
    provider.will(half_said())
    project_id, generation_id = await generating.one()
    call = await generating.calls(1)
    await generating.heard(project_id, generation_id)
    await generating.cancel(project_id, generation_id)
    assert await asyncio.to_thread(call.gone.wait, 30)
    assert await generating.ended(project_id, generation_id) == Generated("cancelled", 1, 0)
    assert await generating.paid(generation_id) == [HALF_HEARD]
    assert len(provider.calls) == 1


async def test_cancelled_when_it_has_ended(generating: Generating, provider: FakeProvider, workers: Workers) -> None:
    workers.awake(1)
    project_id, generation_id = await generating.one()
    assert await generating.ended(project_id, generation_id) == DONE
    with pytest.raises(UserErrors) as refused:
        await generating.cancel(project_id, generation_id)
    [error] = refused.value.errors
    assert (error.code, error.path) == (UserErrorCode.CONFLICT, ("generation",))
    assert await generating.read(project_id, generation_id) == DONE
    assert await generating.paid(generation_id) == [SUCCEEDED]


async def test_cancelled_between_two_calls(generating: Generating, provider: FakeProvider, workers: Workers) -> None:
    workers.awake(1)
    provider.will(reply := hanging("{"))
    project_id, generation_id = await generating.one()
    await generating.calls(1)
    async with generating.connection.transaction():
        # The worker cannot say what is wrong with the answer before the generation is cancelled.
        await generating.fetch(project_id, 'SELECT 1 FROM :"schema".generations FOR NO KEY UPDATE')
        reply.release.set()

        async def waits() -> int:
            return await generating.connection.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )

        await until(waits)
        await generating.fetch(
            project_id, "UPDATE :\"schema\".generations SET status = 'cancelled', lease = NULL, finished_at = now()"
        )
    assert await generating.ended(project_id, generation_id) == Generated("cancelled", 1, 0)
    [paid] = await generating.paid(generation_id)
    assert paid == Paid("invalid", 100, 20, is_estimated=False)
    assert len(provider.calls) == 1


async def test_archived_while_it_waits(generating: Generating, provider: FakeProvider, workers: Workers) -> None:
    workers.awake(0)
    project_id, generation_id = await generating.one()
    await generating.archive(project_id)
    workers.awake(1)
    assert await generating.ended(project_id, generation_id) == Generated("cancelled", 0, 0)
    assert await generating.paid(generation_id) == []
    assert provider.calls == []


async def test_archived_amid_a_call(generating: Generating, provider: FakeProvider, workers: Workers) -> None:
    workers.awake(1)
    provider.will(half_said())
    project_id, generation_id = await generating.one()
    call = await generating.calls(1)
    await generating.heard(project_id, generation_id)
    await generating.archive(project_id)
    assert await asyncio.to_thread(call.gone.wait, 30)
    assert await generating.ended(project_id, generation_id) == Generated("cancelled", 1, 0)
    assert await generating.paid(generation_id) == [HALF_HEARD]
    assert len(provider.calls) == 1


async def test_deleted_while_it_waits(generating: Generating, provider: FakeProvider, workers: Workers) -> None:
    workers.awake(0)
    project_id, generation_id = await generating.one()
    await generating.delete(project_id)
    workers.awake(1)
    await generating.queue_is_empty()
    assert await generating.paid(generation_id) == []
    assert provider.calls == []


async def test_deleted_amid_a_call(generating: Generating, provider: FakeProvider, workers: Workers) -> None:
    workers.awake(1)
    provider.will(half_said())
    project_id, generation_id = await generating.one()
    call = await generating.calls(1)
    await generating.heard(project_id, generation_id)
    await generating.delete(project_id)
    assert await asyncio.to_thread(call.gone.wait, 30)
    await generating.queue_is_empty()
    assert await generating.paid(generation_id) == [HALF_HEARD]
    assert len(provider.calls) == 1


async def test_deleted_after_its_worker_was_killed(
    generating: Generating, provider: FakeProvider, workers: Workers
) -> None:
    [worker] = workers.awake(1)
    provider.will(hanging(ANSWER))
    project_id, generation_id = await generating.one()
    await generating.calls(1)
    worker.kill()
    await generating.delete(project_id)
    workers.awake(1)
    await generating.queue_is_empty()
    assert await generating.paid(generation_id) == [Paid("lost", ASKED, 0, is_estimated=True)]
    assert len(provider.calls) == 1


async def test_deleted_while_the_answer_comes(generating: Generating, provider: FakeProvider, workers: Workers) -> None:
    [worker] = workers.awake(1)
    provider.will(reply := hanging(ANSWER))
    project_id, generation_id = await generating.one()
    call = await generating.calls(1)
    # It reads of both at once, and may take either for the first.
    worker.pause()
    await generating.delete(project_id)
    reply.release.set()
    await asyncio.to_thread(call.ended.wait)
    worker.resume()
    await generating.queue_is_empty()
    [paid] = await generating.paid(generation_id)
    assert paid == SUCCEEDED or paid._replace(tokens_out=0) == Paid("aborted", ASKED, 0, is_estimated=True)
