"""Loads rows of usage, and sums over them."""

from typing import NamedTuple
from uuid import UUID

from gql_server.db.conditions import Condition
from gql_server.db.snapshot import Snapshot
from gql_server.db.tables.llm_usage import (
    LLM_USAGE,
    PROJECT_ID,
    Dimension,
    LlmUsageRow,
    UsageGroupRow,
    UsageParent,
    select_by_generations,
    select_usage_groups,
)
from gql_server.errors import ApiError
from gql_server.loaders.lists import by_group
from gql_server.loaders.rows import Loader, RowByIdLoader
from gql_server.loaders.shared_lists import SharedListByParentLoader, SharedListLoader


class LlmUsageByIdLoader(RowByIdLoader[LlmUsageRow]):
    table = LLM_USAGE


class LlmUsageLoader(SharedListLoader[LlmUsageRow]):
    table = LLM_USAGE


class LlmUsageByProjectLoader(SharedListByParentLoader[LlmUsageRow]):
    table = LLM_USAGE
    parent = PROJECT_ID


class LlmUsageByGenerationLoader(Loader[tuple[UUID, UUID], list[LlmUsageRow]]):
    """Loads the calls that were made for generations, by their projects' ids and their own, the oldest first."""

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__()
        self.snapshot = snapshot

    async def batch_load_fn(self, keys: list[tuple[UUID, UUID]]) -> list[list[LlmUsageRow]]:
        return await select_by_generations(self.snapshot, keys)


class UsageQuery(NamedTuple):
    """How usage is summed; every client's or project's sums are asked for in one kind of statement.

    Of the sums, those in `columns` are computed, or all.
    """

    parent: UsageParent
    dimensions: tuple[Dimension, ...]
    where: Condition | None
    columns: frozenset[str] | None


class UsageGroupsLoader(Loader[tuple["UUID | None", UsageQuery], list[UsageGroupRow]]):
    """Loads sums of usage by the id of the client or project whose usage it is, or None, and the query."""

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__()
        self.snapshot = snapshot

    async def batch_load_fn(self, keys: list[tuple[UUID | None, UsageQuery]]) -> list[list[UsageGroupRow] | ApiError]:
        return await by_group(
            keys,
            lambda parent_ids, query: select_usage_groups(
                self.snapshot,
                query.parent,
                [id_ for id_ in parent_ids if id_],
                query.dimensions,
                query.where,
                query.columns,
            ),
        )
