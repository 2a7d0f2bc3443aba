"""Nodes that other nodes refer to, loaded by id."""

from typing import TYPE_CHECKING
from uuid import UUID

from gql_server.errors import NotFoundError
from gql_server.schema.ids import IdKind
from gql_server.schema.node import Info, node_of

if TYPE_CHECKING:
    from gql_server.schema.clients import Client
    from gql_server.schema.projects import Project
    from gql_server.schema.prompts import Prompt


async def load_client(info: Info, id_: UUID) -> "Client":
    return node_of(IdKind.CLIENT, await info.context.loaders.client_by_id.load(id_))


async def load_client_if_any(info: Info, id_: UUID | None) -> "Client | None":
    return None if id_ is None else await load_client(info, id_)


async def load_project(info: Info, id_: UUID) -> "Project":
    return node_of(IdKind.PROJECT, await info.context.loaders.project_by_id.load(id_))


async def load_project_if_any(info: Info, id_: UUID | None) -> "Project | None":
    return None if id_ is None else await load_project(info, id_)


async def load_prompt_if_any(info: Info, id_: UUID | None) -> "Prompt | None":
    return None if id_ is None else node_of(IdKind.PROMPT, await info.context.loaders.prompt_by_id.load(id_))


async def load_base_prompt(info: Info, id_: UUID | None) -> "Prompt | None":
    """The prompt of a component. Raises NotFoundError when it is gone, which no foreign key prevents."""
    if id_ is None:
        return None
    row = await info.context.loaders.prompt_by_id.load(id_)
    if row is None:
        raise NotFoundError(f"The prompt {id_} that this component adapts is gone.")
    return node_of(IdKind.PROMPT, row)
