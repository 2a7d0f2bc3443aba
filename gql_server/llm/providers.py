"""Language models of the providers: one question is one request, whose answer streams."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from pydantic_ai.direct import model_request_stream
from pydantic_ai.messages import ModelResponse
from pydantic_ai.models import Model, StreamedResponse
from pydantic_ai.models.openai import OpenAIResponsesModelSettings
from pydantic_ai.settings import ModelSettings

from gql_server.llm.asking import Asked, asked, messages
from gql_server.llm.catalogue import NamedModel
from gql_server.llm.connections import connected
from gql_server.llm.exchange import (
    Answer,
    ModelError,
    OnText,
    ProviderError,
    Question,
    RefusedError,
    TokenUsage,
    estimated_usage,
)
from gql_server.llm.failures import FAILURES, cut, failed, quotable, timed_out
from gql_server.llm.streaming import Text, gather
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
        try:
            async with asyncio.timeout(self.named.timeout_seconds) as limit:
                return await self._ask(question, on_text)
        except TimeoutError:
            if limit.expired():
                raise timed_out(self.named) from None
            raise

    async def _ask(self, question: Question, on_text: OnText) -> Answer:
        way = asked(self.model, self.named, question.structure)
        text = Text(on_text, is_json=question.structure is not None)
        streamed: StreamedResponse | None = None
        try:
            async with model_request_stream(
                self.model,
                messages(question, is_described=way.is_described),
                model_settings=self._settings(way),
                model_request_parameters=way.parameters,
                instrument=False,
            ) as streamed:
                await gather(aiter(streamed), text, is_tool=bool(way.parameters.output_tools))
        except FAILURES as error:
            raise self._with_usage(failed(self.named, error), streamed) from error
        return Answer(text.whole, self._usage(question, text.whole, streamed.get()))

    def _settings(self, way: Asked) -> ModelSettings:
        settings = ModelSettings(max_retries=0, timeout=self.named.timeout_seconds)
        if way.parameters.output_tools:
            settings["parallel_tool_calls"] = False
        if self.named.max_tokens is not None:
            settings["max_tokens"] = self.named.max_tokens
        # OpenAI keeps what its newer interface is asked, otherwise; the other one it does not keep.
        return OpenAIResponsesModelSettings(**settings, openai_store=False) if self._keeps else settings

    @property
    def _keeps(self) -> bool:
        return self.named.model.startswith("openai:")

    def _usage(self, question: Question, text: str, response: ModelResponse) -> TokenUsage:
        """What was used. Raises ModelError when the response's end says that it is no answer."""
        usage = told(response.usage)
        details = response.provider_details or {}
        match response.finish_reason:
            case "content_filter":
                raise RefusedError(self._declined(details.get("refusal")), usage=usage)
            case "error":
                raise ProviderError(f"Model {self.named.name!r} failed.", is_transient=True, usage=usage)
            case None if "finish_reason" not in details:
                raise self._with_told(cut(self.named), usage)
            case _:
                return usage or estimated_usage(question, text)

    def _declined(self, reason: object) -> str:
        said = quotable(self.named, reason) if isinstance(reason, str) else ""
        return f"Model {self.named.name!r} declined to answer" + (f": {said}." if said else ".")

    def _with_usage(self, error: ModelError, streamed: StreamedResponse | None) -> ModelError:
        return self._with_told(error, None if streamed is None else told(streamed.usage))

    def _with_told(self, error: ModelError, usage: TokenUsage | None) -> ModelError:
        error.usage = usage
        return error
