"""Finds the node that an id is the id of."""

import asyncio
from collections.abc import Sequence
from typing import Any, assert_never

from gql_server.loaders import Loaders
from gql_server.schema.ids import GlobalId, IdKind
from gql_server.schema.node import Info, node_of


async def load_node(info: Info, wanted: GlobalId) -> Any:
    """The node, or None when nothing has this id."""
    row = await _load_row(info.context.loaders, wanted)
    return None if row is None else node_of(wanted.kind, row)


async def load_nodes(info: Info, wanted: Sequence[GlobalId]) -> list[Any]:
    """The nodes in the ids' order; None for what does not exist, an error for what cannot be read."""
    return await asyncio.gather(*(load_node(info, id_) for id_ in wanted), return_exceptions=True)


async def _load_row(loaders: Loaders, wanted: GlobalId) -> object | None:
    match wanted.kind:
        case IdKind.CLIENT:
            return await loaders.client_by_id.load(wanted.id)
        case IdKind.PROJECT:
            return await loaders.project_by_id.load(wanted.id)
        case IdKind.OBJECT_MODEL:
            return await loaders.object_model_by_id.load(wanted.id)
        case IdKind.PROMPT:
            return await loaders.prompt_by_id.load(wanted.id)
        case IdKind.LLM_USAGE:
            return await loaders.llm_usage_by_id.load(wanted.id)
        case IdKind.CONTENT | IdKind.TERM | IdKind.PROMPT_COMPONENT | IdKind.GENERATION:
            return await _load_project_row(loaders, wanted)
        case _:
            assert_never(wanted.kind)


async def _load_project_row(loaders: Loaders, wanted: GlobalId) -> object | None:
    project_id = wanted.project_id
    # The schema of a project that does not exist cannot be read, which would be an error.
    if project_id is None or await loaders.project_by_id.load(project_id) is None:
        return None
    loader = {
        IdKind.CONTENT: loaders.content_by_id,
        IdKind.TERM: loaders.term_by_id,
        IdKind.PROMPT_COMPONENT: loaders.prompt_component_by_id,
        IdKind.GENERATION: loaders.generation_by_id,
    }[wanted.kind]
    return await loader.load((project_id, wanted.id))
