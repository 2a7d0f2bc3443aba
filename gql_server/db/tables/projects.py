"""The projects, and what is known of their schemas."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import LiteralString, NamedTuple, cast
from uuid import UUID

from gql_server.db import fields
from gql_server.db.arguments import Arguments
from gql_server.db.assignments import assignments
from gql_server.db.database import Transaction
from gql_server.db.each_project import Column, in_each_project
from gql_server.db.pages import Order, OrderKey, Table
from gql_server.db.project_schema import ProjectSchema
from gql_server.db.snapshot import Snapshot
from gql_server.errors import ProjectUnavailableError

CLIENT_ID: LiteralString = "client_id"


class ProjectRow(NamedTuple):
    """`settings` is JSON as text; `status` is `active` or `archived`."""

    id: UUID
    name: str
    client_id: UUID
    status: str
    settings: str | None
    monthly_budget: Decimal | None
    created_at: datetime
    updated_at: datetime


PROJECTS = Table(
    name="projects",
    source="public.projects AS t",
    columns=[
        Column("id", "uuid"),
        Column("name", "text"),
        Column("client_id", "uuid"),
        Column("status", "text"),
        Column("settings", "jsonb"),
        Column("monthly_budget", "numeric"),
        Column("created_at", "timestamptz"),
        Column("updated_at", "timestamptz"),
    ],
    row=ProjectRow._make,
    orders={
        "name": OrderKey("name", "text"),
        "created_at": OrderKey("created_at", "timestamptz"),
        "updated_at": OrderKey("updated_at", "timestamptz"),
    },
    default_order=Order("name"),
    fields={
        "id": fields.identifier("id"),
        "name": fields.text("name"),
        "client": fields.identifier("client_id"),
        "status": fields.text("status"),
        "created_at": fields.time("created_at"),
        "updated_at": fields.time("updated_at"),
    },
)

SELECT_ALL_IDS: LiteralString = "SELECT id FROM public.projects ORDER BY id"

# Of those that were deleted, too: their usage is still to be told apart.
SELECT_NAMES: LiteralString = """
SELECT id, name FROM public.projects WHERE id = ANY ($1::uuid[])
UNION ALL
SELECT id, name FROM public.deleted_projects WHERE id = ANY ($1::uuid[])
"""

SCHEMA_VERSION = in_each_project('SELECT max(version) FROM :"schema".schema_migrations', [Column("version", "int")])

INSERT: LiteralString = """
INSERT INTO public.projects (id, name, client_id, settings)
VALUES ($1, $2, $3, $4::jsonb)
RETURNING id, name, client_id, status, settings, monthly_budget, created_at, updated_at
"""

SELECT_FOR_UPDATE: LiteralString = """
SELECT id, name, client_id, status, settings, monthly_budget, created_at, updated_at
FROM public.projects WHERE id = $1 FOR UPDATE
"""

SELECT_CLIENT_ID: LiteralString = "SELECT client_id FROM public.projects WHERE id = $1"

SELECT_STATUS: LiteralString = "SELECT status FROM public.projects WHERE id = $1"

CHANGES: dict[str, LiteralString] = {
    "name": "name = {}",
    "status": "status = {}",
    "monthly_budget": "monthly_budget = {}",
    "settings": "settings = {}::jsonb",
    "settings_patch": "settings = public.merge_patch(settings, {}::jsonb)",
}
TOUCHED: LiteralString = "updated_at = CURRENT_TIMESTAMP"
SETTINGS_LENGTH: LiteralString = "length(settings::text)"

KEEP_NAME: LiteralString = """
INSERT INTO public.deleted_projects (id, name, client_id) VALUES ($1, $2, $3)
"""
DELETE: LiteralString = "DELETE FROM public.projects WHERE id = $1"
# One who reads has some of the tables and waits for others, so that who drops them all gives way, and tries again: both
# would wait for one another otherwise. It gives up after about as long as others wait for it.
DROP_SCHEMA: LiteralString = """
DO $do$
DECLARE
    usual text := current_setting('lock_timeout');
