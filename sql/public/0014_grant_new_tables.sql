-- The rights on the tables that have come since, and that clients see the calls made for their deleted projects.

CREATE OR REPLACE FUNCTION public.wanted_rights(schema regnamespace)
    RETURNS TABLE (relation text, attribute text, grantee text, privilege text)
    LANGUAGE sql STABLE
    SET search_path = pg_catalog
AS $function$
    SELECT relation, attribute, public.role_name(role), privilege
    FROM (
        VALUES
            (ARRAY[NULL], ARRAY[NULL], ARRAY['clients', 'admin', 'server'], ARRAY['USAGE']),
            (ARRAY['projects', 'deleted_projects', 'llm_usage'], ARRAY[NULL], ARRAY['clients', 'admin'], ARRAY['SELECT']),
            (ARRAY['object_models', 'prompts', 'prompt_versions'], ARRAY[NULL], ARRAY['clients'], ARRAY['SELECT']),
            (ARRAY['object_models', 'prompts', 'prompt_versions', 'idempotency_keys'], ARRAY[NULL], ARRAY['admin'], ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']),
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

CREATE OR REPLACE FUNCTION public.wanted_policies()
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
            ('public.deleted_projects', 'own', ARRAY[public.role_name('clients')], '(client_id = ( SELECT public.viewer_client_id() AS viewer_client_id))'),
            -- The projects that the role sees, or saw, read once for a statement.
            ('public.llm_usage', 'own', ARRAY[public.role_name('clients')], '(project_id = ANY (ARRAY( SELECT projects.id FROM public.projects UNION ALL SELECT deleted_projects.id FROM public.deleted_projects)))')
    ) AS of_clients (relation, policy, roles, condition)
    UNION ALL
    SELECT oid, 'every',
        ARRAY(SELECT role FROM unnest(ARRAY[public.role_name('admin'), pg_get_userbyid(relowner)::text]) AS role ORDER BY role),
        'true'
    FROM pg_class
    WHERE oid IN (
        'public.clients'::regclass, 'public.projects'::regclass, 'public.deleted_projects'::regclass, 'public.llm_usage'::regclass
    )
$function$;

SELECT public.sync_shared_roles();
