"""Loads the metadata of projects."""

from typing import TypeAlias
from uuid import UUID

from gql_server.db.snapshot import Snapshot
from gql_server.db.tables.metadata import MetadataRow, select_entries
from gql_server.errors import ApiError
from gql_server.loaders.lists import by_group
from gql_server.loaders.rows import Loader

Keys: TypeAlias = "tuple[str, ...] | None"
"""The keys of the entries that are asked for, or all."""


class MetadataByProjectLoader(Loader[tuple[UUID, Keys], list[MetadataRow]]):
    """Loads entries by a project's id and the keys of those that are asked for."""

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__()
        self.snapshot = snapshot

    async def batch_load_fn(self, keys: list[tuple[UUID, Keys]]) -> list[list[MetadataRow] | ApiError]:
        return await by_group(keys, lambda project_ids, names: select_entries(self.snapshot, project_ids, names))
