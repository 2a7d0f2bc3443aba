import asyncio
import json
import time

import pytest
from llm.asking import Heard

from gql_server.llm.catalogue import SAMPLE, NamedModel
from gql_server.llm.exchange import ProviderError, Question, Rejected, TokenUsage, estimated_tokens
from gql_server.llm.models import open_model
from gql_server.llm.sample_model import SampleModel

ARTICLE = {"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"]}
ASKED = Question("Write about tea.", ARTICLE, variables={"topic": "tea"}, terms=["Oolong"])


async def test_a_structure_is_answered_with_json_that_says_that_it_is_a_sample() -> None:
    heard = Heard()

    answer = await SampleModel(delay_seconds=0).answer(ASKED, heard)

    assert json.loads(answer.text) == {"title": "Sample title about tea and Oolong"}
    assert "".join(heard.pieces) == answer.text
    assert heard.pieces == ['{"title": "Sample title', " about tea and", ' Oolong"}']


async def test_plain_text_says_that_it_is_a_sample() -> None:
    answer = await SampleModel(delay_seconds=0).answer(Question("Write.", None, variables={"topic": "tea"}), Heard())

    title, body = answer.text.split("\n\n", 1)
    assert title == "Sample title about tea"
    assert body.startswith("Sample body about tea.")


async def test_the_same_question_has_the_same_answer_until_it_was_rejected() -> None:
    model = SampleModel(delay_seconds=0)

    first = await model.answer(Question("Write.", None), Heard())
    again = await model.answer(Question("Write.", None), Heard())
    other = await model.answer(Question("Write.", None, [Rejected(first.text, "It is dull.")]), Heard())

    assert again == first
    assert other.text != first.text


async def test_tokens_are_estimated() -> None:
    answer = await SampleModel(delay_seconds=0).answer(ASKED, Heard())

    asked = estimated_tokens("Write about tea." + json.dumps(ARTICLE))
    assert answer.usage == TokenUsage(asked, estimated_tokens(answer.text), {}, is_estimated=True)


async def test_what_no_value_is_valid_against_is_an_error() -> None:
    impossible = {"type": "object", "properties": {"a": False}, "required": ["a"]}

    with pytest.raises(ProviderError) as raised:
        await SampleModel(delay_seconds=0).answer(Question("Write.", impossible), Heard())

    assert str(raised.value) == (
        "The sample model cannot answer (at /a): "
        "No sample that is valid here was found; simplify what the structure asks for."
    )
    assert not raised.value.is_transient


async def test_a_long_answer_streams_in_few_pieces() -> None:
    texts = {"type": "array", "items": {"type": "string", "minLength": 200}, "minItems": 100}
    heard = Heard()
    started = time.monotonic()

    answer = await SampleModel().answer(Question("Write.", texts), heard)

    assert len(answer.text) > 20_000
    assert len(heard.pieces) <= 110
    assert time.monotonic() - started < 30


async def test_the_loop_goes_on_while_a_sample_is_made() -> None:
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    await SampleModel(delay_seconds=0).answer(ASKED, Heard())
    counting.cancel()

    assert turns > 1


async def test_it_is_what_the_catalogue_calls_sample() -> None:
    async with open_model(NamedModel(SAMPLE, SAMPLE)) as model:
        assert model == SampleModel(delay_seconds=0.02)
