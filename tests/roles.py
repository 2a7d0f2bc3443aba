"""The roles of a test's database, and what PostgreSQL says to them."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple

import asyncpg

from gql_server.db.roles import Role

BY_CLIENT = {"clients", "projects", "deleted_projects", "llm_usage"}
"""The tables of `public` whose rows belong to clients: PostgreSQL shows each client its own."""

FOR_ALL = {"object_models", "prompts", "prompt_versions"}
"""The tables of `public` that all clients read alike."""

FOR_NOBODY = {"schema_migrations", "idempotency_keys"}
"""The tables of `public` that no client reads."""


class Names(NamedTuple):
    """The names of this database's roles."""

    oid: int

    @property
    def prefix(self) -> str:
        return f"gqls_{self.oid}_"

    def of(self, role: Role) -> str:
        return role.name(self.oid)


Become = Callable[[Role], AbstractAsyncContextManager[asyncpg.Connection]]


async def not_refused(connection: asyncpg.Connection, *statements: str) -> list[str]:
    """The statements that PostgreSQL runs, or refuses for any other reason than missing rights."""
    otherwise: list[str] = []
    for statement in statements:
        transaction = connection.transaction()
        await transaction.start()
        try:
            await connection.execute(statement)
            otherwise.append(statement)
        except asyncpg.InsufficientPrivilegeError:
            pass
        except asyncpg.PostgresError as error:
            otherwise.append(f"{statement}: {error!r}")
        finally:
            await transaction.rollback()
    return otherwise


def every_way(table: str, column: str) -> list[str]:
    return [
        f"SELECT FROM {table}",
        f"SELECT count(*) FROM {table}",
        f"SELECT {column} FROM {table} LIMIT 0",
        f"INSERT INTO {table} DEFAULT VALUES",
        f"UPDATE {table} SET {column} = {column}",
        f"DELETE FROM {table}",
        f"TRUNCATE {table}",
        f"LOCK TABLE {table} IN ACCESS SHARE MODE",
        f"COPY {table} TO STDOUT",
        f"CREATE TRIGGER mine BEFORE INSERT ON {table} EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
    ]


async def columns(connection: asyncpg.Connection, schema: str) -> dict[str, str]:
    """The first column of each table of a schema."""
    sql = (
        "SELECT c.relname::text, a.attname::text FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid"
        " WHERE c.relnamespace = $1::text::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum = 1"
    )
    return {record[0]: record[1] for record in await connection.fetch(sql, schema)}
