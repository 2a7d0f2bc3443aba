"""What the loaders of lists share: pages and counts, for many parents at a time."""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar, cast

from gql_server.db.conditions import Condition
from gql_server.db.pages import Page, PageQuery, Table
from gql_server.db.snapshot import Snapshot
from gql_server.errors import ApiError, ProjectUnavailableError
from gql_server.loaders.rows import Loader

ParentT = TypeVar("ParentT", bound=Hashable)
GroupT = TypeVar("GroupT", bound=Hashable)
RowT = TypeVar("RowT")
ValueT = TypeVar("ValueT")


@dataclass(frozen=True, slots=True)
class Loaded(Generic[ValueT]):
    """What a list over projects answered, and the projects that it had to do without."""

    value: ValueT
    unavailable: Sequence[ProjectUnavailableError] = ()


class ListLoader(Generic[ParentT, RowT]):
    """Loads lists of rows, one for each parent: a statement for each distinct query, however many parents.

    A subclass says how: `pages` and `counts` answer for all parents of a level, in the parents' order, with a
    value or, for a parent that cannot be answered, an error.
    """

    table: Table[RowT]
    tie_breakers: ClassVar[Sequence[str]] = ("id",)
    """The columns that tell rows apart which the order does not."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        # The library's types leave out that a batch may hold an error in a value's place.
        self._pages = Loader[tuple[ParentT, PageQuery], Loaded[Page[RowT]]](cast("Any", self._load_pages))
        self._counts = Loader[tuple[ParentT, Condition | None], Loaded[int]](cast("Any", self._load_counts))

    async def pages(self, parents: Sequence[ParentT], query: PageQuery) -> Sequence[Loaded[Page[RowT]] | ApiError]:
        raise NotImplementedError

    async def counts(self, parents: Sequence[ParentT], where: Condition | None) -> Sequence[Loaded[int] | ApiError]:
        raise NotImplementedError

    async def page(self, parent: ParentT, query: PageQuery) -> Loaded[Page[RowT]]:
        return await self._pages.load((parent, query))

    async def count(self, parent: ParentT, where: Condition | None) -> Loaded[int]:
        return await self._counts.load((parent, where))

    async def _load_pages(self, keys: list[tuple[ParentT, PageQuery]]) -> list[Loaded[Page[RowT]] | ApiError]:
        return await by_group(keys, self.pages)

    async def _load_counts(self, keys: list[tuple[ParentT, Condition | None]]) -> list[Loaded[int] | ApiError]:
        return await by_group(keys, self.counts)


async def by_group(
    keys: Sequence[tuple[ParentT, GroupT]],
    load: Callable[[Sequence[ParentT], GroupT], Awaitable[Sequence[ValueT]]],
) -> list[ValueT | ApiError]:
    """Calls `load` once for each distinct second part of the keys; the values come in the keys' order.

    A group that cannot be loaded has its error for each of its values.
    """
    groups: dict[GroupT, list[ParentT]] = {}
    for parent, group in keys:
        groups.setdefault(group, []).append(parent)
    values: dict[tuple[ParentT, GroupT], ValueT | ApiError] = {}
    for group, parents in groups.items():
        try:
            loaded: Sequence[ValueT | ApiError] = await load(parents, group)
        except ApiError as error:
            loaded = [error] * len(parents)
        values.update(zip(((parent, group) for parent in parents), loaded, strict=True))
    return [values[key] for key in keys]
