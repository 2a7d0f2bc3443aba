-- A database that is adopted may hold projects of clients that are gone and states that nobody listed:
-- both are kept readable, and the state as it was stays in the project's settings.

INSERT INTO public.clients (id, name)
SELECT DISTINCT p.client_id, 'Unknown client ' || p.client_id
FROM public.projects AS p
WHERE NOT EXISTS (SELECT FROM public.clients AS c WHERE c.id = p.client_id);

ALTER TABLE public.projects DROP CONSTRAINT IF EXISTS projects_status_check;
UPDATE public.projects
SET status = 'archived',
    settings = CASE
        WHEN jsonb_typeof(coalesce(settings, '{}')) = 'object' THEN coalesce(settings, '{}')
        ELSE jsonb_build_object('adopted_settings', settings)
    END || jsonb_build_object('adopted_status', status)
WHERE status NOT IN ('active', 'archived');

ALTER TABLE public.projects DROP CONSTRAINT IF EXISTS projects_client_id_fkey;
ALTER TABLE public.projects
    ADD CONSTRAINT projects_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.clients (id);
ALTER TABLE public.projects
    ADD CONSTRAINT projects_status_check CHECK (status IN ('active', 'archived'));
