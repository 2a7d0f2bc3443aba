"""Global ids and cursors, opaque in the way of gql_server's."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import orjson


class Parsed(NamedTuple):
    """`project_id` is None for what all projects share."""

    kind: str
    project_id: UUID | None
    id: UUID


def shared_id(kind: str, id_: UUID) -> str:
    return f"{kind}_{_encoded(id_.bytes)}"


def project_row_id(kind: str, project_id: UUID, id_: UUID) -> str:
    return f"{kind}_{_encoded(project_id.bytes + id_.bytes)}"


def parse_id(text: str) -> Parsed:
    payload = urlsafe_b64decode(text[4:] + "==")
    project_id = UUID(bytes=payload[:16]) if len(payload) == 32 else None
    return Parsed(text[:3], project_id, UUID(bytes=payload[-16:]))


def content_cursor(created_at: datetime, id_: UUID) -> str:
    return _encoded(orjson.dumps(["contents", "created_at-", created_at, str(id_)]))


def project_cursor(name: str, id_: UUID) -> str:
    return _encoded(orjson.dumps(["projects", "name+", name, str(id_)]))


def _encoded(payload: bytes) -> str:
    return urlsafe_b64encode(payload).rstrip(b"=").decode()
