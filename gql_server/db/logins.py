"""Who logs in, and who owns: the two roles of a PostgreSQL that is ours alone, as `docs/operations.md` tells others."""

from typing import LiteralString
from urllib.parse import urlsplit, urlunsplit

import asyncpg

OWNER: LiteralString = "gql_owner"
"""Owns the database and makes schemas and roles, and cannot log in."""

LOGIN: LiteralString = "gql_server"
"""What the server logs in as: it has no rights, and takes another role's for each transaction."""

MAKE_ROLES: LiteralString = f"""
CREATE ROLE {OWNER} NOLOGIN CREATEROLE;
CREATE ROLE {LOGIN} LOGIN NOINHERIT;
GRANT {OWNER} TO {LOGIN};
"""

SELECT_ROLES_EXIST: LiteralString = f"SELECT to_regrole('{LOGIN}') IS NOT NULL"

MAKE_DATABASE: LiteralString = f"CREATE DATABASE {LOGIN} OWNER {OWNER}"

SELECT_DATABASE_EXISTS: LiteralString = f"SELECT count(*) > 0 FROM pg_database WHERE datname = '{LOGIN}'"


async def make_roles(superuser_dsn: str) -> None:
    """Makes the two roles in a cluster that lacks them."""
    await _make(superuser_dsn, SELECT_ROLES_EXIST, MAKE_ROLES)


async def make_database(superuser_dsn: str) -> str:
    """Makes the database in a cluster that lacks it, and answers with the address of the server's login to it."""
    await _make(superuser_dsn, SELECT_DATABASE_EXISTS, MAKE_DATABASE)
    return login_dsn(superuser_dsn, LOGIN)


def login_dsn(superuser_dsn: str, database: str) -> str:
    """The address of the server's login to a database of the cluster at a superuser's address."""
    parts = urlsplit(superuser_dsn)
    address = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{LOGIN}@{address}", path=f"/{database}"))


async def _make(superuser_dsn: str, exists: LiteralString, make: LiteralString) -> None:
    connection = await asyncpg.connect(superuser_dsn)
    try:
        if not await connection.fetchval(exists):
            await connection.execute(make)
    finally:
        await connection.close()
