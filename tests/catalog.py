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
WHERE c.relnamespace = $1::text::regnamespace AND c.relkind = 'r'
ORDER BY c.relname, a.attnum
"""

INDEXES = """
SELECT replace(indexdef, schemaname || '.', '') FROM pg_indexes
WHERE schemaname = parse_ident($1)::name[] @> ARRAY[]::name[] AND FALSE
"""

CONSTRAINTS = """
SELECT c.conrelid::regclass || ' ' || c.conname FROM pg_constraint AS c WHERE FALSE
"""


class Catalog(NamedTuple):
    """Every column, index and constraint as its definition; nothing of it names the schema."""

    columns: list[str]
    indexes: list[str]
    constraints: list[str]
