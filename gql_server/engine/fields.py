"""What a schema says about a field so that it is resolved for many parents at once."""

from collections.abc import Awaitable, Callable, Sequence
from inspect import isawaitable
from typing import Any, NamedTuple, Protocol

from graphql import GraphQLField, GraphQLFieldResolver, GraphQLResolveInfo

BATCH = "batch"
"""The extension of a field that has its `Batch`."""

COLUMN = "column"
"""The extension of a field that has its `Column`."""

BY_CLASS = "by_class"
"""The extension of a type that is true when `resolve_type` and `is_type_of` look at nothing but an object's class."""


class Asked(Protocol):
    """A field that is asked for, under whichever names."""

    @property
    def definition(self) -> GraphQLField: ...

    @property
    def name(self) -> str: ...

    def below(self) -> "Sequence[Asked] | None":
        """What is asked for of the objects that it leads to; None when they may be of several types."""
        ...


Position = Sequence[str | int]
"""The keys that lead to a place in the response."""


class BatchInfo(NamedTuple):
    """What is known about a field when it is resolved for all parents of a level."""

    first: GraphQLResolveInfo[Any]
    """That of the first parent. All but its path holds for the others, too."""

    at: Callable[[int], GraphQLResolveInfo[Any]]
    """That of a parent, by its index."""

    asked: Asked | None = None
    """The field itself; None when graphql-core's executor resolves it."""

    positions: Callable[[int], Sequence[Position]] | None = None
    """Where in the response the field of a parent is, by its index; None when it is but where `at` has its path."""

    def everywhere(self, index: int) -> Sequence[Position]:
        """Where in the response the field of a parent is: it may be there several times, and is resolved once."""
        return self.positions(index) if self.positions else [self.at(index).path.as_list()]

    @property
    def context(self) -> Any:
        return self.first.context


Batch = Callable[..., Sequence[Any] | Awaitable[Sequence[Any]]]
"""Takes the parents, a `BatchInfo` and the arguments; has a value or an exception for each parent, in their order."""

Column = Callable[[Any], Any]
"""Reads a value, which is never awaited, from a parent."""


def make_batched(field: GraphQLField, batch: Batch) -> None:
    """Has a field resolved by a batch, also by graphql-core's executor, one parent at a time."""
    field.extensions[BATCH] = batch
    field.resolve = _resolver_of(batch)


def make_column(field: GraphQLField, read: Column) -> None:
    """Has a field read from its parent, also by graphql-core's executor."""
    field.extensions[COLUMN] = read

    def resolve(source: Any, _info: GraphQLResolveInfo[Any]) -> Any:
        return read(source)

    field.resolve = resolve


def _resolver_of(batch: Batch) -> GraphQLFieldResolver:
    def resolve(source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        values = batch([source], BatchInfo(info, [info].__getitem__), **arguments)
        return _first_of_awaited(values) if isawaitable(values) else checked(values, 1)[0]

    return resolve


async def _first_of_awaited(values: Awaitable[Sequence[Any]]) -> Any:
    return checked(await values, 1)[0]


def checked(values: Any, count: int) -> Sequence[Any]:
    """What a batch answered with. Raises TypeError unless it is as many values as there are parents."""
    if not isinstance(values, Sequence) or isinstance(values, str):
        raise TypeError(f"A batch answers with a sequence of values, one for each parent, not with {type(values)!r}.")
    if len(values) != count:  # pyright: ignore[reportUnknownArgumentType]
        raise TypeError(f"A batch answered with {len(values)} values for {count} parents.")  # pyright: ignore[reportUnknownArgumentType]
    return values  # pyright: ignore[reportUnknownVariableType]
