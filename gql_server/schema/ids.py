"""Global ids: opaque to callers, each made of a kind, the project for what lives in one, and a UUID."""

import re
from collections.abc import Callable
from enum import Enum
from typing import Any, NamedTuple
from uuid import UUID

from strawberry import ID

from gql_server.errors import BadRequestError
from gql_server.schema import opaque


class IdKind(Enum):
    """What an id is the id of; the values begin the ids, so that people can tell one from another."""

    CLIENT = "cli"
    PROJECT = "prj"
    OBJECT_MODEL = "mdl"
    PROMPT = "prm"
    LLM_USAGE = "usg"
    CONTENT = "cnt"
    TERM = "trm"
    PROMPT_COMPONENT = "cmp"
    GENERATION = "gen"

    @property
    def in_project(self) -> bool:
        return self in IN_PROJECT

    @property
    def words(self) -> str:
        match self:
            case IdKind.LLM_USAGE:
                return "an LLM usage row"
            case IdKind.OBJECT_MODEL:
                return "an object model"
            case _:
                return f"a {self.name.lower().replace('_', ' ')}"


IN_PROJECT = frozenset({IdKind.CONTENT, IdKind.TERM, IdKind.PROMPT_COMPONENT, IdKind.GENERATION})

PLAIN_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
"""The one spelling of a UUID, of the many that Python takes."""


class GlobalId(NamedTuple):
    """`project_id` is the project of what lives in one, and None for what all share."""

    kind: IdKind
    project_id: UUID | None
    id: UUID


def id_maker(kind: IdKind) -> Callable[[Any], ID]:
    """Makes the ids of rows of a kind."""
    prefix = f"{kind.value}_"

    def id_in_project(row: Any) -> ID:
        return ID(prefix + opaque.encode(row.project_id.bytes + row.id.bytes))

    def id_of_shared(row: Any) -> ID:
        return ID(prefix + opaque.encode(row.id.bytes))

    return id_in_project if kind.in_project else id_of_shared


def global_id(kind: IdKind, id_: UUID) -> ID:
    """The id of something that all projects share."""
    return ID(f"{kind.value}_{opaque.encode(id_.bytes)}")


def project_row_id(kind: IdKind, project_id: UUID, id_: UUID) -> ID:
    """The id of something that lives in a project's schema."""
    return ID(f"{kind.value}_{opaque.encode(project_id.bytes + id_.bytes)}")


def parse_id(text: str) -> GlobalId:
    """Raises BadRequestError for what is no id at all."""
    prefix, _, encoded = text.partition("_")
    try:
        kind = IdKind(prefix)
        payload = opaque.decode(encoded)
    except ValueError:
        raise _malformed(text) from None
    if len(payload) != (32 if kind.in_project else 16):
        raise _malformed(text)
    return GlobalId(kind, UUID(bytes=payload[:16]) if kind.in_project else None, UUID(bytes=payload[-16:]))


def expect_id(text: str, kind: IdKind) -> GlobalId:
    """Raises BadRequestError for an id of another kind, too."""
    parsed = parse_id(text)
    if parsed.kind is not kind:
        raise BadRequestError(f"{text!r} is the id of {parsed.kind.words}, where the id of {kind.words} is needed.")
    return parsed


def expect_project_id(text: str) -> UUID:
    """The UUID behind a project's global id, or the one that `text` is already."""
    return UUID(text) if PLAIN_UUID.fullmatch(text) else expect_id(text, IdKind.PROJECT).id


def _malformed(text: str) -> BadRequestError:
    shown = text if len(text) <= 100 else f"{text[:100]}…"
    hint = " A bare UUID stands for a project alone." if PLAIN_UUID.fullmatch(text) else ""
    return BadRequestError(f"{shown!r} is not an id of this API.{hint}")
