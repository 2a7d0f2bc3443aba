"""Which type objects are of, where the schema leaves it to them."""

from collections.abc import Awaitable
from typing import Any

from graphql import GraphQLObjectType, GraphQLResolveInfo, is_abstract_type
from graphql.execution import Executor
from graphql.execution.executor import invalid_return_type_error

from gql_server.engine.fields import BY_CLASS
from gql_server.engine.levels import Objects
from gql_server.engine.resolving import Resolution

RuntimeType = GraphQLObjectType | Awaitable[GraphQLObjectType]


class RuntimeTypes:
    """Those of the objects that one field led to."""

    def __init__(self, executor: Executor[Any], resolution: Resolution, objects: Objects) -> None:
        # Any, since some of graphql-core's types are unknown to a strict checker.
        self._executor: Any = executor
        self._resolution = resolution
        self._objects = objects
        self._field = objects.column.field
        self._is_by_class = bool(self._field.item.extensions.get(BY_CLASS))
        self._by_class: dict[type, GraphQLObjectType] = {}
        self._infos: dict[int, GraphQLResolveInfo[Any]] = {}

    @property
    def are_known(self) -> bool:
        """Whether the classes of the objects that were looked at have told."""
        return bool(self._by_class)

    def of_all(self) -> GraphQLObjectType | None:
        """The one type that all objects are of, where their class tells and it has been looked at."""
        if not self._by_class:
            return None
        kind, *others = {*map(type, self._objects.sources)}
        return None if others else self._by_class.get(kind)

    def of(self, chunk: slice) -> list[RuntimeType | Exception]:
        """For each of some objects its type, or why it is of none that may be here."""
        return [self._of(index, source) for index, source in enumerate(self._objects.sources[chunk], chunk.start)]

    def _of(self, index: int, source: Any) -> RuntimeType | Exception:
        kind = source.__class__
        known = self._by_class.get(kind)
        if known is not None:
            return known
        try:
            type_ = self._resolved(source, self._info(index))
        except Exception as error:  # noqa: BLE001  whatever it is, it is the error of this object
            return error
        if self._is_by_class and isinstance(type_, GraphQLObjectType):
            self._by_class[kind] = type_
        return type_

    def _info(self, index: int) -> GraphQLResolveInfo[Any]:
        column = self._objects.column
        # Where only the class is looked at, any will do, and not all have to be located.
        owner = 0 if self._is_by_class else column.locate(self._objects.spots(index)[0], self._field.lists)[0]
        info = self._infos.get(owner)
        if info is None:
            info = self._infos[owner] = self._resolution.info(column.level, self._field, owner)
        return info

    def _resolved(self, source: Any, info: GraphQLResolveInfo[Any]) -> RuntimeType:
        type_: Any = self._field.item
        if not is_abstract_type(type_):
            return self._checked(type_, source, info)
        name: Any = (type_.resolve_type or self._executor.type_resolver)(source, info, type_)
        if self._executor.is_awaitable(name):
            return self._named_later(name, source, info)
        return self._checked(self._named(name, source, info), source, info)

    async def _named_later(self, name: Awaitable[Any], source: Any, info: GraphQLResolveInfo[Any]) -> GraphQLObjectType:
        type_ = self._checked(self._named(await name, source, info), source, info)
        return type_ if isinstance(type_, GraphQLObjectType) else await type_

    def _named(self, name: Any, source: Any, info: GraphQLResolveInfo[Any]) -> GraphQLObjectType:
        type_: Any = self._field.item
        return self._executor.ensure_valid_runtime_type(name, type_, self._field.details, info, source)

    def _checked(self, type_: GraphQLObjectType, source: Any, info: GraphQLResolveInfo[Any]) -> RuntimeType:
        is_it: Any = type_.is_type_of(source, info) if type_.is_type_of else True
        if self._executor.is_awaitable(is_it):
            return self._checked_later(type_, source, is_it)
        return self._expected(type_, source, is_it)

    async def _checked_later(self, type_: GraphQLObjectType, source: Any, is_it: Awaitable[Any]) -> GraphQLObjectType:
        return self._expected(type_, source, await is_it)

    def _expected(self, type_: GraphQLObjectType, source: Any, is_it: Any) -> GraphQLObjectType:
        if not is_it:
            raise invalid_return_type_error(type_, source, self._field.details)
        return type_
