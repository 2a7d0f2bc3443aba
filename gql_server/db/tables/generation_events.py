"""What has become of generations, step by step."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, cast
from uuid import UUID

from gql_server.db.arguments import Arguments
from gql_server.db.each_project import Column, in_each_project
from gql_server.db.snapshot import Snapshot
from gql_server.errors import ProjectUnavailableError


class GenerationEventRow(NamedTuple):
    """`text` is a piece of output, or what is wrong, as `kind` has it."""

    sequence: int
    kind: str
    attempt: int
    text: str | None
    created_at: datetime


# A generation and the number of the event after which they are wanted are the project's own arguments.
EVENTS = in_each_project(
    """
    SELECT sequence, kind, attempt, text, created_at FROM :"schema".generation_events
    WHERE generation_id = ($2::jsonb->>0)::uuid AND sequence > ($2::jsonb->>1)::int ORDER BY sequence
    """,
    [
        Column("sequence", "int"),
        Column("kind", "text"),
        Column("attempt", "int"),
        Column("text", "text"),
        Column("created_at", "timestamptz"),
    ],
)


async def select_after(
    snapshot: Snapshot, project_id: UUID, generation_id: UUID, sequence: int
) -> Sequence[GenerationEventRow] | ProjectUnavailableError:
    """A generation's events after the one of this number."""
    own = [[str(generation_id), sequence]]
    answer = (await snapshot.fetch_each_project(EVENTS, [project_id], Arguments(), own))[project_id]
    if isinstance(answer, ProjectUnavailableError):
        return answer
    return [GenerationEventRow._make(cast("tuple[int, str, int, str | None, datetime]", values)) for values in answer]
