"""Fields that lead from an object to another node by the ids in its row, declared in one line each."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from operator import attrgetter
from typing import Any, TypeVar, cast
from uuid import UUID

from gql_server.engine import BatchInfo
from gql_server.errors import NotFoundError
from gql_server.loaders import Loaders
from gql_server.loaders.rows import Loader
from gql_server.schema.batches import batched
from gql_server.schema.ids import IdKind
from gql_server.schema.node import node_of

KeyT = TypeVar("KeyT")
ShownT = TypeVar("ShownT")


def to_one(
    description: str,
    kind: IdKind,
    key: "str | InProject",
    *,
    must_exist: bool,
    loader: Callable[[Loaders], Loader[Any, Any]] | None = None,
) -> Any:
    """A field that is the node of a kind which `loader` has for the `key` of the object's row; by its id without one.

    `key` is the name of a column, which may be null. Where the node is gone, the field is null, and with `must_exist`
    an error tells that no foreign key has prevented it.
    """
    load = loader or loader_by_id(kind)
    key_of: Callable[[Any], Hashable | None] = attrgetter(key) if isinstance(key, str) else key

    async def nodes(objects: Sequence[Any], info: BatchInfo) -> list[Any]:
        keys = [key_of(object_.row) for object_ in objects]
        rows = await load(info.context.loaders).load_each(key for key in keys if key is not None)
        return [*map(_nodes(kind, rows, must_exist=must_exist).get, keys)]

    return batched(description, nodes, reads=[key] if isinstance(key, str) else key.reads)


def loader_by_id(kind: IdKind) -> Callable[[Loaders], Loader[Any, Any]]:
    """The loader of rows of a kind by their ids, behind the project's id for what lives in one."""
    return attrgetter(f"{kind.name.lower()}_by_id")


async def each_as(
    type_: Callable[..., ShownT], loader: Loader[KeyT, Any], keys: Sequence[KeyT]
) -> list[list[ShownT] | Exception]:
    """The rows that a loader has for each key, in the keys' order, each shown as an object of this type."""
    loaded = await loader.load_each(keys)
    lists = [loaded[key] for key in keys]
    return [rows if isinstance(rows, Exception) else [type_(row=row) for row in rows] for rows in lists]


class InProject:
    """The key of what is in the same project: the project's id, and the id in this column of the row."""

    def __init__(self, column: str) -> None:
        self.reads = ["project_id", column]
        self._both = attrgetter(*self.reads)

    def __call__(self, row: Any) -> tuple[UUID, UUID] | None:
        key = self._both(row)
        return None if key[1] is None else key


def _nodes(kind: IdKind, rows: Mapping[Hashable, object], *, must_exist: bool) -> dict[Hashable, Any]:
    """One node for each row, wherever it is referred to: what is below it is read once."""
    nodes: dict[Hashable, Any] = {key: node_or_none(kind, row) for key, row in rows.items()}
    if must_exist:
        nodes |= {key: _gone(kind, key) for key, row in rows.items() if row is None}
    return nodes


def node_or_none(kind: IdKind, row: object) -> Any:
    """The node that shows a row; None, or the error, where there is one in its place."""
    return row if row is None or isinstance(row, Exception) else node_of(kind, row)


def _gone(kind: IdKind, key: Hashable) -> NotFoundError:
    # Of what lives in a project, the project's comes first.
    *_, id_ = cast("tuple[object, ...]", key) if isinstance(key, tuple) else (key,)
    return NotFoundError(f"What is referred to here, {kind.words} with the id {id_}, is gone.")