BEGIN
    FOR attempt IN 1..15 LOOP
        BEGIN
            PERFORM set_config('lock_timeout', '100ms', true);
            DROP SCHEMA IF EXISTS {schemas} CASCADE;
            PERFORM set_config('lock_timeout', usual, true);
            RETURN;
        EXCEPTION WHEN lock_not_available THEN
            PERFORM pg_sleep(0.05);
        END;
    END LOOP;
    RAISE lock_not_available;
END
$do$
"""
DROP_ROLE: LiteralString = "SELECT public.drop_project_role($1)"

UPDATE_HISTORY: LiteralString = """
UPDATE public.projects SET status = $2, monthly_budget = $3, created_at = $4, updated_at = $5 WHERE id = $1
"""


async def select_all_ids(reader: Snapshot | Transaction) -> list[UUID]:
    return [record[0] for record in await reader.fetch(SELECT_ALL_IDS)]


async def select_names(snapshot: Snapshot, project_ids: Sequence[UUID]) -> list[str | None]:
    """The names of projects that there are or were, in the ids' order; None for what never was one."""
    names = dict(map(tuple, await snapshot.fetch(SELECT_NAMES, project_ids)))
    return [names.get(id_) for id_ in project_ids]


async def select_schema_versions(
    snapshot: Snapshot, project_ids: Sequence[UUID]
) -> list[int | ProjectUnavailableError]:
    """The newest migration of each project's schema, in the projects' order."""
    answers = await snapshot.fetch_each_project(SCHEMA_VERSION, project_ids, Arguments())
    return [
        answer if isinstance(answer, ProjectUnavailableError) else cast("int", answer[0][0] or 0)
        for answer in answers.values()
    ]


async def insert(
    transaction: Transaction, project_id: UUID, name: str, client_id: UUID, settings: str | None
) -> ProjectRow:
    """Raises UserErrors when there is no such client."""
    [record] = await transaction.fetch(INSERT, project_id, name, client_id, settings)
    return ProjectRow._make(record)


async def select_for_update(transaction: Transaction, project_id: UUID) -> ProjectRow | None:
    """The project, which nobody else changes until the transaction ends."""
    records = await transaction.fetch(SELECT_FOR_UPDATE, project_id)
    return ProjectRow._make(records[0]) if records else None


async def select_client_id(transaction: Transaction, project_id: UUID) -> UUID | None:
    """Whose project it is; None when there is none."""
    records = await transaction.fetch(SELECT_CLIENT_ID, project_id)
    return records[0][0] if records else None


async def select_status(transaction: Transaction, project_id: UUID) -> str | None:
    """The status of a project that the transaction's role may see; None when there is none."""
    records = await transaction.fetch(SELECT_STATUS, project_id)
    return records[0][0] if records else None


async def update(transaction: Transaction, project_id: UUID, changes: Mapping[str, object]) -> int:
    """Makes the changes, by the names in `CHANGES`; answers with the length of the settings then."""
    assigned, values = assignments(CHANGES, changes, first=2)
    sql: LiteralString = f"UPDATE public.projects SET {assigned}, {TOUCHED} WHERE id = $1 RETURNING {SETTINGS_LENGTH}"
    [record] = await transaction.fetch(sql, project_id, *values)
    return record[0] or 0


async def delete(transaction: Transaction, project: ProjectRow) -> None:
    """Takes a project away with its schema and its role; what it was called is kept for its usage."""
    await transaction.fetch(KEEP_NAME, project.id, project.name, project.client_id)
    await transaction.fetch(DELETE, project.id)
    await transaction.execute_script(DROP_SCHEMA.replace("{schemas}", ProjectSchema(project.id).quoted_names))
    await transaction.fetch(DROP_ROLE, project.id)


async def set_history(
    transaction: Transaction,
    project_id: UUID,
    *,
    status: str,
    monthly_budget: Decimal | None,
    created_at: datetime,
    updated_at: datetime,
) -> None:
    """Gives a project that is brought from elsewhere the status, the budget and the times that it has there."""
    await transaction.fetch(UPDATE_HISTORY, project_id, status, monthly_budget, created_at, updated_at)
