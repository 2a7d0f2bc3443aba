"""Loads prompts."""

from gql_server.db.tables.prompts import OBJECT_MODEL_ID, PROMPTS, PromptRow
from gql_server.loaders.rows import RowByIdLoader
from gql_server.loaders.shared_lists import SharedListByParentLoader, SharedListLoader


class PromptByIdLoader(RowByIdLoader[PromptRow]):
    table = PROMPTS


class PromptsLoader(SharedListLoader[PromptRow]):
    table = PROMPTS


class PromptsByObjectModelLoader(SharedListByParentLoader[PromptRow]):
    table = PROMPTS
    parent = OBJECT_MODEL_ID
