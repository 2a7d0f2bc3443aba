"""The whole way to a language model that is real, though its prose is of no use."""

import json
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator

from gql_server.llm.catalogue import NamedModel
from gql_server.llm.exchange import Answer, Question, Rejected
from gql_server.llm.models import open_model

STRUCTURE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "title": {"type": "string", "minLength": 3, "maxLength": 30},
        "tone": {"enum": ["formal", "playful"]},
        "tags": {"type": "array", "items": {"type": "string", "maxLength": 10}, "minItems": 1, "maxItems": 2},
    },
    "required": ["title", "tone", "tags"],
    "additionalProperties": False,
}
pytestmark = pytest.mark.timeout(170)
"""A busy machine writes two tokens a second."""

PROMPT = "Describe green tea as JSON with a title, a tone, and one or two tags."


async def ask(small_model: NamedModel, question: Question) -> tuple[Answer, list[str]]:
    pieces: list[str] = []

    async def on_text(piece: str) -> None:
        pieces.append(piece)

    async with open_model(small_model) as model:
        return await model.answer(question, on_text), pieces


@pytest.mark.parametrize(
    "rejected", [(), (Rejected('{"title": ""}', '/title: "" is too short'),)], ids=["first", "again"]
)
async def test_a_structured_answer(small_model: NamedModel, rejected: tuple[Rejected, ...]) -> None:
    answer, pieces = await ask(small_model, Question(PROMPT, STRUCTURE, rejected))

    assert Draft202012Validator(STRUCTURE).is_valid(json.loads(answer.text)), answer.text
    assert "".join(pieces) == answer.text
    assert len(pieces) > 3
    assert answer.usage.tokens_in > 10
    assert answer.usage.tokens_out > 10
    assert not answer.usage.is_estimated


async def test_a_plain_answer(small_model: NamedModel) -> None:
    answer, pieces = await ask(small_model, Question("Say hello.", None))

    assert answer.text == "".join(pieces)
    assert answer.text.strip()
    assert 0 < answer.usage.tokens_out <= 120
    assert not answer.usage.is_estimated
