"""Calls of language models, each with its row of usage from before it begins until what it came to is known."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from gql_server.db.database import Database
from gql_server.db.tables import generation_runs, llm_calls
from gql_server.db.tables.generation_runs import ClaimedGeneration, Lease
from gql_server.db.tables.llm_calls import EndedCall, NewCall
from gql_server.errors import GenerationErrorCode, OperationTimeoutError, ProjectUnavailableError, UnavailableError
from gql_server.llm.catalogue import NamedModel
from gql_server.llm.exchange import (
    LanguageModel,
    ModelError,
    OnText,
    ProviderError,
    Question,
    RateLimitedError,
    TokenUsage,
    estimated_usage,
)
from gql_server.llm.prices import cost_of
from gql_server.services.outputs import is_valid, storable

PASSING = (UnavailableError, OperationTimeoutError)
"""How a database shows itself that is away, or too slow, for now."""

PATIENCE_SECONDS = 300
"""How long a database that is away is waited for, before what a call came to counts as lost."""


class GenerationFailedError(Exception):
    """A generation comes to nothing, for a reason that its requester is told."""

    def __init__(self, code: GenerationErrorCode, message: str, pointer: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = storable(message)
        self.pointer = pointer


class LeaseLostError(Exception):
    """The generation was cancelled, or given to another worker."""


@dataclass(frozen=True)
class PaidCalls:
    """The calls that one attempt at a generation makes."""

    database: Database
    named: NamedModel
    model: LanguageModel
    claimed: ClaimedGeneration
    lease: Lease

    async def ask(self, question: Question, number: int, on_text: OnText) -> str:
        """Asks once for an answer, which is kept as the generation's one of this number.

        Raises ModelError, GenerationFailedError when there is no budget, and LeaseLostError.
        """
        call_id = await self._begin(question)
        heard: list[str] = []

        async def hear(text: str) -> None:
            heard.append(text)
            await on_text(storable(text))

        try:
            answer = await self.model.answer(question, hear)
        except BaseException as error:
            status, usage = _status_of(error), _usage_of(error, question, "".join(heard))
            await in_any_case(lambda: self._end(call_id, status, usage))
            raise
        text = storable(answer.text)
        outcome = "succeeded" if is_valid(text, self.claimed.structure) else "invalid"
        await in_any_case(lambda: self._end(call_id, outcome, answer.usage, text, number))
        return text

    async def _begin(self, question: Question) -> UUID:
        estimate = estimated_usage(question, "")
        cost = cost_of(self.named, estimate)
        async with self.database.transaction(None, self.lease.project_id) as transaction:
            if not await generation_runs.is_leased(transaction, self.lease):
                raise LeaseLostError
            spent = (await llm_calls.select_budgets(transaction, self.lease.project_id)).exhausted
            if spent is not None:
                raise GenerationFailedError(GenerationErrorCode.BUDGET_EXCEEDED, spent)
            call = NewCall(
                self.lease.project_id,
                self.claimed.prompt_id,
                self.claimed.id,
                self.named.name,
                estimate.tokens_in,
                cost,
            )
            return await llm_calls.insert(transaction, call)

    async def _end(
        self, call_id: UUID, status: str, usage: TokenUsage, answer: str | None = None, number: int = 0
    ) -> None:
        details = json.dumps(dict(usage.details)) if usage.details else None
        cost = cost_of(self.named, usage)
        ended = EndedCall(status, usage.tokens_in, usage.tokens_out, cost, details, usage.is_estimated)
        try:
            await self._write(call_id, ended, answer, number)
        except ProjectUnavailableError:
            # It has been deleted, or cannot be written to: what was paid is noted all the same.
            await self._write(call_id, ended)

    async def _write(self, call_id: UUID, ended: EndedCall, answer: str | None = None, number: int = 0) -> None:
        async with self.database.transaction(None, self.lease.project_id) as transaction:
            await llm_calls.update(transaction, call_id, ended)
            if answer is not None:
                await generation_runs.insert_answer(transaction, self.lease, number, answer)


async def in_any_case(work: Callable[[], Awaitable[None]]) -> None:
    """Does what has to be done also when the caller is cancelled meanwhile, and when the database comes back."""
    task = asyncio.ensure_future(_patiently(work))
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise


async def _patiently(work: Callable[[], Awaitable[None]]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            try:
                return await work()
            except PASSING:
                await asyncio.sleep(1)


def _status_of(error: BaseException) -> str:
    # All else is our own end of it: whoever listens has lost the generation, or the worker stops.
    return "failed" if isinstance(error, ModelError) else "aborted"


def _usage_of(error: BaseException, question: Question, heard: str) -> TokenUsage:
    """What a call cost that came to nothing: nothing when the provider refused to begin, and else an estimate."""
    if isinstance(error, ModelError) and error.usage is not None:
        return error.usage
    is_refused = isinstance(error, RateLimitedError) or (
        isinstance(error, ProviderError) and error.status_code is not None
    )
    if is_refused and not heard:
        return TokenUsage(0, 0, {})
    return estimated_usage(question, heard)
