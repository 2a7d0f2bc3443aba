"""What has been applied to a schema: its `schema_migrations` table, and applying one migration more."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import LiteralString

from gql_server.db.database import Connection
from gql_server.db.migrations import Applied, Kind, Migration, migrations
from gql_server.db.project_schema import ProjectSchema

CREATE_LEDGER: LiteralString = """
CREATE TABLE IF NOT EXISTS {schema}.schema_migrations (
    version integer PRIMARY KEY,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP
);
"""

SELECT_LEDGER_EXISTS: LiteralString = """
SELECT count(*) FILTER (WHERE c.relname = 'schema_migrations') > 0
FROM pg_catalog.pg_namespace AS n
LEFT JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = 'schema_migrations'
WHERE n.nspname = $1
GROUP BY n.nspname
"""

LIMITS: LiteralString = "SET LOCAL lock_timeout = '10s'; SET LOCAL statement_timeout = '15min';"
"""A migration that waits for a lock makes every reader behind it wait too, so that it gives up soon."""


@dataclass(frozen=True, slots=True)
class Target:
    """A schema that migrations apply to."""

    kind: Kind
    name: str
    quoted: LiteralString
    project: ProjectSchema | None = None

    def in_sql(self, sql: LiteralString) -> LiteralString:
        return sql if self.project is None else self.project.in_sql(sql)


SHARED = Target("public", "public", "public")


def target_of(project: ProjectSchema) -> Target:
    return Target("project", project.name, project.quoted, project)


async def select_applied(connection: Connection, target: Target) -> list[Applied] | None:
    """The schema's ledger, oldest first; empty when it has none, None when there is no such schema."""
    exists = await connection.fetchval(SELECT_LEDGER_EXISTS, target.name)
    if exists is None:
        return None
    if not exists:
        return []
    sql: LiteralString = f"SELECT version, name, checksum FROM {target.quoted}.schema_migrations ORDER BY version"
    return [Applied._make(record) for record in await connection.fetch(sql)]


def creation(project: ProjectSchema) -> LiteralString:
    """The statements that make a project's schema as it is newest; they belong into one transaction."""
    return f"CREATE SCHEMA {project.quoted};\n{script(target_of(project), migrations('project'))}"


def renaming(project: ProjectSchema) -> LiteralString:
    """The statement that gives a schema which has its hyphenated name the one that it should have."""
    return f'ALTER SCHEMA "{_trusted(project.hyphenated)}" RENAME TO {project.quoted};\n'


def script(target: Target, steps: Sequence[Migration]) -> LiteralString:
    """The statements that apply migrations and record them; they belong into one transaction."""
    records: list[LiteralString] = [_record(target, migration) for migration in steps]
    ledger = CREATE_LEDGER.replace("{schema}", target.quoted)
    changes: list[LiteralString] = [target.in_sql(migration.sql) for migration in steps]
    return "\n".join([ledger, *changes, *records])


def _record(target: Target, migration: Migration) -> LiteralString:
    values = f"{migration.version}, '{migration.name}', '{migration.checksum}'"
    # File names hold lower case, digits and underscores alone, and a checksum is hexadecimal.
    return f"INSERT INTO {target.quoted}.schema_migrations (version, name, checksum) VALUES ({_trusted(values)});"


def _trusted(text: str) -> LiteralString:
    return text  # pyright: ignore[reportReturnType]
