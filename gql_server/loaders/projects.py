"""Loads projects, and the versions of their schemas."""

from typing import Final, Literal, TypeAlias
from uuid import UUID

from gql_server.db.snapshot import Snapshot
from gql_server.db.tables.projects import (
    CLIENT_ID,
    PROJECTS,
    ProjectRow,
    select_all_ids,
    select_names,
    select_schema_versions,
)
from gql_server.errors import ProjectUnavailableError
from gql_server.loaders.rows import Loader, RowByIdLoader
from gql_server.loaders.shared_lists import SharedListByParentLoader, SharedListLoader

ALL: Final = "all"

ProjectIds: TypeAlias = "tuple[UUID, ...] | None"
"""Those of these projects that exist, or all that do."""


class ProjectByIdLoader(RowByIdLoader[ProjectRow]):
    table = PROJECTS


class ProjectsLoader(SharedListLoader[ProjectRow]):
    table = PROJECTS


class ProjectsByClientLoader(SharedListByParentLoader[ProjectRow]):
    table = PROJECTS
    parent = CLIENT_ID


class ProjectIdsLoader(Loader[Literal["all"], list[UUID]]):
    """Loads the ids of all projects, once."""

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__()
        self.snapshot = snapshot

    async def batch_load_fn(self, keys: list[Literal["all"]]) -> list[list[UUID]]:
        # There is the one key.
        return [await select_all_ids(self.snapshot)] * len(keys)

    async def existing(self, project_ids: ProjectIds = None) -> list[UUID]:
        existing = await self.load(ALL)
        if project_ids is None:
            return existing
        wanted = set(project_ids)
        return [id_ for id_ in existing if id_ in wanted]


class ProjectNameByIdLoader(Loader[UUID, "str | None"]):
    """Loads the names of projects, of deleted ones too."""

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__()
        self.snapshot = snapshot

    async def batch_load_fn(self, keys: list[UUID]) -> list[str | None]:
        return await select_names(self.snapshot, keys)


class SchemaVersionByProjectLoader(Loader[UUID, int]):
    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__()
        self.snapshot = snapshot

    async def batch_load_fn(self, keys: list[UUID]) -> list[int | ProjectUnavailableError]:
        return await select_schema_versions(self.snapshot, keys)
