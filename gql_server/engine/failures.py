"""What failed while a level was executed, and what it does to the response in the end."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias

from graphql import FieldNode, GraphQLError, located_error
from graphql.execution.executor import CollectedErrors
from graphql.pyutils import Path

from gql_server.engine.levels import Keys, Output, ValueColumn

Steps: TypeAlias = Iterator["int | Steps"]
"""Work in steps; each tells how much it was, in values of a column that are read or coerced, or is steps itself."""

ERROR_WORK = 50


class Failure(NamedTuple):
    """Of one value, in lists of that depth, of a column."""

    column: ValueColumn
    depth: int
    item: int
    error: Exception


class Effect(NamedTuple):
    """What a failure does at one position."""

    error: Exception
    nodes: list[FieldNode]
    keys: Keys
    awaits: int
    """How many fields on the way from the root had to be awaited."""
    null: Keys
    """What is null: all data when there are no keys."""
    null_awaits: int
    """How many of those fields are on the way to what is null."""

    def hides(self, other: "Effect") -> bool:
        """Whether graphql-core does not find the other, which comes later in the order of `settle`.

        It stops at once when nothing was awaited below what is null, and else when it is too late for most.
        """
        if self.null != other.keys[: len(self.null)]:
            return False
        return self.null == other.null or self.awaits == self.null_awaits


class Failures:
    def __init__(self) -> None:
        self._failures: list[Failure] = []
        self.are_fatal = False
        """Whether all data is null."""

    def add(self, column: ValueColumn, depth: int, index: int, error: Exception) -> None:
        self._failures.append(Failure(column, depth, index, error))
        self.are_fatal = self.are_fatal or column.null_at(depth)[1] is None

    def effects(self) -> Iterator[Effect]:
        for column, depth, item, error in self._failures:
            nodes = column.field.nodes
            length, null_column = column.null_at(depth)
            null_awaits = 0 if null_column is None else null_column.awaits
            for keys in column.positions(item, depth):
                yield Effect(error, nodes, _longer(keys, error), column.awaits, keys[:length], null_awaits)


def _longer(keys: Keys, error: Exception) -> Keys:
    """Where it failed, when graphql-core knows better than the field whose subtree was left to it."""
    path = tuple(error.path or ()) if isinstance(error, GraphQLError) else ()
    return path if path[: len(keys)] == keys else keys


class PositionedErrors(CollectedErrors):
    """What graphql-core collects in the subtrees that are left to it, and in the end all errors."""

    def __init__(self) -> None:
        super().__init__()
        self._effects: list[Effect] = []
        self._are_settled = False

    def add(self, error: GraphQLError, path: Path | None) -> None:
        if self._are_settled:
            super().add(error, path)
            return
        keys = tuple(path.as_list()) if path else ()
        self._effects.append(Effect(error, [], _longer(keys, error), 0, keys, 0))

    def settle(self, failures: Failures, data: Output) -> Steps:
        """Makes null what failures make null, and keeps the errors that graphql-core keeps.

        They are in the order of the document, after those that took less waiting. Raises the one that makes all null.
        """
        self._are_settled = True
        effects = [*self._effects, *failures.effects()]
        yield len(effects)
        effects.sort(key=lambda effect: (effect.awaits, _order(effect.keys, data)))
        kept: dict[Keys, Effect] = {}
        for effect in effects:
            above = (kept.get(effect.keys[:length]) for length in range(len(effect.keys) + 1))
            if not any(other.hides(effect) for other in above if other is not None):
                kept[effect.null] = effect
                yield ERROR_WORK
        fatal = kept.pop((), None)
        for keys, effect in kept.items():
            self._errors.append(_located(effect))
            _make_null(data, keys)
        if fatal is not None:
            raise _located(fatal)


def _located(effect: Effect) -> GraphQLError:
    return located_error(effect.error, effect.nodes, effect.keys)


def _order(keys: Keys, data: Output) -> Sequence[int]:
    """Sorts a position as it is in the response."""
    order: list[int] = []
    node: Any = data
    for key in keys:
        if node is None:
            break
        order.append(key if isinstance(key, int) else [*node].index(key))
        node = node[key]
    return order


def _make_null(data: Output, keys: Keys) -> None:
    node: Any = data
    for key in keys[:-1]:
        node = node[key]
        if node is None:
            return
    node[keys[-1]] = None
