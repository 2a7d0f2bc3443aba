"""What is spent of a month's budget ends calls before they begin; those under way may overspend it."""

from decimal import Decimal

import pytest
from fake_provider import FakeProvider
from fake_streams import Reply
from generating import ANSWER, SUCCEEDED, Generated, Generating
from workers import Workers
from world import uuid_of

from gql_server.errors import UserErrorCode, UserErrors

PRICE = 2
"""US dollars that a call costs."""

AT_A_TIME = 8


@pytest.fixture(autouse=True)
def one_worker(workers: Workers) -> None:
    workers.awake(1)


async def test_of_a_project(generating: Generating, provider: FakeProvider) -> None:
    project_id = await generating.project(monthly_budget=Decimal(3))
    ids = await generating.enqueue(project_id, 4, model="alone")
    await generating.queue_is_empty()
    done = Generated("succeeded", 1, 2)
    spent = Generated("failed", 1, 2, "BUDGET_EXCEEDED")
    assert [await generating.read(project_id, id_) for id_ in ids] == [done, done, spent, spent]
    assert [await generating.paid(id_) for id_ in ids] == [[SUCCEEDED], [SUCCEEDED], [], []]
    assert len(provider.calls) == 2
    assert await generating.spent(project_id) == 4

    with pytest.raises(UserErrors) as refused:
        await generating.enqueue(project_id, model="alone")
    assert [error.code for error in refused.value.errors] == [UserErrorCode.BUDGET_EXCEEDED]
    assert await generating.jobs() == 0


async def test_of_a_client(generating: Generating, provider: FakeProvider) -> None:
    one, other = [await generating.project("Frugal") for _ in range(2)]
    await generating.connection.execute(
        "UPDATE public.clients SET monthly_budget = 3 WHERE id = $1", uuid_of("client", "Frugal")
    )
    made = [(id_, (await generating.enqueue(id_, model="alone"))[0]) for id_ in (one, other, one)]
    await generating.queue_is_empty()
    ends = [(await generating.read(project_id, id_))._replace(contents=0) for project_id, id_ in made]
    assert ends == [
        Generated("succeeded", 1, 0),
        Generated("succeeded", 1, 0),
        Generated("failed", 1, 0, "BUDGET_EXCEEDED"),
    ]
    assert [await generating.paid(id_) for _, id_ in made] == [[SUCCEEDED], [SUCCEEDED], []]
    assert len(provider.calls) == 2


async def test_no_retry_of_an_invalid_answer_is_begun(generating: Generating, provider: FakeProvider) -> None:
    provider.will(Reply("{"))
    project_id = await generating.project(monthly_budget=Decimal(1))
    [generation_id] = await generating.enqueue(project_id, model="alone")
    assert await generating.ended(project_id, generation_id) == Generated("failed", 1, 0, "BUDGET_EXCEEDED")
    assert [paid.status for paid in await generating.paid(generation_id)] == ["invalid"]
    assert len(provider.calls) == 1


async def test_many_at_a_time_overspend_by_those_under_way(generating: Generating, provider: FakeProvider) -> None:
    provider.script = lambda _body, _number: Reply(ANSWER, delay_seconds=0.1)
    limit = 11
    project_id = await generating.project(monthly_budget=Decimal(limit))
    ids = await generating.enqueue(project_id, 20, model="priced")
    await generating.queue_is_empty()
    calls = len(provider.calls)
    done = Generated("succeeded", 1, calls)
    spent = Generated("failed", 1, calls, "BUDGET_EXCEEDED")
    ends = [await generating.read(project_id, id_) for id_ in ids]
    assert (ends.count(done), ends.count(spent)) == (calls, 20 - calls)
    assert await generating.spent(project_id) == calls * PRICE
    assert limit <= calls * PRICE < limit + AT_A_TIME * PRICE
    assert [paid for id_ in ids for paid in await generating.paid(id_)] == [SUCCEEDED] * calls
