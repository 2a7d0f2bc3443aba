"""What PostgreSQL's catalogs say of a schema."""

from typing import NamedTuple

import asyncpg

COLUMNS = """
SELECT c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
    || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
    || coalesce(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), '')
FROM pg_class AS c
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relnamespace = $1::text::regnamespace AND c.relkind IN ('r', 'v')
ORDER BY c.relname, a.attnum
"""

INDEXES = """
SELECT replace(pg_get_indexdef(c.oid), c.relnamespace::regnamespace || '.', '')
FROM pg_class AS c
WHERE c.relnamespace = $1::text::regnamespace AND c.relkind = 'i'
ORDER BY c.relname
"""

CONSTRAINTS = """
SELECT r.relname || ' ' || c.conname || ' '
    || replace(pg_get_constraintdef(c.oid), r.relnamespace::regnamespace || '.', '')
FROM pg_constraint AS c
JOIN pg_class AS r ON r.oid = c.conrelid
WHERE c.connamespace = $1::text::regnamespace
ORDER BY r.relname, c.conname
"""

FUNCTIONS = """
SELECT replace(pg_get_functiondef(p.oid), p.pronamespace::regnamespace || '.', '')
FROM pg_proc AS p
WHERE p.pronamespace = $1::text::regnamespace
    AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = p.oid AND d.deptype = 'e')
ORDER BY p.proname
"""

STORAGE = """
SELECT c.relname, pg_relation_filenode(c.oid) AS file
FROM pg_class AS c
WHERE c.relnamespace = $1::text::regnamespace AND c.relkind = 'r'
"""


class Catalog(NamedTuple):
    """Each column, index, constraint and function as its definition, without the schema's name."""

    columns: list[str]
    indexes: list[str]
    constraints: list[str]
    functions: list[str]


async def read_catalog(connection: asyncpg.Connection, schema: str) -> Catalog:
    """What there is in a schema, named as SQL names it: quoted where it must be."""
    queries = (COLUMNS, INDEXES, CONSTRAINTS, FUNCTIONS)
    return Catalog(*[[record[0] for record in await connection.fetch(query, schema)] for query in queries])


async def read_storage(connection: asyncpg.Connection, schema: str) -> dict[str, int]:
    """The file that each table of a schema lies in; a table that is written anew gets another."""
    return {record["relname"]: record["file"] for record in await connection.fetch(STORAGE, schema)}


async def read_ledger(connection: asyncpg.Connection, schema: str) -> list[str]:
    """The files that were applied to a schema, in the order of their versions."""
    records = await connection.fetch(f"SELECT version, name FROM {schema}.schema_migrations ORDER BY version")
    assert [record["version"] for record in records] == list(range(1, len(records) + 1))
    return [record["name"] for record in records]


async def read_schemas(connection: asyncpg.Connection) -> list[str]:
    """The names of the projects' schemas."""
    query = "SELECT nspname::text FROM pg_namespace WHERE nspname LIKE 'project%' ORDER BY nspname"
    return [record[0] for record in await connection.fetch(query)]
