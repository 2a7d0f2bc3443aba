"""Has the values of a field for the objects of a level."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import partial
from itertools import chain
from typing import Any, NamedTuple

from graphql import GraphQLField, GraphQLObjectType, GraphQLResolveInfo, get_argument_values
from graphql.execution import Executor
from graphql.pyutils import is_iterable  # pyright: ignore[reportUnknownVariableType]

from gql_server.engine.fields import BatchInfo, checked
from gql_server.engine.levels import Level, ValueColumn
from gql_server.engine.plan import FieldPlan


class AskedField(NamedTuple):
    """A field that is asked for, as a batch is told of it."""

    plan: FieldPlan
    executor: Executor[Any]

    @property
    def definition(self) -> GraphQLField:
        return self.plan.definition

    @property
    def name(self) -> str:
        return self.plan.nodes[0].name.value

    def below(self) -> "list[AskedField] | None":
        type_ = self.plan.item
        if not isinstance(type_, GraphQLObjectType):
            return None
        return [AskedField(plan, self.executor) for plan in self.plan.below(type_, self.executor).fields]


CHUNK = 1000
"""Leaves that are read and coerced before there may be a rest."""


class Resolution:
    """Resolves the fields of one execution. What cannot be resolved is an exception among the values."""

    def __init__(self, executor: Executor[Any]) -> None:
        # Any, since some of graphql-core's types are unknown to a strict checker.
        self._executor: Any = executor
        self._arguments: dict[FieldPlan, dict[str, Any] | Exception] = {}

    def info(self, level: Level, field: FieldPlan, index: int) -> GraphQLResolveInfo[Any]:
        path = ValueColumn(level, field).path(index)
        return self._executor.build_resolve_info(field.definition, field.nodes, field.parent, path)

    def batch(self, level: Level, field: FieldPlan) -> Sequence[Any] | Awaitable[Sequence[Any]]:
        """All values, of one call."""
        positions = partial(ValueColumn(level, field).positions, depth=0)
        at, asked = partial(self.info, level, field), AskedField(field, self._executor)
        info = BatchInfo(at(0), at, asked, positions)
        resolve: Any = field.batch
        try:
            values = resolve(level.sources, info, **self._arguments_of(field))
            if self._executor.is_awaitable(values):
                return _batch_later(values, len(level.sources))
            return checked(values, len(level.sources))
        except Exception as error:  # noqa: BLE001  whatever it is, it is the error of this field
            return [error] * len(level.sources)

    def call(self, level: Level, field: FieldPlan, chunk: slice) -> list[Any]:
        """The values of some of the objects, each of a call of its own; they may be awaitable."""
        try:
            arguments = self._arguments_of(field)
        except Exception as error:  # noqa: BLE001  whatever it is, it is the error of this field
            return [error] * (chunk.stop - chunk.start)
        resolve = field.definition.resolve or self._executor.field_resolver
        values: list[Any] = []
        for index, source in enumerate(level.sources[chunk], chunk.start):
            try:
                values.append(resolve(source, self.info(level, field, index), **arguments))
            except Exception as error:  # noqa: BLE001  each call is on its own
                values.append(error)
        return values

    def awaited(self, values: list[Any]) -> Awaitable[list[Any]] | None:
        """The values with what there is to be awaited awaited; None when there is nothing."""
        is_awaitable = self._executor.is_awaitable
        if not any(hasattr(kind, "__await__") or hasattr(kind, "gi_code") for kind in {*map(type, values)}):
            return None
        indices = [index for index, value in enumerate(values) if is_awaitable(value)]
        return _awaited(values, indices) if indices else None

    def _arguments_of(self, field: FieldPlan) -> dict[str, Any]:
        """The same for all levels. Raises GraphQLError when they cannot be coerced."""
        arguments = self._arguments.get(field)
        if arguments is None:
            arguments = self._arguments[field] = self._coerced_arguments(field)
        if isinstance(arguments, Exception):
            raise arguments
        return arguments

    def _coerced_arguments(self, field: FieldPlan) -> dict[str, Any] | Exception:
        node, variables = field.nodes[0], self._executor.variable_values
        fragment_variables = field.details[0].fragment_variable_values
        if not field.definition.args and not node.arguments:
            return {}
        try:
            return get_argument_values(
                field.definition, node, variables, fragment_variables, self._executor.hide_suggestions
            )
        except Exception as error:  # noqa: BLE001  whatever it is, it is the error of this field
            return error


async def _batch_later(values: Awaitable[Sequence[Any]], count: int) -> Sequence[Any]:
    try:
        return checked(await values, count)
    except Exception as error:  # noqa: BLE001  whatever it is, it is the error of this field
        return [error] * count


async def _awaited(values: list[Any], indices: list[int]) -> list[Any]:
    """Raises what is not for a field to fail with, such as CancelledError."""
    awaited = await asyncio.gather(*(values[index] for index in indices), return_exceptions=True)
    for index, value in zip(indices, awaited, strict=True):
        if isinstance(value, BaseException) and not isinstance(value, Exception):
            raise value
        values[index] = value
    return values


def read_all(read: Callable[[Any], Any], sources: Sequence[Any]) -> Sequence[Any]:
    try:
        return [*map(read, sources)]
    except Exception:  # noqa: BLE001  found again, source by source
        return [_read(read, source) for source in sources]


def _read(read: Callable[[Any], Any], source: Any) -> Any:
    try:
        return read(source)
    except Exception as error:  # noqa: BLE001  whatever it is, it is the error of this field
        return error


def chunks(values: Sequence[Any], size: int = CHUNK) -> Iterator[slice]:
    for start in range(0, len(values), size):
        yield slice(start, min(start + size, len(values)))


def needs_graphql_core(values: Sequence[Any], lists: int) -> bool:
    """Whether there may be something to be awaited in lists of that depth."""
    for _ in range(lists):
        there: list[Any] = [value for value in values if is_iterable(value) or hasattr(value, "__aiter__")]
        if any(not isinstance(value, list | tuple) for value in there):
            return True
        values = [*chain.from_iterable(there)]
        if any(hasattr(kind, "__await__") for kind in {*map(type, values)}):
            return True
    return False
