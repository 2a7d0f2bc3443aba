"""Loads contents."""

from gql_server.db.tables.contents import CONTENTS, GENERATION_ID, OBJECT_MODEL_ID, ContentRow
from gql_server.loaders.project_lists import ListByProjectLoader, MergedListByParentLoader, MergedListLoader
from gql_server.loaders.rows import ProjectRowByIdLoader


class ContentByIdLoader(ProjectRowByIdLoader[ContentRow]):
    table = CONTENTS


class ContentByGenerationLoader(ProjectRowByIdLoader[ContentRow]):
    table = CONTENTS
    column = GENERATION_ID


class ContentsLoader(MergedListLoader[ContentRow]):
    table = CONTENTS


class ContentsByProjectLoader(ListByProjectLoader[ContentRow]):
    table = CONTENTS


class ContentsByObjectModelLoader(MergedListByParentLoader[ContentRow]):
    table = CONTENTS
    parent = OBJECT_MODEL_ID
