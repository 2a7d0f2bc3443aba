"""The metadata of a project: JSON values by key."""

from collections.abc import Sequence
from datetime import datetime
from typing import LiteralString, NamedTuple
from uuid import UUID

from gql_server.db.arguments import Arguments
from gql_server.db.database import Transaction
from gql_server.db.each_project import Column, ProjectStatement, in_each_project
from gql_server.db.snapshot import Snapshot
from gql_server.errors import Limit, LimitExceededError, ProjectUnavailableError

LIMIT = 1000
"""Entries of one project that are answered at once."""


class MetadataRow(NamedTuple):
    """`value` is JSON as text."""

    key: str
    value: str
    description: str | None
    updated_at: datetime


COLUMNS = [
    Column("key", "text"),
    Column("value", "jsonb"),
    Column("description", "text"),
    Column("updated_at", "timestamptz"),
]
SELECTED: LiteralString = ", ".join([column.selected for column in COLUMNS])


# A description that is not given stays as it is; one that is given may be none.
SAVE: LiteralString = """
INSERT INTO :"schema".metadata (key, value, description)
SELECT key, value::jsonb, description
FROM unnest($1::text[], $2::text[], $3::text[]) AS saved (key, value, description)
ON CONFLICT (key) DO UPDATE SET
    value = excluded.value,
    description = CASE WHEN excluded.key = ANY ($4::text[]) THEN excluded.description ELSE metadata.description END,
    updated_at = CURRENT_TIMESTAMP
"""

# In the order that they are saved in, so that who saves them meanwhile waits, and not both.
DELETE: LiteralString = """
DELETE FROM :"schema".metadata WHERE key IN (
    SELECT key FROM :"schema".metadata WHERE key = ANY ($1::text[]) ORDER BY key COLLATE "C" FOR UPDATE
) RETURNING key
"""


class SavedEntry(NamedTuple):
    """An entry as it is to be; `has_description` says whether its description is to be this one, too."""

    key: str
    value: str
    description: str | None
    has_description: bool


def entries(keys: Sequence[str] | None, args: Arguments) -> ProjectStatement:
    """The entries of each project by key: those of `keys`, or all."""
    where: LiteralString = "TRUE" if keys is None else f"key = ANY ({args.add_array(keys, 'text')})"
    limit = args.add(LIMIT + 1, "int")
    return in_each_project(
        f'SELECT {SELECTED} FROM :"schema".metadata WHERE {where} ORDER BY key LIMIT {limit}', COLUMNS
    )


async def select_entries(
    snapshot: Snapshot, project_ids: Sequence[UUID], keys: Sequence[str] | None
) -> list[list[MetadataRow] | ProjectUnavailableError | LimitExceededError]:
    """The entries of each project, in the projects' order."""
    args = Arguments()
    answers = await snapshot.fetch_each_project(entries(keys, args), project_ids, args)
    return [_entries(answer) for answer in answers.values()]


def _entries(
    answer: list[tuple[object, ...]] | ProjectUnavailableError,
) -> list[MetadataRow] | ProjectUnavailableError | LimitExceededError:
    if isinstance(answer, ProjectUnavailableError):
        return answer
    if len(answer) > LIMIT:
        return LimitExceededError(
            Limit.ROWS, f"This project has more than {LIMIT} metadata entries: name the `keys` you need."
        )
    return [MetadataRow._make(values) for values in answer]  # pyright: ignore[reportArgumentType]


async def save(transaction: Transaction, saved: Sequence[SavedEntry]) -> None:
    """Adds the entries that are new and changes the others."""
    # In one order for all, so that two who save the same entries wait for one another, and not both.
    ordered = sorted(saved)
    await transaction.fetch(
        SAVE,
        [entry.key for entry in ordered],
        [entry.value for entry in ordered],
        [entry.description for entry in ordered],
        [entry.key for entry in ordered if entry.has_description],
    )


async def delete(transaction: Transaction, keys: Sequence[str]) -> list[str]:
    """The keys of those that there were."""
    return [record[0] for record in await transaction.fetch(DELETE, keys)]
