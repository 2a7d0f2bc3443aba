-- Whose project it was and what it was called, for the calls of language models that are billed still.
CREATE TABLE public.deleted_projects (
    id uuid PRIMARY KEY,
    name varchar(255) NOT NULL,
    client_id uuid NOT NULL REFERENCES public.clients (id),
    deleted_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX deleted_projects_by_client_id ON public.deleted_projects (client_id);

-- A call belongs to a project that there is or was. Whatever an adopted database has called the constraint.
DO $do$
DECLARE
    item record;
BEGIN
    FOR item IN
        SELECT conname FROM pg_catalog.pg_constraint
        WHERE conrelid = 'public.llm_usage'::regclass AND confrelid = 'public.projects'::regclass
    LOOP
        EXECUTE format('ALTER TABLE public.llm_usage DROP CONSTRAINT %I', item.conname);
    END LOOP;
END
$do$;

CREATE FUNCTION public.drop_project_role(project_id uuid) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog
AS $function$
BEGIN
    EXECUTE format('DROP ROLE IF EXISTS %I', public.role_name('project', project_id));
END
$function$;
