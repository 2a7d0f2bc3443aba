"""What PostgreSQL's catalogs say of a database's roles, rights and policies."""

import asyncpg

ROLES = """
SELECT rolname || ' ' || concat_ws(' ',
    CASE WHEN rolcanlogin THEN 'login' END, CASE WHEN rolsuper THEN 'superuser' END,
    CASE WHEN rolbypassrls THEN 'bypassrls' END, CASE WHEN rolcreaterole THEN 'createrole' END,
    CASE WHEN rolinherit THEN 'inherit' END)
FROM pg_roles WHERE starts_with(rolname, public.role_name(''))
"""

MEMBERS = """
SELECT DISTINCT member::regrole || ' in ' || roleid::regrole
FROM pg_auth_members
WHERE concat(member::regrole, ' ', roleid::regrole) LIKE '%' || public.role_name('') || '%'
    AND coalesce((to_jsonb(pg_auth_members) ->> 'set_option')::boolean, true)
"""

RIGHTS = """
SELECT thing || ': ' || coalesce(nullif(grantee, 0)::regrole::text, 'PUBLIC') || ' ' || privilege_type
FROM (
    SELECT nspname::text, nspacl, nspowner FROM pg_namespace WHERE nspname = 'public' OR nspname LIKE 'project%'
    UNION ALL
    SELECT c.oid::regclass::text, relacl, relowner FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace
    WHERE nspname = 'public' OR nspname LIKE 'project%'
    UNION ALL
    SELECT attrelid::regclass || '.' || attname, attacl, NULL FROM pg_attribute
) AS things (thing, acl, owner)
CROSS JOIN aclexplode(acl)
WHERE grantee IS DISTINCT FROM owner AND thing NOT LIKE 'pg\\_%'
"""

POLICIES = """
SELECT relname || ' ' || CASE WHEN relrowsecurity AND relforcerowsecurity THEN 'on' ELSE 'off' END
FROM pg_class WHERE relname IN ('clients', 'projects', 'llm_usage') AND relkind = 'r'
UNION ALL
SELECT concat_ws(' ', polrelid::regclass, polname, polcmd, polpermissive, pg_get_expr(polqual, polrelid),
    (SELECT string_agg(coalesce(nullif(role, 0)::regrole::text, 'PUBLIC'), ',') FROM unnest(polroles) AS role))
FROM pg_policy
"""


async def read_rights(connection: asyncpg.Connection) -> list[str]:
    """Each role, membership, right and policy of a database as a line."""
    records = [record for sql in (ROLES, MEMBERS, RIGHTS, POLICIES) for record in await connection.fetch(sql)]
    return sorted(record[0] for record in records)
