"""Asks the models of the fake provider, and keeps what they stream."""

import json
from typing import Any

from fake_provider import FakeProvider
from pydantic import SecretStr

from gql_server.llm.catalogue import NamedModel
from gql_server.llm.exchange import Answer, OnText, Question
from gql_server.llm.models import open_model

KEY = "sk-test-0123456789abcdef"
CHAT = "openai-chat:qwen3"
RESPONSES = "openai:gpt-5-mini"
ANTHROPIC = "anthropic:claude-tested"
MODELS = [CHAT, RESPONSES, ANTHROPIC]

ARTICLE = {
    "type": "object",
    "properties": {"title": {"type": "string"}, "words": {"type": "integer"}},
    "required": ["title", "words"],
    "additionalProperties": False,
}
OUTPUT = {"title": "Grüner „Tee“", "words": 200}
TEXT = json.dumps(OUTPUT)


def served(provider: FakeProvider, model: str = CHAT, **more: Any) -> NamedModel:
    base_url = provider.origin if model.startswith("anthropic:") else provider.base_url
    return NamedModel("tested", model, **{"base_url": base_url, "key": SecretStr(KEY), "timeout_seconds": 30, **more})


class Heard:
    """Keeps the pieces of a text."""

    def __init__(self) -> None:
        self.pieces: list[str] = []

    async def __call__(self, piece: str) -> None:
        self.pieces.append(piece)


async def ask(named: NamedModel, question: Question, on_text: OnText | None = None) -> Answer:
    async with open_model(named) as model:
        return await model.answer(question, on_text or Heard())
