"""Nodes that other nodes refer to, loaded by id; one that is gone is a NotFoundError."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from gql_server.errors import NotFoundError
from gql_server.schema.ids import IdKind
from gql_server.schema.node import Info, node_of

if TYPE_CHECKING:
    from gql_server.schema.clients import Client
    from gql_server.schema.generations import Generation
    from gql_server.schema.projects import Project
    from gql_server.schema.prompts import Prompt


async def load_client(info: Info, id_: UUID) -> "Client":
    return _node(IdKind.CLIENT, id_, await info.context.loaders.client_by_id.load(id_))


async def load_client_if_any(info: Info, id_: UUID | None) -> "Client | None":
    return None if id_ is None else await load_client(info, id_)


async def load_project(info: Info, id_: UUID) -> "Project":
    return _node(IdKind.PROJECT, id_, await info.context.loaders.project_by_id.load(id_))


async def load_project_if_there(info: Info, id_: UUID | None) -> "Project | None":
    """The project; None, and no error, when it was deleted."""
    row = None if id_ is None else await info.context.loaders.project_by_id.load(id_)
    return None if row is None else node_of(IdKind.PROJECT, row)


async def load_project_name(info: Info, id_: UUID | None) -> str | None:
    return None if id_ is None else await info.context.loaders.project_name_by_id.load(id_)


async def load_prompt_if_any(info: Info, id_: UUID | None) -> "Prompt | None":
    return None if id_ is None else _node(IdKind.PROMPT, id_, await info.context.loaders.prompt_by_id.load(id_))


async def load_generation_if_any(info: Info, project_id: UUID, id_: UUID | None) -> "Generation | None":
    """The generation of a project; None, and no error, when it is gone."""
    row = None if id_ is None else await info.context.loaders.generation_by_id.load((project_id, id_))
    return None if row is None else node_of(IdKind.GENERATION, row)


def _node(kind: IdKind, id_: UUID, row: object) -> Any:
    """Raises NotFoundError for a row that is gone, where no foreign key prevents it."""
    if row is None:
        raise NotFoundError(f"What is referred to here, {kind.words} with the id {id_}, is gone.")
    return node_of(kind, row)
