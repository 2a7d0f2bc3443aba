"""Workers that are killed or stand still at any moment: each content is stored once, and each call has its row."""

import asyncio

import pytest
from fake_provider import FakeProvider
from fake_streams import Reply, hanging
from generating import (
    ANSWER,
    DONE,
    HEARD_TOKENS,
    INVALID,
    LOST,
    SUCCEEDED,
    Generated,
    Generating,
    Paid,
    half_said,
    until,
)
from workers import Workers

from gql_server.db.project_schema import ProjectSchema

AGAIN = DONE._replace(attempt=2)
WRONG = {**ANSWER, "words": "many"}


async def test_killed_amid_the_first_call(generating: Generating, provider: FakeProvider, workers: Workers) -> None:
    workers.awake(2)
    provider.will(half_said())
    project_id, generation_id = await generating.one()
    call = await generating.calls(1)
    await generating.heard(project_id, generation_id)
    workers.maker_of(call).kill()
    assert await generating.ended(project_id, generation_id) == AGAIN
    assert await generating.paid(generation_id) == [LOST, SUCCEEDED]
    assert len(provider.calls) == 2


async def test_killed_amid_the_second_call(generating: Generating, provider: FakeProvider, workers: Workers) -> None:
    workers.awake(2)
    provider.will(Reply(WRONG), half_said())
    project_id, generation_id = await generating.one()
    call = await generating.calls(2)
    await generating.heard(project_id, generation_id)
    workers.maker_of(call).kill()
    assert await generating.ended(project_id, generation_id) == AGAIN
    [invalid, lost, succeeded] = await generating.paid(generation_id)
    assert (invalid, succeeded) == (INVALID, SUCCEEDED)
    assert lost == Paid("lost", lost.tokens_in, 0, is_estimated=True)
    assert lost.tokens_in > LOST.tokens_in
    # The successor asks what the one before asked: the first answer is not paid again.
    first, second, third = (call.texts for call in provider.calls)
    assert len(first) == 1
    assert len(second) == 3
    assert third == second


async def test_killed_between_paying_and_storing(
    generating: Generating, provider: FakeProvider, workers: Workers
) -> None:
    workers.awake(2)
    project_id = await generating.project()
    async with generating.connection.transaction():
        # Nobody stores a content.
        contents = f"{ProjectSchema(project_id).quoted}.contents"
        await generating.connection.execute(f"LOCK TABLE {contents} IN EXCLUSIVE MODE")
        [generation_id] = await generating.enqueue(project_id)
        call = await generating.calls(1)

        async def is_paid() -> bool:
            return await generating.paid(generation_id) == [SUCCEEDED]

        await until(is_paid)
        workers.maker_of(call).kill()
        assert await generating.read(project_id, generation_id) == Generated("running", 1, 0)
    assert await generating.ended(project_id, generation_id) == AGAIN
    assert await generating.paid(generation_id) == [SUCCEEDED]
    assert len(provider.calls) == 1


async def test_killed_between_storing_and_being_done(
    generating: Generating, provider: FakeProvider, workers: Workers
) -> None:
    [worker] = workers.awake(1)
    provider.will(reply := hanging(ANSWER))
    project_id, generation_id = await generating.one()
    call = await generating.calls(1)
    async with generating.connection.transaction():
        # No job ends.
        await generating.connection.execute("LOCK TABLE jobs.pgqueuer_log IN EXCLUSIVE MODE")
        reply.release.set()

        async def is_stored() -> bool:
            return await generating.read(project_id, generation_id) == DONE

        await until(is_stored)
        worker.kill()
        assert not call.gone.is_set()
        await generating.connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
            " AND wait_event_type = 'Lock'"
        )
    assert await generating.jobs() == 1
    workers.awake(1)
    assert await generating.ended(project_id, generation_id) == DONE
    assert await generating.paid(generation_id) == [SUCCEEDED]
    assert len(provider.calls) == 1


async def test_stands_still_while_another_one_does_it(
    generating: Generating, provider: FakeProvider, workers: Workers
) -> None:
    workers.awake(2)
    provider.will(reply := half_said())
    project_id, generation_id = await generating.one()
    call = await generating.calls(1)
    await generating.heard(project_id, generation_id)
    paused = workers.maker_of(call)
    paused.pause()
    assert await generating.ended(project_id, generation_id) == AGAIN
    # Its own answer is there when it wakes up.
    reply.release.set()
    await asyncio.to_thread(call.ended.wait)
    paused.resume()

    async def has_ended() -> bool:
        return (await generating.paid(generation_id))[0].status != "lost"

    await until(has_ended)
    # It may read of the successor before the end of the answer.
    [first, second] = await generating.paid(generation_id)
    assert first == SUCCEEDED or first._replace(tokens_out=0) == LOST._replace(status="aborted")
    assert second == SUCCEEDED
    assert await generating.read(project_id, generation_id) == AGAIN

    # It goes on, with the other's work as well.
    workers.only(paused)
    project_id, generation_id = await generating.one()
    assert await generating.ended(project_id, generation_id) == DONE
    assert await generating.paid(generation_id) == [SUCCEEDED]
    assert [paused.has_made(call) for call in provider.calls] == [True, False, True]


async def test_wakes_up_while_another_one_does_it_which_is_killed_then(
    generating: Generating, provider: FakeProvider, workers: Workers
) -> None:
    workers.awake(2)
    provider.will(half_said(), half_said())
    project_id, generation_id = await generating.one()
    call = await generating.calls(1)
    await generating.heard(project_id, generation_id)
    paused = workers.maker_of(call)
    paused.pause()
    second = await generating.calls(2)
    await generating.heard(project_id, generation_id)
    paused.resume()
    await asyncio.to_thread(call.gone.wait)

    async def is_aborted() -> bool:
        return (await generating.paid(generation_id))[0] == Paid(
            "aborted", LOST.tokens_in, HEARD_TOKENS, is_estimated=True
        )

    await until(is_aborted)
    # Its bookkeeping has the time for what it should not do: to take the job from the other one.
    await asyncio.sleep(0.5)
    assert await generating.jobs() == 1
    workers.maker_of(second).kill()
    assert await generating.ended(project_id, generation_id) == DONE._replace(attempt=3)
    [_, *others] = await generating.paid(generation_id)
    assert others == [LOST, SUCCEEDED]
    assert [paused.has_made(call) for call in provider.calls] == [True, False, True]


@pytest.mark.timeout(120)
async def test_five_are_killed_over_it(generating: Generating, provider: FakeProvider, workers: Workers) -> None:
    provider.script = lambda _body, _number: hanging(ANSWER)
    workers.awake(2)
    project_id, generation_id = await generating.one()
    for number in range(1, 6):
        if number < 5:
            workers.begin()
        workers.maker_of(await generating.calls(number)).kill()
    assert await generating.ended(project_id, generation_id) == Generated("failed", 5, 0, "WORKER_LOST")
    assert await generating.paid(generation_id) == [LOST] * 5
    assert len(provider.calls) == 5


async def test_cancelled_after_its_worker_was_killed(
    generating: Generating, provider: FakeProvider, workers: Workers
) -> None:
    workers.awake(2)
    provider.will(hanging(ANSWER))
    project_id, generation_id = await generating.one()
    workers.maker_of(await generating.calls(1)).kill()
    await generating.cancel(project_id, generation_id)
    assert await generating.ended(project_id, generation_id) == Generated("cancelled", 1, 0)
    # No call is left open.
    assert await generating.paid(generation_id) == [LOST]
    assert len(provider.calls) == 1
