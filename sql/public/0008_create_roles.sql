-- PostgreSQL keeps clients apart. Each operation runs under a role that has no login:
--
--   gqls_<database>_client_<id>   a client: reads what is shared and, as a member of their roles, its projects
--   gqls_<database>_project_<id>  a project: its schema and nothing else
--   gqls_<database>_admin         the administrator: everything
--   gqls_<database>_clients       what all clients may do
--   gqls_<database>_server        what the server does for itself: look keys up; it may become admin and any client
--
-- Roles belong to the whole cluster, so that their names carry the database's OID: a copy of the database beside the
-- original has roles of its own. The functions below make what is missing, take away what is too much, and return a
-- sentence for each thing that they changed; `gql-server doctor` runs them, and keeps what they did with --fix.

CREATE FUNCTION public.role_name(kind text, id uuid DEFAULT NULL) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (
        SELECT 'gqls_' || oid || '_' || kind || coalesce('_' || replace(id::text, '-', ''), '')
        FROM pg_catalog.pg_database
        WHERE datname = current_database()
    );

-- The client whose role the statement runs under; NULL for all other roles. There is no setting beside the role that
-- could be forgotten, or say something else.
CREATE FUNCTION public.viewer_client_id() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN substring(current_user::text FROM '^gqls_[0-9]+_client_([0-9a-f]{32})$')::uuid;

-- The project whose schema this is; NULL for all other schemas.
CREATE FUNCTION public.project_of_schema(schema regnamespace) RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (
        SELECT replace(substring(nspname FROM '^project_([0-9a-f]{8}(?:_[0-9a-f]{4}){3}_[0-9a-f]{12})$'), '_', '-')::uuid
        FROM pg_catalog.pg_namespace
        WHERE oid = schema
    );

-- What lies in a schema. PostgreSQL has no index to find it in pg_class, which is long where there are many projects.
CREATE FUNCTION public.relations_of(schema regnamespace)
    RETURNS TABLE (oid oid, relname name, relkind "char", relacl aclitem[])
    LANGUAGE sql STABLE
AS $function$
    SELECT c.oid, c.relname, c.relkind, c.relacl
    FROM pg_catalog.pg_depend AS d
    JOIN pg_catalog.pg_class AS c ON c.oid = d.objid
    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
        AND d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND d.refobjid = schema
$function$;

-- The rights that our roles should have on a schema and its tables; one without a relation is on the schema.
CREATE FUNCTION public.wanted_rights(schema regnamespace)
    RETURNS TABLE (relation text, attribute text, grantee text, privilege text)
    LANGUAGE sql STABLE
    SET search_path = pg_catalog
