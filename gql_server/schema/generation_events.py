"""What becomes of generations, as it happens."""

import asyncio
import json
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from uuid import UUID

import strawberry
from pydantic_core import from_json

from gql_server.context import Context
from gql_server.db.changes import ChangedRow
from gql_server.db.conditions import Comparison, Operator
from gql_server.db.pages import Order, PageQuery
from gql_server.db.tables.generation_events import GenerationEventRow
from gql_server.db.tables.generations import UNDER_WAY, GenerationRow
from gql_server.schema.generations import Generation
from gql_server.schema.node import column
from gql_server.schema.scalars import JSON

GENERATIONS = "generations"

LISTED = 100
"""Generations under way that somebody who watches a project is told of at first."""


@strawberry.enum(description="What has happened to a generation.")
class GenerationEventKind(Enum):
    QUEUED = strawberry.enum_value("queued", description="It was asked for, or a worker that stopped handed it back.")
    STARTED = strawberry.enum_value("started", description="A worker has begun with it.")
    OUTPUT = strawberry.enum_value("output", description="The language model has answered more.")
    REJECTED = strawberry.enum_value(
        "rejected", description="An answer did not meet the object model; the language model is asked again."
    )
    WAITING = strawberry.enum_value(
        "waiting", description="The provider failed or takes no calls now; it is asked again after a while."
    )
    SUCCEEDED = strawberry.enum_value("succeeded", description="The content is there.")
    FAILED = strawberry.enum_value("failed", description="It came to nothing.")
    CANCELLED = strawberry.enum_value("cancelled", description="It was cancelled.")


@strawberry.type(description="Something that has happened to a generation.")
class GenerationEvent:
    row: strawberry.Private[GenerationEventRow]
    of: strawberry.Private[GenerationRow]
    output: strawberry.Private[str] = ""

    sequence: int = column("Its number among the generation's events, to go on behind after a connection was lost.")
    attempt: int = column("Which worker it was that this happened to: the first, the second.")
    text: str | None = column("What the language model has answered since the event before; or what is wrong.")
    created_at: datetime = column("When it happened.")

    @strawberry.field(description="What has happened.")
    def kind(self) -> GenerationEventKind:
        return GenerationEventKind(self.row.kind)

    @strawberry.field(description="The generation as it is now, which may be further.")
    def generation(self) -> Generation:
        return Generation(row=self.of)

    @strawberry.field(
        description="All that the language model has answered in this call so far, closed where it breaks off; null "
        "while nothing can be made of it."
    )
    def partial(self) -> JSON | None:
        with suppress(ValueError):
            value = from_json(self.output, allow_partial="trailing-strings", allow_inf_nan=False)
            return JSON(json.dumps(value, ensure_ascii=False, allow_nan=False))
        return None


@dataclass
class Output:
    """What the language model has answered in its latest call."""

    text: str = ""

    def follow(self, row: GenerationEventRow) -> None:
        self.text = self.text + (row.text or "") if row.kind == "output" else ""


async def events_of(
    context: Context, project_id: UUID, generation_id: UUID, after: int
) -> AsyncGenerator[GenerationEvent]:
    """The events behind the one of this number, until the generation has ended."""
    output, seen = Output(), 0
    with context.changes.watch(project_id) as watcher:
        watcher.tell([])
        while True:
            rows = await watcher.next()
            if not is_told_of(rows, generation_id, project_id):
                continue
            await context.check_key()
            generation = await load_generation(context, project_id, generation_id)
            if generation is None:
                return
            news = await context.loaders.generation_events.load((project_id, generation_id, seen))
            await context.renew()
            for row in _joined(news, after):
                output.follow(row)
                seen = row.sequence
                if row.sequence > after:
                    yield GenerationEvent(row=row, of=generation, output=output.text)
            if generation.finished_at is not None:
                return


async def events_in(context: Context, project_id: UUID) -> AsyncGenerator[GenerationEvent]:
    """What becomes of each generation of a project, beginning with those that are under way."""
    told: set[UUID] = set()
    with context.changes.watch(project_id) as watcher:
        watcher.tell([])
        while True:
            rows = await watcher.next()
            ids = [row.id for row in rows if row.table == GENERATIONS]
            if rows and not ids and not any(row.id == project_id for row in rows):
                continue
            await context.check_key()
            if await context.loaders.project_by_id.load(project_id) is None:
                return
            changed = await _load(context, project_id, ids) if rows else await _under_way(context, project_id, told)
            await context.renew()
            for generation in changed:
                (told.add if generation.finished_at is None else told.discard)(generation.id)
                yield GenerationEvent(row=_latest(generation), of=generation)


def is_told_of(rows: Sequence[ChangedRow], generation_id: UUID, project_id: UUID) -> bool:
    """Whether changed rows are news of a generation, which ends with its project; none are news of anything."""
    return not rows or any(row.id in {generation_id, project_id} for row in rows)


async def load_generation(context: Context, project_id: UUID, generation_id: UUID) -> GenerationRow | None:
    """None when it is gone, with its project or without."""
    if await context.loaders.project_by_id.load(project_id) is None:
        return None
    return await context.loaders.generation_by_id.load((project_id, generation_id))


async def _under_way(context: Context, project_id: UUID, told: set[UUID]) -> list[GenerationRow]:
    """Those that are under way, behind those that were when it was last told: they may have ended unheard."""
    under_way = Comparison("status", Operator.IN, UNDER_WAY)
    query = PageQuery((Order("created_at"),), LISTED, under_way)
    page = await context.loaders.generations_by_project.pages_by_parent(query).load(project_id)
    listed = list(page.value.rows)
    return [*await _load(context, project_id, sorted(told - {row.id for row in listed})), *listed]


async def _load(context: Context, project_id: UUID, ids: Sequence[UUID]) -> list[GenerationRow]:
    """Those of these ids that there are."""
    loader = context.loaders.generation_by_id
    return [row for row in await asyncio.gather(*(loader.load((project_id, id_)) for id_ in ids)) if row is not None]


def _latest(generation: GenerationRow) -> GenerationEventRow:
    kind = "started" if generation.status == "running" else generation.status
    when = generation.finished_at or generation.started_at or generation.created_at
    return GenerationEventRow(generation.sequence, kind, generation.attempt, generation.error_message, when)


def _joined(rows: Iterable[GenerationEventRow], after: int) -> Iterator[GenerationEventRow]:
    """The events with output that follows output put together: who is behind is told of it at once."""
    held: GenerationEventRow | None = None
    for row in rows:
        if held is not None and row.kind == held.kind == "output" and not held.sequence <= after < row.sequence:
            held = row._replace(text=(held.text or "") + (row.text or ""))
            continue
        if held is not None:
            yield held
        held = row
    if held is not None:
        yield held
