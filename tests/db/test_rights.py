"""What each role may do, straight in SQL: of every table there is, so that a new one has to be thought of here."""

import asyncpg
import pytest
from rivals import Rival
from roles import BY_CLIENT, FOR_ALL, FOR_NOBODY, Names

from gql_server.db.logins import LOGIN
from gql_server.db.project_schema import ProjectSchema
from gql_server.db.roles import ADMIN, SERVER, Role, client_role

READ = {"SELECT"}
CHANGE = {"SELECT", "INSERT", "UPDATE", "DELETE"}

RELATIONS = """
SELECT c.relname::text FROM pg_class AS c
WHERE c.relnamespace = $1::text::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
    AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = c.oid AND d.deptype = 'e')
ORDER BY c.relname
"""
SECURED = """
SELECT relname::text FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relrowsecurity AND relforcerowsecurity
"""
# A right on a column counts for its table, with the column's name.
RIGHTS = """
SELECT t.relname || coalesce('.' || t.attname, ''), right_
FROM (
    SELECT c.oid, c.relname, NULL::name AS attname, NULL::int2 AS attnum
    FROM pg_class AS c WHERE c.relnamespace = $2::text::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
    UNION ALL
    SELECT c.oid, c.relname, a.attname, a.attnum
    FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relnamespace = $2::text::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
) AS t
CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) AS right_
WHERE CASE
    WHEN t.attnum IS NULL THEN has_table_privilege($1::text, t.oid, right_)
    WHEN right_ IN ('DELETE', 'TRUNCATE', 'TRIGGER') THEN false
    ELSE has_column_privilege($1::text, t.oid, t.attnum, right_) AND NOT has_table_privilege($1::text, t.oid, right_)
END
"""
ROLES = """
SELECT rolname::text, rolcanlogin, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication
FROM pg_roles WHERE starts_with(rolname, $1)
"""
MEMBERS = """
SELECT member::regrole::text, array_agg(roleid::regrole::text ORDER BY roleid::regrole::text)
FROM pg_auth_members
WHERE starts_with(member::regrole::text, $1) OR starts_with(roleid::regrole::text, $1) AND member::regrole::text = $2
GROUP BY member
"""


async def relations(connection: asyncpg.Connection, schema: str) -> list[str]:
    return [record[0] for record in await connection.fetch(RELATIONS, schema)]


async def rights(connection: asyncpg.Connection, role: str, schema: str) -> dict[str, set[str]]:
    """What a role may do to the tables of a schema, and to single columns of others."""
    found: dict[str, set[str]] = {}
    for relation, right in await connection.fetch(RIGHTS, role, schema):
        found.setdefault(relation, set()).add(right)
    return found


async def test_every_shared_table_is_for_all_or_shows_each_client_its_own(connection: asyncpg.Connection) -> None:
    assert set(await relations(connection, "public")) == BY_CLIENT | FOR_ALL | FOR_NOBODY, "Whose rows has the new one?"
    assert {record[0] for record in await connection.fetch(SECURED)} == BY_CLIENT


async def test_the_rights_on_what_is_shared(
    rivals: dict[str, Rival], connection: asyncpg.Connection, names: Names
) -> None:
    of_clients = {
        f"clients.{column}": READ for column in ("id", "name", "contact_email", "monthly_budget", "created_at")
    }
    used = {f"clients.{column}": {"SELECT", "UPDATE"} for column in ("api_key_used_at", "retired_api_key_used_at")}
    keys = {f"clients.{column}": READ for column in ("id", "api_key", "retired_api_key", "retired_api_key_expires_at")}
    reads = dict.fromkeys(["projects", "deleted_projects", "llm_usage", *FOR_ALL], READ)
    acme = rivals["Acme"]

    assert await rights(connection, names.of(client_role(acme.client_id)), "public") == reads | of_clients
    changed = dict.fromkeys([*FOR_ALL, "idempotency_keys"], CHANGE)
    assert await rights(connection, names.of(ADMIN), "public") == reads | of_clients | changed
    assert await rights(connection, names.of(SERVER), "public") == keys | used | {"schema_migrations": READ}
    assert await rights(connection, names.of(Role("project", acme.projects[0])), "public") == {}
    assert await rights(connection, LOGIN, "public") == {}
    assert await rights(connection, "public", "public") == {}


async def test_the_rights_on_a_project_s_schema(
    rivals: dict[str, Rival], connection: asyncpg.Connection, names: Names
) -> None:
    acme, beacon = rivals["Acme"], rivals["Beacon"]
    schema = ProjectSchema(beacon.projects[0]).name
    own = dict.fromkeys(await relations(connection, schema), CHANGE) | {"schema_migrations": READ}
    allowed = [ADMIN, client_role(beacon.client_id), Role("project", beacon.projects[0])]
    refused = [SERVER, client_role(acme.client_id), Role("project", beacon.projects[1])]
    may_enter = (
        "SELECT ARRAY(SELECT has_schema_privilege($1::text, $2::text, x) FROM unnest('{USAGE,CREATE}'::text[]) x)"
    )

    assert len(own) > 4
    for role in map(names.of, allowed):
        assert await rights(connection, role, schema) == own, role
        assert await connection.fetchval(may_enter, role, schema) == [True, False], role
    for role in [*map(names.of, refused), names.of(Role("clients")), LOGIN, "public"]:
        assert await rights(connection, role, schema) == {}, role
        assert await connection.fetchval(may_enter, role, schema) == [False, False], role


async def test_no_role_can_log_in_or_do_more_than_it_was_given(
    rivals: dict[str, Rival], connection: asyncpg.Connection, names: Names, dsn: str
) -> None:
    records = {record[0]: set(record[1:]) for record in await connection.fetch(ROLES, names.prefix)}
    roles = [ADMIN, SERVER, Role("clients")]
    for rival in rivals.values():
        roles += [client_role(rival.client_id), *(Role("project", id_) for id_ in rival.projects)]

    assert records == {names.of(role): {False} for role in roles}
    for role in map(names.of, roles):
        with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError, match="is not permitted to log in"):
            await asyncpg.connect(dsn.replace("//postgres@", f"//{role}@"))


async def test_each_role_is_a_member_of_what_it_needs(
    rivals: dict[str, Rival], connection: asyncpg.Connection, names: Names
) -> None:
    clients = {
        names.of(client_role(rival.client_id)): sorted(
            [names.of(Role("clients")), *(names.of(Role("project", id_)) for id_ in rival.projects)]
        )
        for rival in rivals.values()
    }

    assert {record[0]: record[1] for record in await connection.fetch(MEMBERS, names.prefix, LOGIN)} == {
        **clients,
        names.of(SERVER): sorted([names.of(ADMIN), *clients]),
        LOGIN: [names.of(SERVER)],
    }