AS $function$
    SELECT relation, attribute, public.role_name(role), privilege
    FROM (
        VALUES
            (ARRAY[NULL], ARRAY[NULL], ARRAY['clients', 'admin', 'server'], ARRAY['USAGE']),
            (ARRAY['projects', 'llm_usage'], ARRAY[NULL], ARRAY['clients', 'admin'], ARRAY['SELECT']),
            (ARRAY['object_models', 'prompts'], ARRAY[NULL], ARRAY['clients'], ARRAY['SELECT']),
            (ARRAY['object_models', 'prompts'], ARRAY[NULL], ARRAY['admin'], ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']),
            (ARRAY['clients'], ARRAY['id', 'name', 'contact_email', 'created_at'], ARRAY['clients', 'admin'], ARRAY['SELECT']),
            (ARRAY['clients'], ARRAY['id', 'api_key', 'retired_api_key', 'retired_api_key_expires_at'], ARRAY['server'], ARRAY['SELECT']),
            (ARRAY['clients'], ARRAY['api_key_used_at', 'retired_api_key_used_at'], ARRAY['server'], ARRAY['SELECT', 'UPDATE']),
            (ARRAY['schema_migrations'], ARRAY[NULL], ARRAY['server'], ARRAY['SELECT'])
    ) AS wanted (relations, attributes, roles, privileges)
    CROSS JOIN unnest(relations) AS relation
    CROSS JOIN unnest(attributes) AS attribute
    CROSS JOIN unnest(roles) AS role
    CROSS JOIN unnest(privileges) AS privilege
    WHERE schema = 'public'::regnamespace
    UNION ALL
    SELECT NULL, NULL, role, 'USAGE'
    FROM unnest(ARRAY[public.role_name('project', public.project_of_schema(schema)), public.role_name('admin')]) AS role
    WHERE public.project_of_schema(schema) IS NOT NULL
    UNION ALL
    SELECT relname, NULL, role, privilege
    FROM public.relations_of(schema)
    CROSS JOIN unnest(ARRAY[public.role_name('project', public.project_of_schema(schema)), public.role_name('admin')]) AS role
    CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS privilege
    WHERE public.project_of_schema(schema) IS NOT NULL AND relkind IN ('r', 'p')
        AND (privilege = 'SELECT' OR relname <> 'schema_migrations')
$function$;

-- The rights that everybody, or a role named like ours, has on a schema and on the tables that are ours in it. That
-- everybody may look names up in `public` is PostgreSQL's own default.
CREATE FUNCTION public.given_rights(schema regnamespace)
    RETURNS TABLE (relation text, attribute text, grantee text, privilege text)
    LANGUAGE sql STABLE
    SET search_path = pg_catalog
AS $function$
    SELECT relation, attribute, CASE grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(grantee) END, privilege_type
    FROM (
        SELECT NULL AS relation, NULL AS attribute, a.grantee, a.privilege_type
        FROM pg_namespace AS n CROSS JOIN aclexplode(n.nspacl) AS a
        WHERE n.oid = schema AND NOT (a.grantee = 0 AND n.nspname = 'public')
        UNION ALL
        SELECT c.relname, NULL, a.grantee, a.privilege_type
        FROM public.relations_of(schema) AS c CROSS JOIN aclexplode(c.relacl) AS a
        UNION ALL
        SELECT c.relname, t.attname, a.grantee, a.privilege_type
        FROM public.relations_of(schema) AS c
        JOIN pg_attribute AS t ON t.attrelid = c.oid
        CROSS JOIN aclexplode(t.attacl) AS a
    ) AS given
    WHERE (grantee = 0 OR pg_get_userbyid(grantee) ~ '^gqls_[0-9]+_')
        AND (relation IS NULL OR relation IN (SELECT wanted.relation FROM public.wanted_rights(schema) AS wanted))
$function$;

-- What has to be granted and revoked on a schema and its tables, a statement and a sentence for each.
CREATE FUNCTION public.wrong_rights(schema regnamespace) RETURNS TABLE (verb text, statement text, sentence text)
    LANGUAGE sql STABLE
    SET search_path = pg_catalog
AS $function$
    WITH wanted AS (SELECT * FROM public.wanted_rights(schema)), given AS (SELECT * FROM public.given_rights(schema))
    SELECT verb,
        format(
            '%s %s ON %s %s %s', verb, rights, target, CASE verb WHEN 'GRANT' THEN 'TO' ELSE 'FROM' END,
            CASE grantee WHEN 'public' THEN 'PUBLIC' ELSE quote_ident(grantee) END
        ),
        format(
            '%s %s %s on %s', grantee, CASE verb WHEN 'GRANT' THEN 'may not' ELSE 'may, and should not,' END, rights, target
        )
    FROM (
        SELECT verb, grantee,
            CASE WHEN relation IS NULL THEN 'SCHEMA ' || schema::text ELSE format('%s.%I', schema, relation) END AS target,
            string_agg(
                privilege || coalesce(' (' || quote_ident(attribute) || ')', ''), ', ' ORDER BY privilege, attribute
            ) AS rights
        FROM (
            SELECT 'GRANT' AS verb, missing.* FROM (TABLE wanted EXCEPT TABLE given) AS missing
            UNION ALL
            SELECT 'REVOKE', extra.* FROM (TABLE given EXCEPT TABLE wanted) AS extra
        ) AS changes
        GROUP BY verb, relation, grantee
    ) AS statements
    ORDER BY verb DESC, target, grantee
$function$;

CREATE FUNCTION public.sync_rights(schema regnamespace) RETURNS SETOF text
    LANGUAGE plpgsql
    SET search_path = pg_catalog
AS $function$
DECLARE
    item record;
BEGIN
    FOR item IN SELECT * FROM public.wrong_rights(schema) LOOP
        EXECUTE item.statement;
        RETURN NEXT item.sentence;
    END LOOP;
    -- A right that is revoked on a table goes from its columns, too.
    FOR item IN SELECT * FROM public.wrong_rights(schema) WHERE verb = 'GRANT' LOOP
        EXECUTE item.statement;
    END LOOP;
END
$function$;

-- Makes a role that lacks; `options` are CREATE ROLE's.
CREATE FUNCTION public.sync_role(role text, options text DEFAULT '') RETURNS SETOF text
    LANGUAGE plpgsql
    SET search_path = pg_catalog
AS $function$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
        EXECUTE format('CREATE ROLE %I NOLOGIN %s', role, options);
        RETURN NEXT format('the role %s is missing', role);
    END IF;
END
$function$;

-- Makes a role a member of another, unless it is already.
CREATE FUNCTION public.sync_membership(member text, role text) RETURNS SETOF text
    LANGUAGE plpgsql
    SET search_path = pg_catalog
AS $function$
BEGIN
    IF NOT EXISTS (
        SELECT FROM pg_auth_members
        -- PostgreSQL 16 and later note whoever makes a role as a member who may do nothing but pass it on.
        WHERE pg_auth_members.member = quote_ident(sync_membership.member)::regrole AND roleid = quote_ident(role)::regrole
            AND coalesce((to_jsonb(pg_auth_members) ->> 'set_option')::boolean, true)
    ) THEN
        EXECUTE format('GRANT %I TO %I', role, member);
        RETURN NEXT format('%s is no member of %s', member, role);
    END IF;
END
$function$;

-- Row-level security as it should be: who sees which rows of the shared tables that belong to clients.
CREATE FUNCTION public.wanted_policies()
    RETURNS TABLE (relation regclass, policy text, roles text[], condition text)
    LANGUAGE sql STABLE
    SET search_path = pg_catalog
AS $function$
    SELECT relation::regclass, policy, roles, condition
    FROM (
        VALUES
            ('public.clients', 'own', ARRAY[public.role_name('clients')], '(id = ( SELECT public.viewer_client_id() AS viewer_client_id))'),
            ('public.clients', 'keys', ARRAY[public.role_name('server')], 'true'),
            ('public.projects', 'own', ARRAY[public.role_name('clients')], '(client_id = ( SELECT public.viewer_client_id() AS viewer_client_id))'),
            -- The projects that the role sees, read once for a statement.
            ('public.llm_usage', 'own', ARRAY[public.role_name('clients')], '(project_id = ANY (ARRAY( SELECT projects.id FROM public.projects)))')
    ) AS of_clients (relation, policy, roles, condition)
    UNION ALL
    SELECT oid, 'every',
        ARRAY(SELECT role FROM unnest(ARRAY[public.role_name('admin'), pg_get_userbyid(relowner)::text]) AS role ORDER BY role),
        'true'
    FROM pg_class
    WHERE oid IN ('public.clients'::regclass, 'public.projects'::regclass, 'public.llm_usage'::regclass)
$function$;

CREATE FUNCTION public.given_policies()
    RETURNS TABLE (relation regclass, policy text, roles text[], condition text)
    LANGUAGE sql STABLE
    SET search_path = pg_catalog
AS $function$
    SELECT polrelid::regclass, polname,
        -- In an order of their own, since a dump has another than the one that they were named in.
        ARRAY(SELECT CASE role WHEN 0 THEN 'public' ELSE pg_get_userbyid(role)::text END FROM unnest(polroles) AS role ORDER BY 1),
        CASE WHEN polpermissive AND polcmd = '*' AND polwithcheck IS NULL THEN
            regexp_replace(pg_get_expr(polqual, polrelid), '\s+', ' ', 'g')
        END
    FROM pg_policy
    WHERE polrelid IN (SELECT relation FROM public.wanted_policies())
$function$;

CREATE FUNCTION public.sync_policies() RETURNS SETOF text
    LANGUAGE plpgsql
    SET search_path = pg_catalog
AS $function$
DECLARE
    item record;
BEGIN
    FOR item IN
        SELECT oid::regclass AS relation FROM pg_class
        WHERE oid IN (SELECT relation FROM public.wanted_policies()) AND NOT (relrowsecurity AND relforcerowsecurity)
        ORDER BY relname
    LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', item.relation);
        RETURN NEXT format('row-level security of %s is off', item.relation);
    END LOOP;
    FOR item IN
        -- A policy for roles that are not ours is its owner's business.
        SELECT * FROM public.given_policies() AS given
        WHERE NOT EXISTS (
                SELECT FROM public.wanted_policies() AS wanted
                WHERE (wanted.relation, wanted.policy, wanted.roles, wanted.condition)
                    IS NOT DISTINCT FROM (given.relation, given.policy, given.roles, given.condition)
            )
            AND (
                policy IN (SELECT wanted.policy FROM public.wanted_policies() AS wanted)
                OR EXISTS (SELECT FROM unnest(roles) AS role WHERE role = 'public' OR role ~ '^gqls_[0-9]+_')
            )
        ORDER BY relation::text, policy
    LOOP
        EXECUTE format('DROP POLICY %I ON %s', item.policy, item.relation);
        RETURN NEXT format('the policy %s of %s is not as it should be', item.policy, item.relation);
    END LOOP;
    FOR item IN
        SELECT * FROM (SELECT * FROM public.wanted_policies() EXCEPT SELECT * FROM public.given_policies()) AS missing
        ORDER BY relation::text, policy
    LOOP
        EXECUTE format(
            'CREATE POLICY %I ON %s TO %s USING (%s)', item.policy, item.relation,
            (SELECT string_agg(quote_ident(role), ', ') FROM unnest(item.roles) AS role), item.condition
        );
        RETURN NEXT format('the policy %s of %s is missing', item.policy, item.relation);
    END LOOP;
END
$function$;

-- The roles that every database has, their rights, and the policies. Whoever is logged in may then serve.
CREATE FUNCTION public.sync_shared_roles() RETURNS SETOF text
    LANGUAGE plpgsql
    SET search_path = pg_catalog
AS $function$
BEGIN
    RETURN QUERY SELECT public.sync_role(public.role_name('clients'));
    RETURN QUERY SELECT public.sync_role(public.role_name('admin'));
    -- It becomes others, and has none of their rights by itself.
    RETURN QUERY SELECT public.sync_role(public.role_name('server'), 'NOINHERIT');
    RETURN QUERY SELECT public.sync_membership(public.role_name('server'), public.role_name('admin'));
    RETURN QUERY SELECT public.sync_rights('public'::regnamespace);
    RETURN QUERY SELECT public.sync_policies();
    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = session_user) THEN
        RETURN QUERY SELECT public.sync_membership(session_user, public.role_name('server'));
    END IF;
