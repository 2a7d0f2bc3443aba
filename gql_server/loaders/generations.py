"""Loads generations, and what has become of them."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from gql_server.db.conditions import Condition
from gql_server.db.snapshot import Snapshot
from gql_server.db.tables.generation_events import GenerationEventRow, select_after
from gql_server.db.tables.generations import GENERATIONS, GenerationRow, count_by_status
from gql_server.errors import ProjectUnavailableError
from gql_server.loaders.lists import Loaded
from gql_server.loaders.project_lists import ListByProjectLoader
from gql_server.loaders.projects import ProjectIds, ProjectIdsLoader
from gql_server.loaders.rows import Loader, ProjectRowByIdLoader


class GenerationByIdLoader(ProjectRowByIdLoader[GenerationRow]):
    table = GENERATIONS


class GenerationsByProjectLoader(ListByProjectLoader[GenerationRow]):
    table = GENERATIONS


class GenerationCountsLoader(Loader[tuple[ProjectIds, "Condition | None"], Loaded[Mapping[str, int]]]):
    """Loads how many generations of some projects have which status, by the projects and a condition."""

    def __init__(self, snapshot: Snapshot, project_ids: ProjectIdsLoader) -> None:
        super().__init__()
        self.snapshot = snapshot
        self._project_ids = project_ids

    async def batch_load_fn(self, keys: list[tuple[ProjectIds, Condition | None]]) -> list[Loaded[Mapping[str, int]]]:
        return [await self._counts(*key) for key in keys]

    async def _counts(self, project_ids: ProjectIds, where: Condition | None) -> Loaded[Mapping[str, int]]:
        ids = await self._project_ids.existing(project_ids)
        return Loaded(*await count_by_status(self.snapshot, ids, where))


class GenerationEventsLoader(Loader[tuple[UUID, UUID, int], Sequence[GenerationEventRow]]):
    """Loads the events of a generation, by its project's id, its own, and the number of the event before them."""

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__()
        self.snapshot = snapshot

    async def batch_load_fn(
        self, keys: list[tuple[UUID, UUID, int]]
    ) -> list[Sequence[GenerationEventRow] | ProjectUnavailableError]:
        # A subscription watches one.
        return [await select_after(self.snapshot, *key) for key in keys]
