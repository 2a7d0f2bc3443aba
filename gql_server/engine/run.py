"""One execution of an operation, from the root level on."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, cast

from graphql import GraphQLObjectType
from graphql.execution import Executor

from gql_server.engine.completing import Completion
from gql_server.engine.failures import Failures, PositionedErrors, Steps
from gql_server.engine.levels import Level, Objects, Output, ValueColumn
from gql_server.engine.plan import FieldPlan, LevelPlan
from gql_server.engine.resolving import Resolution, chunks, needs_graphql_core, read_all
from gql_server.engine.tasks import Tasks
from gql_server.engine.types import RuntimeTypes

REST_AFTER = 4000
"""How much work is done without a rest, in values of a column that are read or coerced."""

CALL_WORK = 10
"""How much work it is to call a resolver."""

CALLS = 100
"""Resolvers called before there may be a rest."""


class Run:
    def __init__(self, executor: Executor[Any], errors: PositionedErrors) -> None:
        # Any, since some of graphql-core's types are unknown to a strict checker.
        self._executor: Any = executor
        self._errors = errors
        self._failures = Failures()
        self._resolution = Resolution(executor)
        self._tasks = Tasks()
        self._work = 0
        self._is_over = False

    def execute(self, plan: LevelPlan, root: Any, *, serially: bool) -> Output | Awaitable[Output]:
        """The data, at once when nothing had to be awaited. Raises GraphQLError when it is null."""
        level = Level(plan, [root], [plan.template.copy()])
        groups = [[field] for field in plan.fields] if serially else [plan.batched_first]
        try:
            for done, group in enumerate(groups, 1):
                has_ended = self._begin(self._fields(level, group))
                if self._failures.are_fatal and has_ended:
                    self._abandon()
                    break
                if self._tasks:
                    return self._execute_later(level, groups[done:])
        except BaseException:
            self._tasks.forget()
            raise
        for _ in self._errors.settle(self._failures, level.outputs[0]):
            pass
        return level.outputs[0]

    async def _execute_later(self, level: Level, groups: list[list[FieldPlan]]) -> Output:
        await self._tasks.join()
        for group in groups:
            if self._failures.are_fatal:
                break
            self._begin(self._fields(level, group))
            if self._tasks:
                await self._tasks.join()
        await self._go_on(self._errors.settle(self._failures, level.outputs[0]))
        return level.outputs[0]

    def _abandon(self) -> None:
        """Waits for nothing; what has been asked for ends by itself, as graphql-core has it, and leads to nothing."""
        self._is_over = True
        self._executor.track_async_work(self._tasks.taken())

    def _begin(self, steps: Steps) -> bool:
        """Works until there is nothing to do but to wait, or, where that is possible, until a rest is due.

        Has whether it is the first of the two.
        """
        works = _works(steps)
        for work in works:
            self._work += work
            if self._work >= REST_AFTER and _can_rest():
                self._tasks.add(self._rest_and_go_on(works))
                return False
        return True

    async def _rest_and_go_on(self, steps: Steps) -> None:
        await asyncio.sleep(0)
        self._work = 0
        await self._go_on(steps)
        if self._failures.are_fatal:
            self._tasks.end()

    async def _go_on(self, steps: Steps) -> None:
        for work in _works(steps):
            self._work += work
            if self._work >= REST_AFTER:
                await asyncio.sleep(0)
                self._work = 0

    async def _go_on_with(self, values: Awaitable[Sequence[Any]], steps: Callable[[Sequence[Any]], Steps]) -> None:
        awaited = await values
        if self._is_over:
            return
        self._work = 0
        await self._go_on(steps(awaited))
        if self._failures.are_fatal:
            self._tasks.end()

    def _fields(self, level: Level, fields: Sequence[FieldPlan]) -> Steps:
        for field in fields:
            if field.batch is not None:
                yield from self._batched(level, field)
            elif field.column is not None:
                yield from self._read(level, field, field.column)
            else:
                yield from self._called(level, field)

    def _batched(self, level: Level, field: FieldPlan) -> Steps:
        values = self._resolution.batch(level, field)
        if isinstance(values, Awaitable):
            self._tasks.add(self._go_on_with(values, lambda values: self._values(level, field, values, awaited=True)))
        else:
            yield from self._values(level, field, values)

    def _read(self, level: Level, field: FieldPlan, read: Callable[[Any], Any]) -> Steps:
        if not field.is_leaf:
            yield from self._values(level, field, read_all(read, level.sources))
            return
        for chunk in chunks(level.sources):
            sources = level.sources[chunk]
            yield from self._complete(ValueColumn(level, field, chunk.start), read_all(read, sources))

    def _called(self, level: Level, field: FieldPlan) -> Steps:
        values: list[Any] = []
        for chunk in chunks(level.sources, CALLS):
            values += self._resolution.call(level, field, chunk)
            yield CALL_WORK * (chunk.stop - chunk.start)
        awaited = self._resolution.awaited(values)
        if awaited is None:
            yield from self._settled(level, field, values)
        else:
            self._tasks.add(self._go_on_with(awaited, lambda values: self._settled(level, field, values, awaited=True)))

    def _settled(self, level: Level, field: FieldPlan, values: Sequence[Any], *, awaited: bool = False) -> Steps:
        """Goes on with the values of an ordinary resolver, which may have awaitables in them."""
        if not needs_graphql_core(values, field.lists):
            yield from self._values(level, field, values, awaited=awaited)
            return
        column = ValueColumn(level, field, awaited=awaited)
        for index, value in enumerate(values):
            self._leave_to_graphql_core(column, index, value)
            yield CALL_WORK

    def _leave_to_graphql_core(self, column: ValueColumn, index: int, value: Any) -> None:
        field, key, output = column.field, column.field.key, column.level.outputs[index]
        info = self._resolution.info(column.level, field, index)
        try:
            completed = self._executor.complete_value(
                cast("Any", field.definition).type, field.details, info, info.path, value, None
            )
        except Exception as error:  # noqa: BLE001  whatever it is, it is the error of this field
            self._failures.add(column, 0, index, error)
            return
        if self._executor.is_awaitable(completed):
            self._tasks.add(self._complete_later(column, index, completed))
        else:
            output[key] = completed

    async def _complete_later(self, column: ValueColumn, index: int, completed: Awaitable[Any]) -> None:
        try:
            column.level.outputs[index][column.field.key] = await completed
        except Exception as error:  # noqa: BLE001  whatever it is, it is the error of this field
            self._failures.add(ValueColumn(column.level, column.field, awaited=True), 0, index, error)
        if self._failures.are_fatal:
            self._tasks.end()

    def _values(self, level: Level, field: FieldPlan, values: Sequence[Any], *, awaited: bool = False) -> Steps:
        if not field.is_leaf:
            yield from self._complete(ValueColumn(level, field, awaited=awaited), values)
            return
        for chunk in chunks(values):
            yield from self._complete(ValueColumn(level, field, chunk.start, awaited=awaited), values[chunk])

    def _complete(self, column: ValueColumn, values: Sequence[Any]) -> Steps:
        completion = Completion(self._executor, self._failures, column)
        yield from completion.complete(values)
        if completion.objects is not None and completion.objects.sources:
            yield from self._objects(completion.objects)

    def _objects(self, objects: Objects) -> Steps:
        yield len(objects.sources)
        plan = objects.column.field.certain(self._executor)
        if plan is not None:
            level = Level(plan, objects.sources, objects.outputs, objects, range(len(objects.sources)))
            yield self._fields(level, plan.batched_first)
            return
        types = RuntimeTypes(self._executor, self._resolution, objects)
        found: list[Any] = types.of(slice(0, 1))
        certain = types.of_all()
        if certain is not None:
            yield from self._of_type(objects, certain, range(len(objects.sources)))
            return
        for chunk in chunks(objects.sources[1:], CALLS):
            found += types.of(slice(chunk.start + 1, chunk.stop + 1))
            yield CALLS if types.are_known else CALL_WORK * (chunk.stop - chunk.start)
        awaited = self._resolution.awaited(found)
        if awaited is None:
            yield from self._by_type(objects, found)
        else:
            objects.awaits += 1
            self._tasks.add(self._go_on_with(awaited, lambda found: self._by_type(objects, found)))

    def _by_type(self, objects: Objects, types: Sequence[GraphQLObjectType | Exception]) -> Steps:
        """Goes on with the objects of each type, of which some may have turned out to be of none."""
        chosen: dict[GraphQLObjectType, list[int]] = {}
        for index, type_ in enumerate(types):
            if isinstance(type_, Exception):
                self._fail(objects, index, type_)
            else:
                chosen.setdefault(type_, []).append(index)
        for type_, indices in chosen.items():
            yield from self._of_type(objects, type_, indices)

    def _of_type(self, objects: Objects, type_: GraphQLObjectType, indices: Sequence[int]) -> Steps:
        try:
            plan = objects.column.field.below(type_, self._executor)
        except Exception as error:  # noqa: BLE001  a selection that cannot be collected is each object's error
            for index in indices:
                self._fail(objects, index, error)
            return
        if len(indices) == len(objects.sources):
            sources, outputs = objects.sources, objects.outputs
        else:
            sources, outputs = [objects.sources[index] for index in indices], [objects.outputs[i] for i in indices]
        if objects.column.field.item is not type_:
            # Their outputs were made before their type was known.
            for chunk in chunks(outputs):
                for output in outputs[chunk]:
                    output.update(plan.template)
                yield chunk.stop - chunk.start
        level = Level(plan, sources, outputs, objects, indices)
        yield self._fields(level, plan.batched_first)

    def _fail(self, objects: Objects, index: int, error: Exception) -> None:
        for spot in objects.spots(index):
            self._failures.add(objects.column, objects.column.field.lists, spot, error)


def _works(steps: Steps) -> Iterator[int]:
    """Takes the steps, those that come of a step before the next; however deep that leads, Python's stack is not."""
    stack = [steps]
    while stack:
        for step in stack[-1]:
            if isinstance(step, int):
                yield step
            else:
                stack.append(step)
                break
        else:
            stack.pop()


def _can_rest() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
