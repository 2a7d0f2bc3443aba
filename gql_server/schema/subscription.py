"""The root of what can be watched."""

from collections.abc import AsyncGenerator, Sequence
from typing import Annotated
from uuid import UUID

import strawberry

from gql_server.context import Context
from gql_server.db.changes import GENERATION_OUTPUT, ChangedRow
from gql_server.db.tables.projects import ProjectRow
from gql_server.errors import NotFoundError
from gql_server.schema.generation_events import GenerationEvent, events_in, events_of, load_generation
from gql_server.schema.ids import IdKind, expect_id, expect_project_id, global_id, project_row_id
from gql_server.schema.node import Info
from gql_server.schema.projects import Project

KINDS = {
    "contents": IdKind.CONTENT,
    "vocabulary": IdKind.TERM,
    "prompt_components": IdKind.PROMPT_COMPONENT,
    "generations": IdKind.GENERATION,
}
"""The tables whose rows are nodes; a change of any other is the project's own."""


@strawberry.type(description="A change of a project, or of what lives in it.")
class ProjectChange:
    row: strawberry.Private[ProjectRow]
    rows: strawberry.Private[Sequence[ChangedRow]]

    @strawberry.field(description="The project as it is now.")
    def project(self) -> Project:
        return Project(row=self.row)

    @strawberry.field(
        description="What was added, changed or deleted: its nodes, and the project itself for its settings and "
        "metadata. Empty when that is not known: what is shown of the project should be read again."
    )
    def ids(self) -> list[strawberry.ID]:
        return list(dict.fromkeys(map(self._id, self.rows)))

    def _id(self, changed: ChangedRow) -> strawberry.ID:
        kind = KINDS.get(changed.table)
        if kind is None:
            return global_id(IdKind.PROJECT, self.row.id)
        return project_row_id(kind, self.row.id, changed.id)


@strawberry.type(description="What can be watched.")
class Subscription:
    @strawberry.subscription(
        description="The changes of a project, each when it has been committed. The first comes at once, without ids: "
        "from then on none is missed, though several may come as one. Ends when the project is no more."
    )
    async def project_changed(
        self,
        info: Info,
        project: Annotated[strawberry.ID, strawberry.argument(description="The global id, or the bare UUID.")],
    ) -> AsyncGenerator[ProjectChange]:
        project_id, context = expect_project_id(project), info.context
        if await context.loaders.project_by_id.load(project_id) is None:
            raise NotFoundError("There is no such project.")
        # Nothing is held while nothing happens.
        await context.renew()
        await context.changes.listen()
        return _changes_of(project_id, context)

    @strawberry.subscription(
        description="What becomes of a generation: all that has happened to it at once, then what happens, until it "
        "has ended."
    )
    async def generation(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The generation's global id.")],
        after: Annotated[
            int,
            strawberry.argument(
                description="The number of the last event that is known, to go on behind it after a connection was "
                "lost."
            ),
        ] = 0,
    ) -> AsyncGenerator[GenerationEvent]:
        wanted, context = expect_id(id, IdKind.GENERATION), info.context
        project_id = wanted.project_id
        if project_id is None or await load_generation(context, project_id, wanted.id) is None:
            raise NotFoundError("There is no such generation.")
        await context.renew()
        await context.changes.listen()
        return events_of(context, project_id, wanted.id, after)

    @strawberry.subscription(
        description="What becomes of the generations of a project, without their output: the oldest 100 that are "
        "under way at once, then each that begins, goes on or ends."
    )
    async def generations(
        self,
        info: Info,
        project: Annotated[strawberry.ID, strawberry.argument(description="The global id, or the bare UUID.")],
    ) -> AsyncGenerator[GenerationEvent]:
        project_id, context = expect_project_id(project), info.context
        if await context.loaders.project_by_id.load(project_id) is None:
            raise NotFoundError("There is no such project.")
        await context.renew()
        await context.changes.listen()
        return events_in(context, project_id)


async def _changes_of(project_id: UUID, context: Context) -> AsyncGenerator[ProjectChange]:
    with context.changes.watch(project_id) as watcher:
        watcher.tell([])
        while True:
            told = await watcher.next()
            rows = [row for row in told if row.table != GENERATION_OUTPUT]
            if told and not rows:
                # More output of a generation changes nothing that is there to be read.
                continue
            await context.check_key()
            row = await context.loaders.project_by_id.load(project_id)
            if row is None:
                return
            yield ProjectChange(row=row, rows=rows)
