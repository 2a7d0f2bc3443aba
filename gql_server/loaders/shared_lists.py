"""Lists of rows of the shared tables."""

from collections.abc import Sequence
from typing import ClassVar, Generic, LiteralString, TypeVar
from uuid import UUID

from gql_server.db import shared_pages
from gql_server.db.conditions import Condition
from gql_server.db.pages import Page, PageQuery
from gql_server.loaders.lists import ListLoader, Loaded

RowT = TypeVar("RowT")


class SharedListLoader(ListLoader[None, RowT], Generic[RowT]):
    """Loads the rows of `table`; the one list has no parent."""

    async def pages(self, parents: Sequence[None], query: PageQuery) -> list[Loaded[Page[RowT]]]:
        return [Loaded(await shared_pages.select_page(self.snapshot, self.table, query)) for _ in parents]

    async def counts(self, parents: Sequence[None], where: Condition | None) -> list[Loaded[int]]:
        return [Loaded(await shared_pages.count(self.snapshot, self.table, where)) for _ in parents]


class SharedListByParentLoader(ListLoader[UUID, RowT], Generic[RowT]):
    """Loads, for each parent, the rows of `table` whose column `parent` holds its id."""

    parent: ClassVar[LiteralString]

    async def pages(self, parents: Sequence[UUID], query: PageQuery) -> list[Loaded[Page[RowT]]]:
        pages = await shared_pages.select_pages_by_parent(self.snapshot, self.table, self.parent, parents, query)
        return [Loaded(page) for page in pages]

    async def counts(self, parents: Sequence[UUID], where: Condition | None) -> list[Loaded[int]]:
        counts = await shared_pages.count_by_parent(self.snapshot, self.table, self.parent, parents, where)
        return [Loaded(count) for count in counts]
