"""Workers share what there is to do: by the models that they know, within each model's limit, and in turns."""

from collections.abc import Generator, Mapping
from typing import Any

import pytest
from fake_provider import FakeProvider
from fake_streams import Reply, hanging
from generating import ANSWER, DONE, SUCCEEDED, Generating
from workers import Worker, Workers

CONCURRENCY = 2
"""Of a worker."""


@pytest.fixture(scope="module")
def two(workers: Workers) -> Generator[list[Worker]]:
    """Those who know every model."""
    workers.awake(0)
    two = [workers.begin(worker_concurrency=CONCURRENCY) for _ in range(2)]
    for worker in two:
        worker.wait_until_ready()
    yield two
    for worker in two:
        worker.kill()


async def test_leaves_alone_what_is_of_a_model_that_it_does_not_know(
    generating: Generating, provider: FakeProvider, workers: Workers, two: list[Worker]
) -> None:
    workers.awake(0)
    one = workers.start(["fake"])
    other_id, of_other = await generating.one(model="narrow")
    project_id, generation_id = await generating.one()
    assert await generating.until_ended(project_id, generation_id) == DONE
    assert await generating.status(other_id, of_other) == "queued"
    one.kill()
    workers.only(two[0])
    assert await generating.ended(other_id, of_other) == DONE
    assert await generating.paid(of_other) == await generating.paid(generation_id) == [SUCCEEDED]
    assert [workers.maker_of(call) for call in provider.calls] == [one, two[0]]


async def test_two_workers_make_no_more_calls_at_a_time_than_the_model_has(
    generating: Generating, provider: FakeProvider, workers: Workers, two: list[Worker]
) -> None:
    workers.only(*two)
    at_a_time: list[int] = []

    def script(_body: Mapping[str, Any], _number: int) -> Reply:
        at_a_time.append(sum(not call.ended.is_set() for call in provider.calls))
        return Reply(ANSWER, delay_seconds=0.05)

    provider.script = script
    projects = [await generating.project() for _ in range(3)]
    made = [(project_id, await generating.enqueue(project_id, 8, model="narrow")) for project_id in projects]
    await generating.queue_is_empty()
    for project_id, ids in made:
        for id_ in ids:
            assert await generating.read(project_id, id_) == DONE._replace(contents=8)
            assert await generating.paid(id_) == [SUCCEEDED]
    assert len(provider.calls) == 24
    assert max(at_a_time) == 3
    assert {workers.maker_of(call).name for call in provider.calls} == {worker.name for worker in two}


async def test_projects_take_turns(
    generating: Generating, provider: FakeProvider, workers: Workers, two: list[Worker]
) -> None:
    workers.only(two[0])
    replies = [hanging(ANSWER) for _ in range(CONCURRENCY)]
    provider.will(*replies)
    many, few = await generating.project(), await generating.project()
    of_many = await generating.enqueue(many, 30, prompt="Many.")
    await generating.calls(CONCURRENCY)
    [of_few] = await generating.enqueue(few, prompt="Few.")
    for reply in replies:
        reply.release.set()
    await generating.queue_is_empty()
    assert await generating.read(few, of_few) == DONE
    for id_ in of_many:
        assert await generating.read(many, id_) == DONE._replace(contents=30)
    prompts = [call.texts[0][1] for call in provider.calls]
    assert len(prompts) == 31
    # Those were under way, and one of the many stands beside it in line.
    assert prompts.index("Few.") in (CONCURRENCY, CONCURRENCY + 1)
