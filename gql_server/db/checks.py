"""What `gql-server doctor` asks the catalogs, beside what the functions of `sql/public/0008_create_roles.sql` mend.

Each statement returns a problem, as a sentence's beginning, and the statement that is the remedy: NULL where there is
none that could be tried.
"""

from typing import LiteralString

LOGIN: LiteralString = """
SELECT format(
    'The login %s %s: give the server a login of its own, as docs/operations.md tells under "Logins"',
    quote_ident(rolname),
    CASE WHEN rolsuper THEN 'is a superuser' ELSE 'reads every client''s data without taking a role' END
), NULL
FROM pg_catalog.pg_roles
WHERE rolname = session_user AND (rolsuper OR has_table_privilege(oid, to_regclass('public.projects'), 'SELECT'))
"""

OWNER: LiteralString = """
SELECT format('%s may not make roles: as a superuser, ALTER ROLE %1$s CREATEROLE', quote_ident(rolname)), NULL
FROM pg_catalog.pg_roles
WHERE rolname = current_user AND NOT (rolsuper OR rolcreaterole)
"""

OWNERSHIP: LiteralString = """
SELECT format(
    '%s to %s, and not to %s: set GQL_SERVER_OWNER_ROLE to %2$s, or, as a superuser, ALTER … OWNER TO %3$s',
    CASE count(*) WHEN 1 THEN min(name) || ' belongs' ELSE format('%s and %s more belong', min(name), count(*) - 1) END,
    quote_ident(pg_get_userbyid(owner)), quote_ident(current_user)
), NULL
FROM (
    SELECT nspowner, NULL::text, nspname, 'SCHEMA ' || nspname FROM pg_catalog.pg_namespace
    UNION ALL
    SELECT relowner, relname, nspname, format('TABLE %s.%s', nspname, relname)
    FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = relnamespace
    WHERE relkind IN ('r', 'p')
) AS owned (owner, relation, schema, name)
WHERE (schema ~ '^project_[0-9a-f]{8}_([0-9a-f]{4}_){3}[0-9a-f]{12}$'
        OR (schema = 'public'
            AND relation IN ('clients', 'projects', 'object_models', 'prompts', 'llm_usage', 'schema_migrations')))
    AND owner <> (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = current_user AND NOT rolsuper)
GROUP BY owner
ORDER BY 1
"""

ADMINISTRATION: LiteralString = """
SELECT format('%s may not give the role %s to others', quote_ident(current_user), rolname),
    format('GRANT %I TO %I WITH ADMIN TRUE, INHERIT FALSE, SET FALSE', rolname, current_user)
FROM pg_catalog.pg_roles
WHERE starts_with(rolname, public.role_name(''))
    -- Before PostgreSQL 16, whoever may make roles may give all of them.
    AND current_setting('server_version_num')::int >= 160000
    AND NOT (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user)
    AND NOT pg_has_role(current_user, oid, 'MEMBER WITH ADMIN OPTION')
ORDER BY rolname
"""

ATTRIBUTES: LiteralString = """
SELECT format('The role %s %s', rolname, fault), format('ALTER ROLE %I %s', rolname, cure)
FROM pg_catalog.pg_roles
CROSS JOIN LATERAL (
    VALUES
        (rolcanlogin, 'can log in', 'NOLOGIN'),
        (rolsuper, 'is a superuser', 'NOSUPERUSER'),
        (rolbypassrls, 'is above row-level security', 'NOBYPASSRLS'),
        (rolcreaterole, 'may make roles', 'NOCREATEROLE'),
        (rolcreatedb, 'may make databases', 'NOCREATEDB'),
        (rolreplication, 'may replicate', 'NOREPLICATION'),
        (rolinherit AND rolname = public.role_name('server'), 'has the rights of all that it may become', 'NOINHERIT'),
        (
            NOT rolinherit AND starts_with(rolname, public.role_name('client_')),
            'lacks the rights of its roles', 'INHERIT'
        )
) AS attributes (is_so, fault, cure)
WHERE starts_with(rolname, public.role_name('')) AND is_so
ORDER BY rolname, fault
"""

