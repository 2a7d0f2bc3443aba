"""The contents of a project."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import LiteralString, NamedTuple
from uuid import UUID

from gql_server.db import fields
from gql_server.db.arguments import Arguments
from gql_server.db.assignments import assignments
from gql_server.db.database import Transaction
from gql_server.db.each_project import Column, ProjectStatement, in_each_project
from gql_server.db.pages import Order, OrderKey, Table

INSERT: LiteralString = """
INSERT INTO :"schema".contents (title, body, object_model_id, metadata) VALUES ($1, $2, $3, $4::jsonb) RETURNING id
"""

SELECT_VERSION: LiteralString = """
SELECT version, length(metadata::text) FROM :"schema".contents WHERE id = $1
"""

CHANGES: dict[str, LiteralString] = {
    "title": "title = {}",
    "body": "body = {}",
    "object_model_id": "object_model_id = {}",
    "metadata": "metadata = {}::jsonb",
    "metadata_patch": "metadata = public.merge_patch(metadata, {}::jsonb)",
}

# In one order for all, so that two who delete the same rows wait for one another, and not both.
DELETE: LiteralString = """
DELETE FROM :"schema".contents WHERE id IN (
    SELECT id FROM :"schema".contents WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE
) RETURNING id
"""

OBJECT_MODEL_ID: LiteralString = "object_model_id"
GENERATION_ID: LiteralString = "generation_id"


class ContentRow(NamedTuple):
    """`metadata` is JSON as text."""

    project_id: UUID
    id: UUID
    title: str | None
    body: str
    object_model_id: UUID
    metadata: str | None
    version: int
    generation_id: UUID | None
    created_at: datetime
    updated_at: datetime


CONTENTS = Table(
    name="contents",
    source=':"schema".contents AS t',
    columns=[
        Column("project_id", "uuid", expression="$3"),
        Column("id", "uuid"),
        Column("title", "text"),
        Column("body", "text"),
        Column("object_model_id", "uuid"),
        Column("metadata", "jsonb"),
        Column("version", "int", default="1"),
        Column("generation_id", "uuid", default="NULL"),
        Column("created_at", "timestamptz"),
        Column("updated_at", "timestamptz"),
    ],
    row=ContentRow._make,
    orders={
        "created_at": OrderKey("created_at", "timestamptz"),
        "updated_at": OrderKey("updated_at", "timestamptz"),
        "title": OrderKey("title", "text", nullable=True),
    },
    default_order=Order("created_at", descending=True),
    fields={
        "id": fields.identifier_in_project("id"),
        "title": fields.text("title"),
        "body": fields.text("body"),
        "object_model": fields.identifier("object_model_id"),
        "metadata": fields.json("metadata"),
        "created_at": fields.time("created_at"),
        "updated_at": fields.time("updated_at"),
        "search": fields.words("to_tsvector('simple', left(coalesce(title, '') || ' ' || body, 250000))"),
    },
)


class ChangedContent(NamedTuple):
    """What has become of a content: its version, and the length of its metadata as text."""

    version: int
    metadata_length: int | None


async def insert(
    transaction: Transaction, title: str | None, body: str, object_model_id: UUID, metadata: str | None
) -> UUID:
    [record] = await transaction.fetch(INSERT, title, body, object_model_id, metadata)
    return record[0]


async def select_version(transaction: Transaction, content_id: UUID) -> ChangedContent | None:
    """The content as it is; None when there is none."""
    records = await transaction.fetch(SELECT_VERSION, content_id)
    return ChangedContent._make(records[0]) if records else None


async def update(
    transaction: Transaction, content_id: UUID, changes: Mapping[str, object], expected_version: int | None
) -> ChangedContent | None:
    """Makes the changes, by the names in `CHANGES`; None when there is no such content of the version expected."""
    assigned, values = assignments(CHANGES, changes, first=3)
    records = await transaction.fetch(
        f"""
        UPDATE :"schema".contents SET {assigned}, version = version + 1, updated_at = CURRENT_TIMESTAMP
        WHERE id = $1 AND ($2::int IS NULL OR version = $2) RETURNING version, length(metadata::text)
        """,
        content_id,
        expected_version,
        *values,
    )
    return ChangedContent._make(records[0]) if records else None


async def delete(transaction: Transaction, content_ids: Sequence[UUID]) -> list[UUID]:
    """The ids of those that there were."""
    return [record[0] for record in await transaction.fetch(DELETE, content_ids)]


def made_after(object_model_id: UUID, args: Arguments) -> ProjectStatement:
    """A row for each project that has a content made after an object model, or one that waits to be."""
    id_ = args.add(str(object_model_id), "uuid")
    return in_each_project(
        f"""
        SELECT TRUE FROM :"schema".contents WHERE object_model_id = {id_}
        UNION ALL
        SELECT TRUE FROM :"schema".generations WHERE object_model_id = {id_} AND status IN ('queued', 'running')
        LIMIT 1
        """,
        [Column("found", "boolean")],
    )


async def any_made_after(transaction: Transaction, object_model_id: UUID, project_ids: Sequence[UUID]) -> bool:
    """Raises ProjectUnavailableError when a project cannot be asked: it may have one."""
    args = Arguments()
    return bool(await transaction.fetch_each_project(made_after(object_model_id, args), project_ids, args))
