"""Loads object models."""

from gql_server.db.tables.object_models import OBJECT_MODELS, ObjectModelRow
from gql_server.loaders.rows import RowByIdLoader
from gql_server.loaders.shared_lists import SharedListLoader


class ObjectModelByIdLoader(RowByIdLoader[ObjectModelRow]):
    table = OBJECT_MODELS


class ObjectModelsLoader(SharedListLoader[ObjectModelRow]):
    table = OBJECT_MODELS
