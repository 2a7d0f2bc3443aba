"""Loads generations, and what has become of them."""

from collections.abc import Sequence
from uuid import UUID

from gql_server.db.snapshot import Snapshot
from gql_server.db.tables.generation_events import GenerationEventRow, select_after
from gql_server.db.tables.generations import GENERATIONS, GenerationRow
from gql_server.errors import ProjectUnavailableError
from gql_server.loaders.project_lists import ListByProjectLoader
from gql_server.loaders.rows import Loader, ProjectRowByIdLoader


class GenerationByIdLoader(ProjectRowByIdLoader[GenerationRow]):
    table = GENERATIONS


class GenerationsByProjectLoader(ListByProjectLoader[GenerationRow]):
    table = GENERATIONS


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
