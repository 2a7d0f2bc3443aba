-- Existing values are read as UTC. With the session's zone at UTC, PostgreSQL changes these types without
-- rewriting the tables.
SET LOCAL TimeZone = 'UTC';

ALTER TABLE public.projects ALTER COLUMN created_at TYPE timestamptz, ALTER COLUMN updated_at TYPE timestamptz;
ALTER TABLE public.object_models ALTER COLUMN created_at TYPE timestamptz;
ALTER TABLE public.prompts ALTER COLUMN created_at TYPE timestamptz, ALTER COLUMN updated_at TYPE timestamptz;
ALTER TABLE public.llm_usage ALTER COLUMN created_at TYPE timestamptz;
ALTER TABLE public.clients ALTER COLUMN created_at TYPE timestamptz;
