"""Loads prompt components."""

from gql_server.db.tables.prompt_components import BASE_PROMPT_ID, PROMPT_COMPONENTS, PromptComponentRow
from gql_server.loaders.project_lists import ListByProjectLoader, MergedListByParentLoader
from gql_server.loaders.rows import ProjectRowByIdLoader


class PromptComponentByIdLoader(ProjectRowByIdLoader[PromptComponentRow]):
    table = PROMPT_COMPONENTS


class PromptComponentsByProjectLoader(ListByProjectLoader[PromptComponentRow]):
    table = PROMPT_COMPONENTS


class PromptComponentsByPromptLoader(MergedListByParentLoader[PromptComponentRow]):
    table = PROMPT_COMPONENTS
    parent = BASE_PROMPT_ID