MEMBERSHIPS: LiteralString = """
SELECT DISTINCT format('%s is a member of %s, and should not be', quote_ident(m.rolname), quote_ident(r.rolname)),
    format('REVOKE %I FROM %I', r.rolname, m.rolname)
FROM pg_catalog.pg_auth_members AS given
JOIN pg_catalog.pg_roles AS m ON m.oid = given.member
JOIN pg_catalog.pg_roles AS r ON r.oid = given.roleid
WHERE starts_with(m.rolname, public.role_name(''))
    -- Each project looks after the members of its role.
    AND NOT starts_with(r.rolname, public.role_name('project_'))
    AND CASE
        WHEN m.rolname = public.role_name('server')
            THEN r.rolname <> public.role_name('admin') AND NOT starts_with(r.rolname, public.role_name('client_'))
        WHEN starts_with(m.rolname, public.role_name('client_')) THEN r.rolname <> public.role_name('clients')
        ELSE true
    END
ORDER BY 1
"""

STRAY_ROLES: LiteralString = """
SELECT format('The role %s belongs to nothing', quote_ident(rolname)), format('DROP ROLE %I', rolname)
FROM pg_catalog.pg_roles
WHERE starts_with(rolname, public.role_name(''))
    AND rolname::text NOT IN (
        SELECT public.role_name(kind) FROM unnest(ARRAY['admin', 'clients', 'server']) AS kind
        UNION ALL
        SELECT public.role_name('client', id) FROM public.clients
        UNION ALL
        SELECT public.role_name('project', id) FROM public.projects
        UNION ALL
        SELECT public.role_name('project', public.project_of_schema(oid)) FROM pg_catalog.pg_namespace
        WHERE public.project_of_schema(oid) IS NOT NULL
    )
ORDER BY rolname
"""

STRAY_SCHEMAS: LiteralString = """
SELECT format(
    'The schema %s belongs to no project: put its project back into public.projects, or, if its data may go,'
    ' DROP SCHEMA %1$s CASCADE', quote_ident(nspname)
), NULL
FROM pg_catalog.pg_namespace
WHERE public.project_of_schema(oid) IS NOT NULL
    AND public.project_of_schema(oid) NOT IN (SELECT id FROM public.projects)
ORDER BY nspname
"""

SAME_KEYS: LiteralString = """
WITH keys AS (
    SELECT api_key AS key, true AS is_current, id, name FROM public.clients
    UNION ALL
    SELECT retired_api_key, false, id, name FROM public.clients WHERE retired_api_key_expires_at > now()
)
SELECT format(
    '%s have the same key, which is nobody''s therefore: give each another by gql-server client rotate-key',
    string_agg(format('%s (%s)', name, id), ' and ' ORDER BY name, id)
), NULL
FROM keys
GROUP BY key
HAVING key IS NOT NULL AND count(*) > 1 AND bool_or(is_current)
ORDER BY 1
"""

ROOM_FOR_LOCKS: LiteralString = """
SELECT format(
    'Advice: max_locks_per_transaction is %s, which operations over many projects use up; set it to 512',
    current_setting('max_locks_per_transaction')
)
WHERE current_setting('max_locks_per_transaction')::int < 512
"""

# A queue that was emptied by hand, or restored from another moment than the projects were.
STRANDED: LiteralString = """
SELECT format('%s of project %s (%s) will never be done: no job in the queue leads there',
        CASE stranded WHEN 1 THEN '1 generation' ELSE format('%s generations', stranded) END, p.name, p.id),
    format(
        'INSERT INTO jobs.pgqueuer (priority, entrypoint, payload, dedupe_key, status)'
        ' SELECT -turn, model, convert_to(%L || ''/'' || id, ''UTF8''), id::text, ''queued'' FROM %I.generations'
        ' WHERE status IN (''queued'', ''running'') AND id::text NOT IN ('
        'SELECT dedupe_key FROM jobs.pgqueuer WHERE dedupe_key IS NOT NULL)',
        p.id::text, public.project_schema(p.id)
    )
FROM (SELECT array_agg(id ORDER BY id) AS ids FROM public.projects) AS every
CROSS JOIN LATERAL public.each_project('[]', every.ids, NULL, $query$
    SELECT count(*) FROM :"schema".generations AS g
    WHERE status IN ('queued', 'running')
        AND NOT EXISTS (SELECT FROM jobs.pgqueuer WHERE dedupe_key = g.id::text)
$query$, 'NULL::bigint') AS found (ordinal int, error text, stranded bigint)
JOIN public.projects AS p ON p.id = every.ids[found.ordinal]
WHERE stranded > 0
ORDER BY p.name, p.id
"""
