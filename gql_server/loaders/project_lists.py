"""Lists of rows of the tables that every project has: of each project, or merged over projects."""

from collections.abc import Sequence
from typing import ClassVar, Generic, LiteralString, TypeVar
from uuid import UUID

from gql_server.db import project_pages
from gql_server.db.conditions import Condition
from gql_server.db.pages import Page, PageQuery
from gql_server.db.snapshot import Snapshot
from gql_server.errors import ApiError, ProjectUnavailableError
from gql_server.loaders.lists import ListLoader, Loaded
from gql_server.loaders.projects import ProjectIds, ProjectIdsLoader

RowT = TypeVar("RowT")
ValueT = TypeVar("ValueT")


class ListByProjectLoader(ListLoader[UUID, RowT], Generic[RowT]):
    """Loads the rows of each project's `table`."""

    async def pages(self, parents: Sequence[UUID], query: PageQuery) -> list[Loaded[Page[RowT]] | ApiError]:
        return _loaded(await project_pages.select_pages(self.snapshot, self.table, parents, query))

    async def counts(self, parents: Sequence[UUID], where: Condition | None) -> list[Loaded[int] | ApiError]:
        return _loaded(await project_pages.count(self.snapshot, self.table, parents, where))


class MergedListLoader(ListLoader[ProjectIds, RowT], Generic[RowT]):
    """Loads the rows of the `table` of several projects, in one order."""

    tie_breakers = ("id", "project_id")

    def __init__(self, snapshot: Snapshot, project_ids: ProjectIdsLoader) -> None:
        super().__init__(snapshot)
        self._project_ids = project_ids

    async def pages(self, parents: Sequence[ProjectIds], query: PageQuery) -> list[Loaded[Page[RowT]]]:
        return [await self._page(project_ids, query) for project_ids in parents]

    async def counts(self, parents: Sequence[ProjectIds], where: Condition | None) -> list[Loaded[int]]:
        return [await self._count(project_ids, where) for project_ids in parents]

    async def _page(self, project_ids: ProjectIds, query: PageQuery) -> Loaded[Page[RowT]]:
        ids = await self._project_ids.existing(project_ids)
        [page], unavailable = await project_pages.select_merged_pages(self.snapshot, self.table, ids, query)
        return Loaded(page, unavailable)

    async def _count(self, project_ids: ProjectIds, where: Condition | None) -> Loaded[int]:
        ids = await self._project_ids.existing(project_ids)
        [count], unavailable = await project_pages.count_merged(self.snapshot, self.table, ids, where)
        return Loaded(count, unavailable)


class MergedListByParentLoader(ListLoader[UUID, RowT], Generic[RowT]):
    """Loads, for each parent, the rows of all projects whose column `parent` holds its id, in one order."""

    tie_breakers = ("id", "project_id")
    parent: ClassVar[LiteralString]

    def __init__(self, snapshot: Snapshot, project_ids: ProjectIdsLoader) -> None:
        super().__init__(snapshot)
        self._project_ids = project_ids

    async def pages(self, parents: Sequence[UUID], query: PageQuery) -> list[Loaded[Page[RowT]]]:
        pages, unavailable = await project_pages.select_merged_pages(
            self.snapshot, self.table, await self._project_ids.existing(), query, self.parent, parents
        )
        return [Loaded(page, unavailable) for page in pages]

    async def counts(self, parents: Sequence[UUID], where: Condition | None) -> list[Loaded[int]]:
        counts, unavailable = await project_pages.count_merged(
            self.snapshot, self.table, await self._project_ids.existing(), where, self.parent, parents
        )
        return [Loaded(count, unavailable) for count in counts]


def _loaded(answers: Sequence[ValueT | ProjectUnavailableError]) -> list[Loaded[ValueT] | ApiError]:
    return [answer if isinstance(answer, ProjectUnavailableError) else Loaded(answer) for answer in answers]
