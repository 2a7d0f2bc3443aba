-- The role that may use this schema and nothing else, for its client. A migration that adds a table ends with this, too.
SELECT public.sync_project_role(:'schema'::regnamespace);