END
$function$;

CREATE FUNCTION public.sync_client_role(client_id uuid) RETURNS SETOF text
    LANGUAGE plpgsql
    SET search_path = pg_catalog
AS $function$
DECLARE
    own text := public.role_name('client', client_id);
BEGIN
    RETURN QUERY SELECT public.sync_role(own);
    RETURN QUERY SELECT public.sync_membership(own, public.role_name('clients'));
    RETURN QUERY SELECT public.sync_membership(public.role_name('server'), own);
END
$function$;

-- A project's role, its rights, and that its client alone is a member.
CREATE FUNCTION public.sync_project_role(schema regnamespace) RETURNS SETOF text
    LANGUAGE plpgsql
    SET search_path = pg_catalog
AS $function$
DECLARE
    own text := public.role_name('project', public.project_of_schema(schema));
    client text;
    stranger text;
BEGIN
    SELECT public.role_name('client', client_id) INTO client
    FROM public.projects WHERE id = public.project_of_schema(schema);
    RETURN QUERY SELECT public.sync_role(own);
    RETURN QUERY SELECT public.sync_membership(client, own) WHERE client IS NOT NULL;
    FOR stranger IN
        SELECT member::regrole FROM pg_auth_members
        WHERE roleid = own::regrole AND member::regrole::text ~ '^gqls_[0-9]+_' AND member::regrole::text IS DISTINCT FROM client
    LOOP
        EXECUTE format('REVOKE %I FROM %s', own, stranger);
        RETURN NEXT format('%s is a member of %s, and should not be', stranger, own);
    END LOOP;
    RETURN QUERY SELECT public.sync_rights(schema);
END
$function$;

SELECT public.sync_shared_roles();
SELECT public.sync_client_role(id) FROM public.clients;

-- Projects are read at whatever version they are, so that their roles do not wait for their own migrations.
-- One whose schema is in no state for it does not stop the others.
DO $do$
DECLARE
    schema regnamespace;
BEGIN
    FOR schema IN
        SELECT n.oid FROM public.projects AS p JOIN pg_catalog.pg_namespace AS n ON n.nspname = public.project_schema(p.id)
    LOOP
        BEGIN
            PERFORM public.sync_project_role(schema);
        EXCEPTION WHEN OTHERS THEN
            RAISE WARNING 'The role of % is left for gql-server doctor --fix: %', schema, SQLERRM;
        END;
    END LOOP;
END
$do$;
