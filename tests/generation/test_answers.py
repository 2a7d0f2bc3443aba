"""A generation asks until an answer is valid, or as often as the settings have it, and each call has its row."""

import pytest
from fake_provider import FakeProvider
from fake_streams import Reply
from generating import ANSWER, BODY, DONE, INVALID, PROMPT, SUCCEEDED, Generated, Generating
from workers import Workers


@pytest.fixture(autouse=True)
def one_worker(workers: Workers) -> None:
    workers.awake(1)


async def test_no_fault(generating: Generating, provider: FakeProvider) -> None:
    project_id, generation_id = await generating.one()
    assert await generating.ended(project_id, generation_id) == DONE
    assert await generating.paid(generation_id) == [SUCCEEDED]
    assert [call.texts for call in provider.calls] == [[("user", PROMPT)]]
    [content] = await generating.fetch(
        project_id, 'SELECT title, body, metadata, generation_id FROM :"schema".contents'
    )
    assert tuple(content) == ("Tea", BODY, '{"words": 200}', generation_id)


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        pytest.param("{", "The answer is no JSON: Expecting property name", id="no JSON"),
        pytest.param('{"title": "Tea", "words": "many"}', '/words: "many" is not of type "integer"', id="wrong"),
    ],
)
async def test_invalid_and_then_valid(
    generating: Generating, provider: FakeProvider, answer: str, problem: str
) -> None:
    provider.will(Reply(answer))
    project_id, generation_id = await generating.one()
    assert await generating.ended(project_id, generation_id) == DONE
    assert await generating.paid(generation_id) == [INVALID, SUCCEEDED]
    first, second = provider.calls
    assert first.texts == [("user", PROMPT)]
    [*before, (role, said)] = second.texts
    assert before == [("user", PROMPT), ("assistant", answer)]
    assert role == "user"
    assert said.startswith(f"This answer is not valid: {problem}")


async def test_cut_by_the_limit_of_tokens(generating: Generating, provider: FakeProvider) -> None:
    provider.will(Reply('{"title": "Te', finish="length"))
    project_id, generation_id = await generating.one()
    assert await generating.ended(project_id, generation_id) == DONE
    assert await generating.paid(generation_id) == [INVALID, SUCCEEDED]
    assert len(provider.calls) == 2


async def test_never_valid(generating: Generating, provider: FakeProvider) -> None:
    provider.script = lambda _body, _number: Reply({**ANSWER, "words": "many"})
    project_id, generation_id = await generating.one()
    failed = Generated("failed", 1, 0, "VALIDATION_FAILED", "/words")
    assert await generating.ended(project_id, generation_id) == failed
    assert await generating.paid(generation_id) == [INVALID] * 3
    assert len(provider.calls) == 3
