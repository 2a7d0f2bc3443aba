"""How a worker does a generation: claims it, asks a language model until its answer is valid, stores the content."""

import asyncio
from collections.abc import Awaitable, Mapping
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import structlog

from gql_server.config import Config
from gql_server.db.changes import GENERATION_OUTPUT, ChangedRow, Changes, Watcher, announce
from gql_server.db.database import Database, Transaction
from gql_server.db.roles import ADMIN
from gql_server.db.tables import generation_runs, generations, llm_calls, projects
from gql_server.db.tables.generation_runs import ClaimedGeneration, Lease
from gql_server.errors import GenerationErrorCode, ProjectUnavailableError
from gql_server.llm.catalogue import NamedModel
from gql_server.llm.exchange import LanguageModel
from gql_server.services.answering import Answering
from gql_server.services.outputs import Output
from gql_server.services.paid_calls import PASSING, GenerationFailedError, LeaseLostError, PaidCalls, in_any_case
from gql_server.services.writer import ARCHIVED

log = structlog.stdlib.get_logger(__name__)

ATTEMPTS = 5
"""How often a worker may be lost over one generation."""

CHECK_SECONDS = 5
"""How often it is looked whether a generation was cancelled that nothing was heard of."""

AGAIN_SECONDS = 5
"""How long a generation is left alone whose project cannot be written to now."""


class HandedBackError(Exception):
    """The worker stops before the generation is done."""


