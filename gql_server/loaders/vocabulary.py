"""Loads the terms of projects' vocabularies."""

from gql_server.db.tables.vocabulary import VOCABULARY, TermRow
from gql_server.loaders.project_lists import ListByProjectLoader
from gql_server.loaders.rows import ProjectRowByIdLoader


class TermByIdLoader(ProjectRowByIdLoader[TermRow]):
    table = VOCABULARY


class VocabularyByProjectLoader(ListByProjectLoader[TermRow]):
    table = VOCABULARY
