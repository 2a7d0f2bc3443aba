-- Existing values are read as UTC. With the session's zone at UTC, PostgreSQL changes these types without
-- rewriting the tables, so that a reader with an older snapshot still sees the rows.
SET LOCAL TimeZone = 'UTC';

ALTER TABLE :"schema".contents ALTER COLUMN created_at TYPE timestamptz, ALTER COLUMN updated_at TYPE timestamptz;
ALTER TABLE :"schema".metadata ALTER COLUMN updated_at TYPE timestamptz;
ALTER TABLE :"schema".vocabulary ALTER COLUMN created_at TYPE timestamptz;
ALTER TABLE :"schema".prompt_components ALTER COLUMN created_at TYPE timestamptz, ALTER COLUMN updated_at TYPE timestamptz;
