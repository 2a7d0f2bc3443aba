"""Makes a column of values into what is in the response, and finds the objects that are yet to be executed."""

from collections.abc import Generator, Sequence
from itertools import chain
from types import NoneType
from typing import Any

from graphql import GraphQLError, Undefined
from graphql.execution import Executor
from graphql.pyutils import is_iterable  # pyright: ignore[reportUnknownVariableType]

from gql_server.engine.failures import Failures, Steps
from gql_server.engine.leaves import UndefinedType, coerce_column, coerce_each
from gql_server.engine.levels import Objects, Output, ValueColumn

ABSENT = (NoneType, UndefinedType, Exception)


class Completion:
    """Of one column."""

    def __init__(self, executor: Executor[Any], failures: Failures, column: ValueColumn) -> None:
        self._executor = executor
        self._failures = failures
        self._column = column
        self.objects: Objects | None = None

    def complete(self, values: Sequence[Any]) -> Steps:
        """Puts the values into the outputs of their level, and has the `objects` that are among them."""
        column = self._column
        for depth in range(column.field.lists):
            values = self._opened(values, depth)
        if column.field.is_leaf:
            values = self._leaves(values)
            yield len(values)
        else:
            values = yield from self._objects(values)
        for lengths in reversed(column.lengths):
            values = _closed(values, lengths)
        put(column, values)

    def _opened(self, values: Sequence[Any], depth: int) -> Sequence[Any]:
        """What is in the lists, one list after the other."""
        if not {*map(type, values)} <= {list, tuple}:
            values = self._as_lists(values, depth)
            self._column.lengths.append([-1 if value is None else len(value) for value in values])
            return [*chain.from_iterable(value for value in values if value is not None)]
        self._column.lengths.append([*map(len, values)])
        return [*chain.from_iterable(values)]

    def _as_lists(self, values: Sequence[Any], depth: int) -> list[list[Any] | None]:
        lists: list[list[Any] | None] = [None] * len(values)
        for index in self._present(values, depth, {*map(type, values)}):
            try:
                lists[index] = self._as_list(values[index])
            except Exception as error:  # noqa: BLE001  whatever it is, it is the error of this list
                self._failures.add(self._column, depth, index, error)
        return lists

    def _as_list(self, value: Any) -> list[Any]:
        if not is_iterable(value):
            field = self._column.field
            name = f"{field.parent}.{field.nodes[0].name.value}"
            raise GraphQLError(f"Expected Iterable, but did not find one for field '{name}'.")
        return [*value]

    def _leaves(self, values: Sequence[Any]) -> Sequence[Any]:
        field, kinds = self._column.field, {*map(type, values)}
        present = self._present(values, field.lists, kinds)
        if len(present) == len(values):
            return self._coerced(values, present, kinds)
        some = [values[index] for index in present]
        return _spread(self._coerced(some, present, {*map(type, some)}), present, len(values))

    def _coerced(self, values: Sequence[Any], indices: Sequence[int], kinds: set[type]) -> Sequence[Any]:
        type_: Any = self._column.field.item
        coerced = coerce_column(type_, values, kinds)
        if coerced is not None:
            return coerced
        each = coerce_each(type_, values)
        for index, value in zip(indices, each, strict=True):
            if isinstance(value, Exception):
                self._failures.add(self._column, self._column.field.lists, index, value)
        return [None if isinstance(value, Exception) else value for value in each]

    def _objects(self, values: Sequence[Any]) -> Generator[int, None, Sequence[Any]]:
        field = self._column.field
        present = self._present(values, field.lists, {*map(type, values)})
        try:
            plan = field.expected(self._executor)
        except Exception as error:  # noqa: BLE001  a selection that cannot be collected is each object's error
            for index in present:
                self._failures.add(self._column, field.lists, index, error)
            return [None] * len(values)
        whole = len(present) == len(values)
        yield len(values)
        sources, members = _distinct(values if whole else [values[index] for index in present])
        yield len(values)
        new = plan.template.copy if plan else dict[str, Any]
        outputs: list[Output] = [new() for _ in sources]
        yield len(sources)
        self.objects = Objects(self._column, sources, outputs, present, members)
        shared = outputs if members is None else [*map(outputs.__getitem__, members)]
        return shared if whole else _spread(shared, present, len(values))

    def _present(self, values: Sequence[Any], depth: int, kinds: set[type]) -> Sequence[int]:
        """The indices of values that are neither null nor exceptions."""
        if not any(issubclass(kind, ABSENT) for kind in kinds):
            return range(len(values))
        present: list[int] = []
        for index, value in enumerate(values):
            if isinstance(value, Exception):
                self._failures.add(self._column, depth, index, value)
            elif value is not None and value is not Undefined:
                present.append(index)
            elif not self._column.field.nullable[depth]:
                self._failures.add(self._column, depth, index, self._null_error())
        return present

    def _null_error(self) -> TypeError:
        field = self._column.field
        return TypeError(f"Cannot return null for non-nullable field {field.parent}.{field.nodes[0].name.value}.")


def put(column: ValueColumn, values: Sequence[Any]) -> None:
    key, start, outputs = column.field.key, column.start, column.level.outputs
    for output, value in zip(outputs[start : start + len(values)], values, strict=True):
        output[key] = value


def _closed(values: Sequence[Any], lengths: list[int]) -> list[Any]:
    """The lists of these lengths that the values are in."""
    lists: list[Any] = []
    end = 0
    for length in lengths:
        start, end = end, end + max(length, 0)
        lists.append(None if length < 0 else values[start:end])
    return lists


def _spread(values: Sequence[Any], indices: Sequence[int], count: int) -> list[Any]:
    spread: list[Any] = [None] * count
    for index, value in zip(indices, values, strict=True):
        spread[index] = value
    return spread


def _distinct(sources: Sequence[Any]) -> tuple[Sequence[Any], list[int] | None]:
    """Each object once, and for each occurrence its index among those; None instead when none occurs twice."""
    by_id = dict(zip(map(id, sources), sources, strict=True))
    if len(by_id) == len(sources):
        return sources, None
    indices = dict(zip(by_id, range(len(by_id)), strict=True))
    return [*by_id.values()], [*map(indices.__getitem__, map(id, sources))]
