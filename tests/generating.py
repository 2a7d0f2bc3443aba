"""Asks for contents through the services, waits for what becomes of them, and reads what was stored and paid."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, LiteralString, NamedTuple
from uuid import UUID, uuid4

import asyncpg
from fake_provider import Call, FakeProvider
from fake_streams import Reply
from workers import PATIENCE_SECONDS
from world import World, uuid_of

from gql_server.db.project_schema import ProjectSchema
from gql_server.db.tables.generations import Request
from gql_server.errors import UserError, UserErrorCode
from gql_server.services.generations import cancel_generation, enqueue_generations
from gql_server.services.projects import archive_project, delete_project
from gql_server.services.writer import Place, Writer

STRUCTURE = (
    '{"type": "object", "properties": {"title": {"type": "string"}, "words": {"type": "integer"}},'
    ' "required": ["title", "words"], "additionalProperties": false}'
)
PROMPT = "Write about tea."
ANSWER = {"title": "Tea", "words": 200}
BODY = '{"title": "Tea", "words": 200}'
ASKED = 43
"""The estimate of what is sent of the prompt and the structure."""

HEARD = BODY[:6]
"""The first of five pieces."""

HEARD_TOKENS = 2


def half_said(output: object = ANSWER) -> Reply:
    """Hangs after the first piece, which comes late enough for the worker to note it at once."""
    return Reply(output, hold_after=1, first_seconds=0.3)


ENDED = ("succeeded", "failed", "cancelled")


class Paid(NamedTuple):
    """A row of usage."""

    status: str
    tokens_in: int
    tokens_out: int
    is_estimated: bool


SUCCEEDED = Paid("succeeded", 100, 20, is_estimated=False)
INVALID = Paid("invalid", 100, 20, is_estimated=False)
REFUSED = Paid("failed", 0, 0, is_estimated=False)
LOST = Paid("lost", ASKED, 0, is_estimated=True)


class Generated(NamedTuple):
    """What has become of a generation."""

    status: str
    attempt: int
    contents: int
    error_code: str | None = None
    pointer: str | None = None


DONE = Generated("succeeded", 1, 1)


async def until(condition: Callable[[], Awaitable[Any]], seconds: float = PATIENCE_SECONDS) -> Any:
    """The first value of the condition that is not false."""
    give_up = time.monotonic() + seconds
    while not (value := await condition()):
        assert time.monotonic() < give_up, condition
        await asyncio.sleep(0.02)
    return value


@dataclass
class Generating:
    """Asks a fake provider's models for contents of projects, as their service does."""

    world: World
    provider: FakeProvider

    @property
    def connection(self) -> asyncpg.Connection:
        return self.world.connection

    async def project(self, client: str | None = None, **values: Any) -> UUID:
        """A new one, of a client of its own or of the one of this name."""
        name = client or uuid4().hex
        client_id = uuid_of("client", name)
        if not await self.connection.fetchval("SELECT count(*) FROM public.clients WHERE id = $1", client_id):
            await self.world.client(name)
        return await self.world.project(uuid4().hex, client_id, **values)

    async def enqueue(
        self, project_id: UUID, count: int = 1, *, model: str = "fake", prompt: str = PROMPT
    ) -> list[UUID]:
        return await self.enqueue_prompts(project_id, [prompt] * count, model)

    async def enqueue_prompts(self, project_id: UUID, prompts: Sequence[str], model: str = "fake") -> list[UUID]:
        """A generation of each, in their order."""
        model_id = await self._object_model()
        requests = [Request(model, None, None, None, model_id, STRUCTURE, "{}", "[]", prompt) for prompt in prompts]
        made = await enqueue_generations(Writer(self.world.database), _place(project_id), requests)
        return made.ids

    async def _object_model(self) -> UUID:
        """The one that there is, or a new one."""
        id_ = uuid_of("object_model", "Answer")
        sql = "INSERT INTO public.object_models (id, name, version, structure) VALUES ($1, 'Answer', '1', $2)"
        await self.world.connection.execute(f"{sql} ON CONFLICT DO NOTHING", id_, STRUCTURE)
        return id_

    async def one(self, **more: Any) -> tuple[UUID, UUID]:
        """A new project and its generation."""
        project_id = await self.project()
        [generation_id] = await self.enqueue(project_id, **more)
        return project_id, generation_id

    async def cancel(self, project_id: UUID, generation_id: UUID) -> None:
        await cancel_generation(Writer(self.world.database), _place(project_id), generation_id)

    async def archive(self, project_id: UUID) -> None:
        await archive_project(Writer(self.world.database), project_id)

    async def delete(self, project_id: UUID) -> None:
        name = await self.connection.fetchval("SELECT name FROM public.projects WHERE id = $1", project_id)
        await delete_project(Writer(self.world.database), project_id, confirm_name=name)

    async def fetch(self, project_id: UUID, sql: LiteralString, *values: object) -> list[asyncpg.Record]:
        """With `:"schema"` in the place of the project's."""
        return await self.connection.fetch(sql.replace(':"schema"', ProjectSchema(project_id).quoted), *values)

    async def calls(self, count: int) -> Call:
        """Waits until so many have come; the last of them."""

        async def have_come() -> bool:
            return len(self.provider.calls) >= count

        await until(have_come)
        return self.provider.calls[count - 1]

    async def heard(self, project_id: UUID, generation_id: UUID) -> None:
        """Waits until the worker has noted the first piece in the attempt that runs."""

        async def is_noted() -> bool:
            [row] = await self.fetch(
                project_id,
                """
                SELECT coalesce(string_agg(e.text, '' ORDER BY e.sequence), '')
                FROM :"schema".generation_events AS e JOIN :"schema".generations AS g ON g.id = e.generation_id
                WHERE g.id = $1 AND e.kind = 'output' AND e.attempt = g.attempt
                """,
                generation_id,
            )
            return row[0] == HEARD

        await until(is_noted)

    async def status(self, project_id: UUID, generation_id: UUID) -> str:
        [row] = await self.fetch(project_id, 'SELECT status FROM :"schema".generations WHERE id = $1', generation_id)
        return row["status"]

    async def ended(self, project_id: UUID, generation_id: UUID) -> Generated:
        """Waits until it has ended and nothing is left in the queue."""
        await self.until_ended(project_id, generation_id)
        await self.queue_is_empty()
        return await self.read(project_id, generation_id)

    async def until_ended(self, project_id: UUID, generation_id: UUID) -> Generated:
        """Waits for its end alone."""

        async def has_ended() -> bool:
            return await self.status(project_id, generation_id) in ENDED

        await until(has_ended)
        return await self.read(project_id, generation_id)

    async def read(self, project_id: UUID, generation_id: UUID) -> Generated:
        [row] = await self.fetch(
            project_id,
            """
            SELECT status, attempt, (SELECT count(*)::int FROM :"schema".contents), error_code, error_pointer
            FROM :"schema".generations WHERE id = $1
            """,
            generation_id,
        )
        return Generated(*row)

    async def paid(self, generation_id: UUID) -> list[Paid]:
        """The rows of its usage, in the order in which the calls began."""
        rows = await self.connection.fetch(
            """
            SELECT status, tokens_in, tokens_out, is_estimated FROM public.llm_usage
            WHERE generation_id = $1 ORDER BY created_at, id
            """,
            generation_id,
        )
        return [Paid(*row) for row in rows]

    async def spent(self, project_id: UUID) -> Decimal:
        return await self.connection.fetchval(
            "SELECT coalesce(sum(cost), 0) FROM public.llm_usage WHERE project_id = $1", project_id
        )

    async def jobs(self) -> int:
        return await self.connection.fetchval("SELECT count(*)::int FROM jobs.pgqueuer")

    async def queue_is_empty(self) -> None:
        """Waits for the worker's bookkeeping, which comes after all else."""

        async def is_empty() -> bool:
            return not await self.jobs()

        await until(is_empty)


def _place(project_id: UUID) -> Place:
    return Place(project_id, (UserError(UserErrorCode.NOT_FOUND, "There is none.", ("project",)),))
