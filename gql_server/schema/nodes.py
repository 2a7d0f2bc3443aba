"""Finds the node that an id is the id of."""

import asyncio
from collections.abc import Sequence
from typing import Any

from gql_server.loaders import Loaders
from gql_server.schema.ids import GlobalId
from gql_server.schema.node import Info, node_of
from gql_server.schema.related import loader_by_id


async def load_node(info: Info, wanted: GlobalId) -> Any:
    """The node, or None when nothing has this id."""
    row = await _load_row(info.context.loaders, wanted)
    return None if row is None else node_of(wanted.kind, row)


async def load_nodes(info: Info, wanted: Sequence[GlobalId]) -> list[Any]:
    """The nodes in the ids' order; None for what does not exist, an error for what cannot be read."""
    return await asyncio.gather(*(load_node(info, id_) for id_ in wanted), return_exceptions=True)


async def _load_row(loaders: Loaders, wanted: GlobalId) -> object | None:
    if wanted.project_id is not None:
        return await _load_project_row(loaders, wanted)
    return await loader_by_id(wanted.kind)(loaders).load(wanted.id)


async def _load_project_row(loaders: Loaders, wanted: GlobalId) -> object | None:
    project_id = wanted.project_id
    # The schema of a project that does not exist cannot be read, which would be an error.
    if project_id is None or await loaders.project_by_id.load(project_id) is None:
        return None
    return await loader_by_id(wanted.kind)(loaders).load((project_id, wanted.id))
