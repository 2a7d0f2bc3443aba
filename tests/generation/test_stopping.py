"""A worker that is told to stop does what is under way, for a while, and hands the rest back as if it had not begun."""

import asyncio

import pytest
from fake_provider import FakeProvider
from fake_streams import Reply, hanging
from generating import ANSWER, ASKED, DONE, HEARD_TOKENS, INVALID, SUCCEEDED, Generated, Generating, Paid, half_said
from workers import Worker, Workers

HANDED_BACK = Generated("queued", 0, 0)
HALF_HEARD = Paid("aborted", ASKED, HEARD_TOKENS, is_estimated=True)


@pytest.fixture(autouse=True)
def successor(workers: Workers) -> Worker:
    """Sleeps, until a test wakes it."""
    [successor] = workers.awake(1)
    workers.only()
    return successor


async def test_finishes_what_is_under_way(generating: Generating, provider: FakeProvider, workers: Workers) -> None:
    worker = workers.start()
    provider.will(reply := hanging(ANSWER))
    project_id, generation_id = await generating.one()
    await generating.calls(1)
    worker.tell_to_stop()
    # What comes now is the next one's.
    _, waiting = await generating.one()
    reply.release.set()
    assert worker.wait() == 0
    assert await generating.read(project_id, generation_id) == DONE
    assert await generating.paid(generation_id) == [SUCCEEDED]
    assert await generating.paid(waiting) == []
    assert len(provider.calls) == 1
    assert await generating.jobs() == 1
    workers.awake(1)
    await generating.queue_is_empty()
    assert await generating.paid(waiting) == [SUCCEEDED]


@pytest.mark.parametrize(
    ("grace_seconds", "times"), [pytest.param(1, 1, id="in the end"), pytest.param(3600, 2, id="when told twice")]
)
async def test_hands_back(
    generating: Generating, provider: FakeProvider, workers: Workers, grace_seconds: int, times: int
) -> None:
    worker = workers.start(worker_grace_seconds=grace_seconds)
    provider.will(half_said())
    project_id, generation_id = await generating.one()
    await generating.calls(1)
    await generating.heard(project_id, generation_id)
    for _ in range(times):
        worker.tell_to_stop()
        # Two signals at once would be one.
        await asyncio.sleep(0.1)
    assert worker.wait() == 0
    assert await generating.read(project_id, generation_id) == HANDED_BACK
    assert await generating.paid(generation_id) == [HALF_HEARD]
    assert await generating.jobs() == 1
    workers.awake(1)
    assert await generating.ended(project_id, generation_id) == DONE
    assert await generating.paid(generation_id) == [HALF_HEARD, SUCCEEDED]
    assert len(provider.calls) == 2


async def test_hands_back_the_answers_as_well(generating: Generating, provider: FakeProvider, workers: Workers) -> None:
    worker = workers.start(worker_grace_seconds=0)
    provider.will(Reply("{"), hanging(ANSWER))
    project_id, generation_id = await generating.one()
    await generating.calls(2)
    worker.tell_to_stop()
    assert worker.wait() == 0
    assert await generating.read(project_id, generation_id) == HANDED_BACK
    workers.awake(1)
    assert await generating.ended(project_id, generation_id) == DONE
    invalid, aborted, succeeded = await generating.paid(generation_id)
    assert (invalid, succeeded) == (INVALID, SUCCEEDED)
    assert aborted == Paid("aborted", aborted.tokens_in, 0, is_estimated=True)
    _, second, third = (call.texts for call in provider.calls)
    assert third == second


async def test_hands_back_nothing_that_is_another_ones_by_now(
    generating: Generating, provider: FakeProvider, workers: Workers, successor: Worker
) -> None:
    worker = workers.start(worker_grace_seconds=0)
    provider.will(hanging(ANSWER), reply := hanging(ANSWER))
    project_id, generation_id = await generating.one()
    await generating.calls(1)
    worker.pause()
    successor.resume()
    await generating.calls(2)
    # It reads of both at once, and may take either for the first.
    worker.tell_to_stop()
    worker.resume()
    assert worker.wait() == 0
    reply.release.set()
    assert await generating.ended(project_id, generation_id) == DONE._replace(attempt=2)
    assert await generating.paid(generation_id) == [Paid("aborted", ASKED, 0, is_estimated=True), SUCCEEDED]
    assert [successor.has_made(call) for call in provider.calls] == [False, True]
