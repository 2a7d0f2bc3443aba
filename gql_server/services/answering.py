"""How a language model is asked until it has answered as it should, or does not any more."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from gql_server.config import Config
from gql_server.db.tables.generation_runs import ClaimedGeneration
from gql_server.errors import GenerationErrorCode
from gql_server.llm.exchange import (
    ModelError,
    ProviderError,
    Question,
    RateLimitedError,
    RefusedError,
    Rejected,
    TimedOutError,
)
from gql_server.services.outputs import InvalidOutputError, Output, read_output
from gql_server.services.paid_calls import PASSING, GenerationFailedError, PaidCalls

OUTPUT_SECONDS = 0.25
"""How often watchers are told of more output."""

LONGEST_BACKOFF_SECONDS = 60

Note = Callable[[str, str], Awaitable[None]]
"""Tells whoever watches of an event of a kind, with its text."""


@dataclass(frozen=True)
class Answering:
    """One attempt to have a generation's question answered."""

    config: Config
    calls: PaidCalls
    note: Note

    async def output(self, answers: Sequence[str]) -> Output:
        """The first valid answer; those that were given before come first, and are not asked for again.

        Raises GenerationFailedError when there is none to be had, and LeaseLostError.
        """
        claimed = self.calls.claimed
        rejected: list[Rejected] = []
        while True:
            number = len(rejected)
            is_new = number >= len(answers)
            answer = await self._ask(_question(claimed, rejected), number) if is_new else answers[number]
            try:
                return read_output(answer, claimed.structure)
            except InvalidOutputError as invalid:
                if number >= self.config.generation_retries:
                    raise _invalid(invalid) from None
                if is_new:
                    await self.note("rejected", invalid.message)
                rejected.append(Rejected(answer, invalid.message))

    async def _ask(self, question: Question, number: int) -> str:
        """Asks until there is an answer."""
        pause = self.config.provider_backoff_seconds
        retries = self.config.provider_retries
        while True:
            output = _Stream(lambda text: self.note("output", text))
            try:
                answer = await self.calls.ask(question, number, output.write)
            except ModelError as error:
                failed = _failed(error)
                if retries == 0 or not _is_passing(error):
                    raise failed from error
                wanted = error.retry_after_seconds if isinstance(error, RateLimitedError) else None
            else:
                await output.end()
                return answer
            retries -= 1
            await self.note("waiting", failed.message)
            await asyncio.sleep(min(pause if wanted is None else wanted, LONGEST_BACKOFF_SECONDS))
            pause *= 2


class _Stream:
    """Gathers output, and passes it on now and then."""

    def __init__(self, pass_on: Callable[[str], Awaitable[None]]) -> None:
        self._pass_on = pass_on
        self._pieces: list[str] = []
        self._clock = asyncio.get_running_loop().time
        self._due = self._clock() + OUTPUT_SECONDS
        self._is_seen = False

    async def write(self, text: str) -> None:
        self._pieces.append(text)
        if self._clock() >= self._due:
            await self._flush()
            self._due = self._clock() + OUTPUT_SECONDS

    async def end(self) -> None:
        """Passes on the rest of an answer that was seen in part; one that came at once is seen as its content."""
        if self._is_seen and self._pieces:
            await self._flush()

    async def _flush(self) -> None:
        # An answer that is paid for is worth more than that it is seen as it comes.
        with suppress(*PASSING):
            await self._pass_on("".join(self._pieces))
            self._pieces.clear()
            self._is_seen = True


def _question(claimed: ClaimedGeneration, rejected: Sequence[Rejected]) -> Question:
    return Question(
        claimed.rendered_prompt,
        json.loads(claimed.structure),
        tuple(rejected),
        json.loads(claimed.variables),
        json.loads(claimed.terms),
    )


def _is_passing(error: ModelError) -> bool:
    return isinstance(error, RateLimitedError) or (isinstance(error, ProviderError) and error.is_transient)


def _invalid(error: InvalidOutputError) -> GenerationFailedError:
    return GenerationFailedError(GenerationErrorCode.VALIDATION_FAILED, error.message, error.pointer)


def _failed(error: ModelError) -> GenerationFailedError:
    match error:
        case RateLimitedError():
            code = GenerationErrorCode.PROVIDER_RATE_LIMITED
        case RefusedError():
            code = GenerationErrorCode.PROVIDER_REFUSED
        case TimedOutError():
            code = GenerationErrorCode.TIMEOUT
        case _:
            code = GenerationErrorCode.PROVIDER_ERROR
    return GenerationFailedError(code, error.message)
