-- Clients see the budgets that they have.

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
            (ARRAY['clients'], ARRAY['id', 'name', 'contact_email', 'monthly_budget', 'created_at'], ARRAY['clients', 'admin'], ARRAY['SELECT']),
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

SELECT public.sync_shared_roles();
