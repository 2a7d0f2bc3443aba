"""Loads the terms of projects' vocabularies."""

from uuid import UUID

from gql_server.db.snapshot import Snapshot
from gql_server.db.tables.vocabulary import VOCABULARY, FittingTerm, TermRow, select_fitting
from gql_server.errors import ProjectUnavailableError
from gql_server.loaders.project_lists import ListByProjectLoader
from gql_server.loaders.rows import Loader, ProjectRowByIdLoader


class TermByIdLoader(ProjectRowByIdLoader[TermRow]):
    table = VOCABULARY


class VocabularyByProjectLoader(ListByProjectLoader[TermRow]):
    table = VOCABULARY


class FittingTermsLoader(Loader[tuple[UUID, str], list[FittingTerm]]):
    """Loads the terms of a project by its id and a text, those that occur in the text first."""

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__()
        self.snapshot = snapshot

    async def batch_load_fn(self, keys: list[tuple[UUID, str]]) -> list[list[FittingTerm] | ProjectUnavailableError]:
        return await select_fitting(self.snapshot, keys)
