"""What is asked of a language model, what it answers, and how that fails; web processes may import it."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from gql_server.llm.sample import sample_tokens

MESSAGE_LIMIT = 300
"""Characters of a provider's own words that a caller is shown."""


class Rejected(NamedTuple):
    """An earlier answer to the same question, and what was wrong with it."""

    answer: str
    problem: str


@dataclass(frozen=True)
class Question:
    """`structure` is the JSON Schema of the answer, or None for plain text; the sample model alone reads the rest."""

    prompt: str
    structure: Mapping[str, Any] | None
    rejected: Sequence[Rejected] = ()
    variables: Mapping[str, Any] = field(default_factory=dict[str, Any])
    terms: Sequence[str] = ()


class TokenUsage(NamedTuple):
    """`details` counts what the provider tells apart, as `cache_read_tokens`; it is part of the other two."""

    tokens_in: int
    tokens_out: int
    details: Mapping[str, int]
    is_estimated: bool = False


class Answer(NamedTuple):
    text: str
    usage: TokenUsage


OnText = Callable[[str], Awaitable[None]]
"""Called with each piece of text as it streams; joined they are the answer's text."""


class LanguageModel(Protocol):
    async def answer(self, question: Question, on_text: OnText) -> Answer:
        """Asks once, which may cost money, and tries nothing again. Raises ModelError."""
        ...


class ModelError(Exception):
    """No answer came; the message is a sentence that the API's user may read. `usage` is what was paid all the same."""

    def __init__(self, message: str, *, usage: TokenUsage | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.usage = usage


class ProviderError(ModelError):
    """The provider failed, or could not be reached; when it `is_transient`, asking again may help."""

    def __init__(
        self,
        message: str,
        *,
        status_code: int | None = None,
        is_transient: bool = False,
        usage: TokenUsage | None = None,
    ) -> None:
        super().__init__(message, usage=usage)
        self.status_code = status_code
        self.is_transient = is_transient


class RateLimitedError(ModelError):
    """The provider takes no more calls for now."""

    def __init__(self, message: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class RefusedError(ModelError):
    """The model, or its provider's filter, declines to answer this prompt; asking again will not help."""


class TimedOutError(ModelError):
    pass


def estimated_tokens(text: str) -> int:
    return sample_tokens(text)


def estimated_usage(question: Question, text: str) -> TokenUsage:
    """About what was used when nobody tells, by the lengths of what was asked and what came of it so far."""
    structure = "" if question.structure is None else json.dumps(dict(question.structure))
    asked = "".join([question.prompt, structure, *(part for rejected in question.rejected for part in rejected)])
    return TokenUsage(estimated_tokens(asked), estimated_tokens(text), {}, is_estimated=True)
