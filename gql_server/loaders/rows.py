"""What all loaders share, and those of single rows."""

from asyncio import Future, shield
from collections.abc import Iterable
from typing import Any, ClassVar, Generic, LiteralString, TypeVar
from uuid import UUID

from aiodataloader import DataLoader

from gql_server.db import project_pages, shared_pages
from gql_server.db.pages import Table
from gql_server.db.snapshot import Snapshot
from gql_server.errors import ProjectUnavailableError

KeyT = TypeVar("KeyT")
ValueT = TypeVar("ValueT")
RowT = TypeVar("RowT")


class Loader(DataLoader[KeyT, ValueT]):
    """Loads values by key in batches, each once.

    A field that fails has those beside it cancelled. Whoever else waits for the same value must still get it, and
    an error that nobody waits for any more is nobody's concern.
    """

    def load(self, key: KeyT) -> Future[ValueT]:
        return shield(self._load(key))

    async def load_each(self, keys: Iterable[KeyT]) -> dict[KeyT, ValueT | Exception]:
        """The value of each key, or why it could not be loaded."""
        futures = {key: self._load(key) for key in dict.fromkeys(keys)}
        while pending := next((future for future in futures.values() if not future.done()), None):
            # Those of one batch are done together.
            await _done(pending)
        return {key: future.exception() or future.result() for key, future in futures.items()}  # pyright: ignore[reportReturnType]

    def _load(self, key: KeyT) -> Future[ValueT]:
        future = super().load(key)
        future.add_done_callback(_seen)
        return future


async def _done(future: Future[Any]) -> None:
    """Waits for a future without cancelling it when the waiting is cancelled, whatever it comes to."""
    done: Future[None] = future.get_loop().create_future()
    future.add_done_callback(lambda _: None if done.done() else done.set_result(None))
    await done


def _seen(future: Future[Any]) -> None:
    if not future.cancelled():
        future.exception()


class RowByIdLoader(Loader[UUID, "RowT | None"], Generic[RowT]):
    """Loads rows of the shared `table` by id."""

    table: Table[Any]

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__()
        self.snapshot = snapshot

    async def batch_load_fn(self, keys: list[UUID]) -> list[RowT | None]:
        return await shared_pages.select_by_ids(self.snapshot, self.table, keys)


class ProjectRowByIdLoader(Loader[tuple[UUID, UUID], "RowT | None"], Generic[RowT]):
    """Loads rows of a `table` that every project has, by the project's id and the row's, or what is in `column`."""

    table: Table[Any]
    column: ClassVar[LiteralString] = project_pages.ID

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__()
        self.snapshot = snapshot

    async def batch_load_fn(self, keys: list[tuple[UUID, UUID]]) -> list[RowT | ProjectUnavailableError | None]:
        return await project_pages.select_by_ids(self.snapshot, self.table, keys, self.column)
