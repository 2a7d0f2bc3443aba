"""Loads prompts."""

from uuid import UUID

from gql_server.db.snapshot import Snapshot
from gql_server.db.tables.prompts import OBJECT_MODEL_ID, PROMPTS, PromptRow, PromptVersionRow, select_versions
from gql_server.errors import ApiError
from gql_server.loaders.lists import by_group
from gql_server.loaders.rows import Loader, RowByIdLoader
from gql_server.loaders.shared_lists import SharedListByParentLoader, SharedListLoader


class PromptByIdLoader(RowByIdLoader[PromptRow]):
    table = PROMPTS


class PromptsLoader(SharedListLoader[PromptRow]):
    table = PROMPTS


class PromptsByObjectModelLoader(SharedListByParentLoader[PromptRow]):
    table = PROMPTS
    parent = OBJECT_MODEL_ID


class PromptVersionsByPromptLoader(Loader[tuple[UUID, "int | None"], list[PromptVersionRow]]):
    """Loads what prompts said before, or before a version, by the prompts' ids, the newest first."""

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__()
        self.snapshot = snapshot

    async def batch_load_fn(self, keys: list[tuple[UUID, int | None]]) -> list[list[PromptVersionRow] | ApiError]:
        return await by_group(keys, lambda prompt_ids, before: select_versions(self.snapshot, prompt_ids, before))
