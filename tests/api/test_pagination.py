"""Pages of lists: every row once and in order, forwards and backwards, whatever ties and whatever is written between."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import pytest
from world import GraphQL, World, moment, uuid_of

from gql_server.db.project_schema import ProjectSchema
from gql_server.schema.ids import IdKind, global_id, project_row_id

PAGE = "totalCount edges { cursor node { id } } nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
VARIABLES = "$first: Int, $after: String, $last: Int, $before: String"
PAGING = "first: $first, after: $after, last: $last, before: $before"
CONTENTS_OF_PROJECT = f"""
query ($of: ID!, {VARIABLES}, $where: ContentFilter, $orderBy: [ContentOrder!]) {{
  parent: project(id: $of) {{ list: contents({PAGING}, where: $where, orderBy: $orderBy) {{ {PAGE} }} }}
}}
"""
TERMS_OF_PROJECT = f"""
query ($of: ID!, {VARIABLES}, $where: TermFilter, $orderBy: [TermOrder!]) {{
  parent: project(id: $of) {{ list: vocabulary({PAGING}, where: $where, orderBy: $orderBy) {{ {PAGE} }} }}
}}
"""
CONTENTS = f"""
query ($projects: [ID!], {VARIABLES}, $where: ContentFilter, $orderBy: [ContentOrder!]) {{
  list: contents({PAGING}, projects: $projects, where: $where, orderBy: $orderBy) {{ {PAGE} }}
}}
"""
PROJECTS = f"""
query ({VARIABLES}, $where: ProjectFilter, $orderBy: [ProjectOrder!]) {{
  list: projects({PAGING}, where: $where, orderBy: $orderBy) {{ {PAGE} }}
}}
"""
PROJECTS_OF_CLIENT = f"""
query ($of: ID!, {VARIABLES}, $where: ProjectFilter, $orderBy: [ProjectOrder!]) {{
  parent: client(id: $of) {{ list: projects({PAGING}, where: $where, orderBy: $orderBy) {{ {PAGE} }} }}
}}
"""
CONTENTS_OF_OBJECT_MODEL = f"""
query ($of: ID!, {VARIABLES}) {{ parent: objectModel(id: $of) {{ list: contents({PAGING}) {{ {PAGE} }} }} }}
"""
COMPONENTS_OF_PROMPT = f"""
query ($of: ID!, {VARIABLES}) {{ parent: prompt(id: $of) {{ list: components({PAGING}) {{ {PAGE} }} }} }}
"""

ATLAS, BOATS, CAVES, DUNES = (uuid_of("project", name) for name in ("Atlas", "Boats", "Caves", "Dunes"))
ACME, ARTICLE, RECIPE, WRITE = (
    uuid_of(*path)
    for path in [("client", "Acme"), ("object_model", "Article"), ("object_model", "Recipe"), ("prompt", "Write")]
)
TITLES_AND_HOURS = [
    (None, 1, 5), ("Beta", 1, 4), ("alpha", 2, 4), ("Émile", 0, 4), ("", 1, 3), ("Beta", 2, 3), (None, 0, 3), ("Zoo", 1, 9),
]  # fmt: skip


class Row(NamedTuple):
    """What the lists say of a row, and the values that it is ordered by, named as the API names the orders."""

    id: str
    uuid: UUID
    project_id: UUID
    values: dict[str, Any]


class Page(NamedTuple):
    ids: list[str]
    has_previous: bool
    has_next: bool
    total: int
    cursors: list[str] = []
