"""What the loaders of lists share: pages and counts, for many parents at a time."""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar, cast

from gql_server.db.conditions import Condition
from gql_server.db.pages import Order, Page, PageQuery, Table
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
        self._pages: dict[PageQuery, ByParent[ParentT, Page[RowT]]] = {}
        self._counts: dict[Condition | None, ByParent[ParentT, int]] = {}

    def keys(self, order: Sequence[Order]) -> frozenset[str]:
        """The columns that tell where a row is in the list."""
        return frozenset([*(self.table.orders[part.key].column for part in order), *self.tie_breakers])

    async def pages(self, parents: Sequence[ParentT], query: PageQuery) -> Sequence[Loaded[Page[RowT]] | ApiError]:
        raise NotImplementedError

    async def counts(self, parents: Sequence[ParentT], where: Condition | None) -> Sequence[Loaded[int] | ApiError]:
        raise NotImplementedError

    def pages_by_parent(self, query: PageQuery) -> "ByParent[ParentT, Page[RowT]]":
        # A query takes long to hash.
        pages = self._pages.get(query)
        if pages is None:
            pages = self._pages[query] = ByParent(lambda parents: self.pages(parents, query))
        return pages

    def counts_by_parent(self, where: Condition | None) -> "ByParent[ParentT, int]":
        counts = self._counts.get(where)
        if counts is None:
            counts = self._counts[where] = ByParent(lambda parents: self.counts(parents, where))
        return counts


class ByParent(Generic[ParentT, ValueT]):
    """Loads what one query answers for parents, of which None may be one."""

    def __init__(self, load: Callable[[Sequence[ParentT]], Awaitable[Sequence[Loaded[ValueT] | ApiError]]]) -> None:
        self._load_all = load
        # The library's types leave out that a batch may hold an error in a value's place.
        self._loader = Loader[tuple[ParentT], Loaded[ValueT]](cast("Any", self._load))

    async def load(self, parent: ParentT) -> Loaded[ValueT]:
        return await self._loader.load((parent,))

    async def load_each(self, parents: Sequence[ParentT]) -> list[Loaded[ValueT] | Exception]:
        """The value for each parent, or why it could not be loaded, in the parents' order."""
        # In tuples, since the library has no key None.
        keys = [(parent,) for parent in parents]
        return [*map((await self._loader.load_each(keys)).__getitem__, keys)]

    async def _load(self, keys: list[tuple[ParentT]]) -> Sequence[Loaded[ValueT] | ApiError]:
        return await self._load_all([parent for (parent,) in keys])


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