@dataclass
class Runner:
    """Does generations, any number at a time."""

    config: Config
    database: Database
    changes: Changes
    named: Mapping[str, NamedModel]
    models: Mapping[str, LanguageModel]
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    """Has all that is under way handed back."""

    async def perform(self, project_id: UUID, generation_id: UUID) -> float | None:
        """Does a generation; None when there is nothing more to do, or in how many seconds there is again."""
        lease = Lease(project_id, generation_id, uuid4())
        try:
            claimed = await self._claim(lease)
            if claimed is not None:
                await self._attempt(lease, claimed)
        except HandedBackError:
            return 0
        except LeaseLostError:
            return None
        except ProjectUnavailableError:
            # It may have been deleted, which has taken the generation along.
            return AGAIN_SECONDS if await self._is_there(project_id) else None
        except PASSING:
            # The queue is in the same database: it is of no use to speak to it before that is back.
            await in_any_case(lambda: self._hand_back(lease))
            return 0
        return None

    async def _claim(self, lease: Lease) -> ClaimedGeneration | None:
        async with self._writing(lease) as transaction:
            claimed = await self._claimed(transaction, lease)
            if claimed is None or claimed.attempt > 1:
                # Also those of one that was cancelled, or went with its project, after its worker was lost.
                async with transaction.owned():
                    await llm_calls.mark_lost(transaction, lease.project_id, lease.generation_id)
            return claimed

    async def _claimed(self, transaction: Transaction, lease: Lease) -> ClaimedGeneration | None:
        if await _ends_with_project(transaction, lease):
            return None
        claimed = await generation_runs.claim(transaction, lease, ATTEMPTS)
        if claimed is not None or await self._give_up(transaction, lease):
            await _announce(transaction, lease)
        return claimed

    async def _give_up(self, transaction: Transaction, lease: Lease) -> bool:
        message = f"{ATTEMPTS} workers were lost over this, one after the other."
        code = GenerationErrorCode.WORKER_LOST
        return await generation_runs.give_up(transaction, lease.generation_id, ATTEMPTS, code, message)

    async def _attempt(self, lease: Lease, claimed: ClaimedGeneration) -> None:
        try:
            output = await self._until_interrupted(lease, self._generate(lease, claimed))
        except GenerationFailedError as failed:
            await self._fail(lease, failed)
        except (LeaseLostError, HandedBackError, ProjectUnavailableError, *PASSING):
            raise
        except Exception:
            log.exception("A generation failed", project_id=str(lease.project_id), generation_id=str(claimed.id))
            message = "This is the server's fault; its log says more."
            await self._fail(lease, GenerationFailedError(GenerationErrorCode.INTERNAL, message))
        else:
            await in_any_case(lambda: self._succeed(lease, output))

    async def _until_interrupted(self, lease: Lease, work: Awaitable[Output]) -> Output:
        """The work's outcome. Raises LeaseLostError or HandedBackError, when the work has been given up."""
        working = asyncio.ensure_future(work)
        losing = asyncio.create_task(self._until_lost(lease))
        stopping = asyncio.create_task(self.stopping.wait())
        tasks = (working, losing, stopping)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        if not working.cancelled():
            return working.result()
        if not stopping.cancelled():
            await in_any_case(lambda: self._hand_back(lease))
            raise HandedBackError
        losing.result()
        raise LeaseLostError

    async def _until_lost(self, lease: Lease) -> None:
        with self.changes.watch(lease.project_id) as watcher:
            while await self._is_leased(lease):
                # What nobody hears of, as while the database is away, is looked for now and then.
                with suppress(TimeoutError):
                    async with asyncio.timeout(CHECK_SECONDS):
                        await _next_of(watcher, lease)

    async def _is_leased(self, lease: Lease) -> bool:
        try:
            async with self._writing(lease) as transaction:
                if await _ends_with_project(transaction, lease):
                    return False
                return await generation_runs.is_leased(transaction, lease)
        except PASSING:
            # Whoever writes next finds out.
            return True
        except ProjectUnavailableError:
            return False

    async def _generate(self, lease: Lease, claimed: ClaimedGeneration) -> Output:
        calls = PaidCalls(self.database, self.named[claimed.model], self.models[claimed.model], claimed, lease)
        async with self._writing(lease) as transaction:
            answers = await generation_runs.select_answers(transaction, claimed.id)
        return await Answering(self.config, calls, lambda kind, text: self._note(lease, kind, text)).output(answers)

    async def _note(self, lease: Lease, kind: str, text: str) -> None:
        async with self._writing(lease) as transaction:
            if not await generation_runs.note(transaction, lease, kind, text):
                raise LeaseLostError
            await _announce(transaction, lease, GENERATION_OUTPUT)

    async def _succeed(self, lease: Lease, output: Output) -> None:
        async with self._writing(lease) as transaction:
            if await _ends_with_project(transaction, lease):
                return
            content_id = await generation_runs.succeed(transaction, lease, *output)
            if content_id is None:
                raise LeaseLostError
            await generation_runs.delete_old_events(transaction)
            rows = {"generations": [lease.generation_id], "contents": [content_id]}
            await announce(transaction, lease.project_id, rows)

    async def _fail(self, lease: Lease, failed: GenerationFailedError) -> None:
        async def fail() -> None:
            async with self._writing(lease) as transaction:
                if await generation_runs.fail(transaction, lease, failed.code, failed.message, failed.pointer):
                    await _announce(transaction, lease)

        await in_any_case(fail)

    async def _hand_back(self, lease: Lease) -> None:
        async with self._writing(lease) as transaction:
            if await generation_runs.hand_back(transaction, lease):
                await _announce(transaction, lease)
                # The database may have gone after it had noted a call, and before it said so.
                async with transaction.owned():
                    await llm_calls.mark_lost(transaction, lease.project_id, lease.generation_id)

    async def _is_there(self, project_id: UUID) -> bool:
        async with self.database.transaction(ADMIN) as transaction:
            return await projects.select_status(transaction, project_id) is not None

    def _writing(self, lease: Lease) -> AbstractAsyncContextManager[Transaction]:
        return self.database.transaction(ADMIN, lease.project_id)


async def _next_of(watcher: Watcher, lease: Lease) -> None:
    """Waits until a generation may be another's, or at its end."""
    while True:
        rows = await watcher.next()
        own = (ChangedRow("generations", lease.generation_id), ChangedRow("projects", lease.project_id))
        if not rows or any(row in own for row in rows):
            return


async def _ends_with_project(transaction: Transaction, lease: Lease) -> bool:
    """Whether its project is archived, and the generation cancelled therefore, or is deleted with all that it had."""
    status = await projects.select_status(transaction, lease.project_id)
    if status == ARCHIVED and await generations.cancel(transaction, lease.generation_id):
        await _announce(transaction, lease)
    return status is None or status == ARCHIVED


async def _announce(transaction: Transaction, lease: Lease, table: str = "generations") -> None:
    await announce(transaction, lease.project_id, {table: [lease.generation_id]})
