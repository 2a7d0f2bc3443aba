"""Language models of the providers: one question is one request, whose answer streams."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass

from pydantic_ai.direct import model_request_stream
from pydantic_ai.messages import ModelResponseStreamEvent
from pydantic_ai.models import Model
from pydantic_ai.models.openai import OpenAIResponsesModelSettings
from pydantic_ai.settings import ModelSettings

from gql_server.llm.asking import Asked, asked, messages
from gql_server.llm.catalogue import NamedModel
from gql_server.llm.connections import connected
from gql_server.llm.exchange import Answer, OnText, Question, TokenUsage, estimated_usage
from gql_server.llm.failures import end_of, failed, timed_out
from gql_server.llm.streaming import given, json_pieces, said
from gql_server.llm.usage import told


@asynccontextmanager
async def provided_model(named: NamedModel) -> AsyncGenerator["ProvidedModel"]:
    async with connected(named) as model:
        yield ProvidedModel(named, model)


@dataclass(frozen=True)
class ProvidedModel:
    named: NamedModel
    model: Model

    async def answer(self, question: Question, on_text: OnText) -> Answer:
        call = _Call(self.named, self.model, question)
        text = ""
        limit = asyncio.timeout(self.named.timeout_seconds)
        try:
            async with limit, aclosing(call.pieces()) as pieces:
                async for piece in pieces:
                    text += piece
                    await on_text(piece)
        except TimeoutError:
            if limit.expired():
                raise timed_out(self.named, call.usage) from None
            raise
        return Answer(text, call.usage or estimated_usage(question, text))


@dataclass
class _Call:
    named: NamedModel
    model: Model
    question: Question
    usage: TokenUsage | None = None
    """What the provider has told of it so far."""

    async def pieces(self) -> AsyncGenerator[str]:
        """The answer's text as it comes. Raises ModelError; what the listener raises does not come by here."""
        way = asked(self.model, self.named, self.question.structure)
        sent = messages(self.question, way.note)
        try:
            async with model_request_stream(
                self.model,
                sent,
                model_settings=self._settings(way),
                model_request_parameters=way.parameters,
                instrument=False,
            ) as streamed:
                try:
                    async for piece in self._texts(way, aiter(streamed)):
                        if piece:
                            yield piece
                finally:
                    self.usage = told(streamed.usage)
        except Exception as error:
            # Of an answer that makes no sense, the library's own errors are of any kind.
            raise failed(self.named, error, self.usage) from error
        ended = end_of(self.named, streamed.get(), self.usage)
        if ended is not None:
            raise ended

    def _texts(self, way: Asked, events: AsyncIterator[ModelResponseStreamEvent]) -> AsyncIterator[str]:
        texts = given(events) if way.parameters.output_tools else said(events)
        return texts if self.question.structure is None else json_pieces(texts)

    def _settings(self, way: Asked) -> ModelSettings:
        settings = ModelSettings(max_retries=0)
        if way.parameters.output_tools:
            settings["parallel_tool_calls"] = False
        if self.named.max_tokens is not None:
            settings["max_tokens"] = self.named.max_tokens
        if self.named.model.startswith("openai:"):
            # OpenAI keeps what this one of its interfaces is asked, otherwise.
            return OpenAIResponsesModelSettings(**settings, openai_store=False)
        return settings
