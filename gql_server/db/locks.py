"""Locks on what has no row that everybody who needs it may lock: projects and object models, by id."""

from typing import LiteralString, cast
from uuid import UUID

LOCK: LiteralString = "SELECT pg_advisory_xact_lock($1)"
LOCK_SHARED: LiteralString = "SELECT pg_advisory_xact_lock_shared($1)"


def lock_key(id_: UUID) -> LiteralString:
    """The number that an advisory lock on a thing has: the half of its id that is random in every version."""
    return cast("LiteralString", str(int.from_bytes(id_.bytes[8:], signed=True)))


def lock_project_shared(project_id: UUID) -> LiteralString:
    """The statement that shares the lock on a project, if whoever runs it sees the project: others wait for nobody."""
    id_ = cast("LiteralString", str(project_id))
    return f"SELECT pg_advisory_xact_lock_shared({lock_key(project_id)}) FROM public.projects WHERE id = '{id_}'"
