"""Loads prompts."""

from uuid import UUID

from gql_server.db.snapshot import Snapshot
from gql_server.db.tables.prompts import OBJECT_MODEL_ID, PROMPTS, PromptRow, PromptVersionRow, select_versions
from gql_server.loaders.rows import Loader, RowByIdLoader
from gql_server.loaders.shared_lists import SharedListByParentLoader, SharedListLoader


class PromptByIdLoader(RowByIdLoader[PromptRow]):
    table = PROMPTS


class PromptsLoader(SharedListLoader[PromptRow]):
    table = PROMPTS


class PromptsByObjectModelLoader(SharedListByParentLoader[PromptRow]):
    table = PROMPTS
    parent = OBJECT_MODEL_ID


class PromptVersionsByPromptLoader(Loader[UUID, list[PromptVersionRow]]):
    """Loads what prompts said before by the prompts' ids, the newest first."""

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__()
        self.snapshot = snapshot

    async def batch_load_fn(self, keys: list[UUID]) -> list[list[PromptVersionRow]]:
        return await select_versions(self.snapshot, keys)
