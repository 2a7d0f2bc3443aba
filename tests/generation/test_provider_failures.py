"""What providers do wrong ends a generation with its own code, or in another call; each call has its row."""

import pytest
from fake_provider import FakeProvider
from fake_streams import Reply, cutting, failing, hanging, refusing
from generating import ANSWER, ASKED, DONE, REFUSED, SUCCEEDED, Generated, Generating, Paid
from workers import Workers

RETRIES = 2
"""What the workers are told; so often is asked again."""

ESTIMATED = Paid("failed", ASKED, 0, is_estimated=True)


@pytest.fixture(autouse=True)
def one_worker(workers: Workers) -> None:
    workers.awake(1)


def failed(code: str) -> Generated:
    return Generated("failed", 1, 0, code)


async def test_at_its_limit_for_a_second(generating: Generating, provider: FakeProvider) -> None:
    provider.will(failing(429, retry_after="1"))
    project_id, generation_id = await generating.one()
    assert await generating.ended(project_id, generation_id) == DONE
    assert await generating.paid(generation_id) == [REFUSED, SUCCEEDED]
    first, second = provider.calls
    assert second.at - first.at >= 1


@pytest.mark.parametrize(
    ("status", "code"), [(429, "PROVIDER_RATE_LIMITED"), (500, "PROVIDER_ERROR"), (503, "PROVIDER_ERROR")]
)
async def test_for_ever(generating: Generating, provider: FakeProvider, status: int, code: str) -> None:
    provider.script = lambda _body, _number: failing(status)
    project_id, generation_id = await generating.one()
    assert await generating.ended(project_id, generation_id) == failed(code)
    assert await generating.paid(generation_id) == [REFUSED] * (1 + RETRIES)
    assert len(provider.calls) == 1 + RETRIES


async def test_fails_once(generating: Generating, provider: FakeProvider) -> None:
    provider.will(failing(500))
    project_id, generation_id = await generating.one()
    assert await generating.ended(project_id, generation_id) == DONE
    assert await generating.paid(generation_id) == [REFUSED, SUCCEEDED]
    assert len(provider.calls) == 2


async def test_refuses_the_key(generating: Generating, provider: FakeProvider) -> None:
    provider.script = lambda _body, _number: failing(401)
    project_id, generation_id = await generating.one()
    assert await generating.ended(project_id, generation_id) == failed("PROVIDER_ERROR")
    assert await generating.paid(generation_id) == [REFUSED]
    assert len(provider.calls) == 1


async def test_takes_too_long(generating: Generating, provider: FakeProvider) -> None:
    provider.script = lambda _body, _number: hanging(ANSWER)
    project_id, generation_id = await generating.one(model="hasty")
    assert await generating.ended(project_id, generation_id) == failed("TIMEOUT")
    assert await generating.paid(generation_id) == [ESTIMATED]
    assert len(provider.calls) == 1


async def test_breaks_off(generating: Generating, provider: FakeProvider) -> None:
    # Nothing comes before the end, of which the client may or may not have heard.
    provider.will(cutting(ANSWER, after=0), cutting(ANSWER, after=0, cleanly=True))
    project_id, generation_id = await generating.one()
    assert await generating.ended(project_id, generation_id) == DONE
    assert await generating.paid(generation_id) == [ESTIMATED, ESTIMATED, SUCCEEDED]
    assert len(provider.calls) == 3


async def test_breaks_off_in_the_middle(generating: Generating, provider: FakeProvider) -> None:
    provider.will(cutting(ANSWER, after=2, cleanly=True))
    project_id, generation_id = await generating.one()
    assert await generating.ended(project_id, generation_id) == DONE
    # What has come are 12 characters.
    assert await generating.paid(generation_id) == [ESTIMATED._replace(tokens_out=3), SUCCEEDED]
    assert len(provider.calls) == 2


async def test_declines(generating: Generating, provider: FakeProvider) -> None:
    provider.script = lambda _body, _number: refusing()
    project_id, generation_id = await generating.one()
    assert await generating.ended(project_id, generation_id) == failed("PROVIDER_REFUSED")
    assert await generating.paid(generation_id) == [Paid("failed", 100, 20, is_estimated=False)]
    assert len(provider.calls) == 1


async def test_filters(generating: Generating, provider: FakeProvider) -> None:
    provider.script = lambda _body, _number: Reply("", finish="content_filter")
    project_id, generation_id = await generating.one()
    assert await generating.ended(project_id, generation_id) == failed("PROVIDER_REFUSED")
    assert await generating.paid(generation_id) == [Paid("failed", 100, 20, is_estimated=False)]
    assert len(provider.calls) == 1


async def test_tells_no_usage(generating: Generating, provider: FakeProvider) -> None:
    provider.will(Reply(ANSWER, usage=None))
    project_id, generation_id = await generating.one()
    assert await generating.ended(project_id, generation_id) == DONE
    # The answer has 30 characters.
    assert await generating.paid(generation_id) == [Paid("succeeded", ASKED, 8, is_estimated=True)]
