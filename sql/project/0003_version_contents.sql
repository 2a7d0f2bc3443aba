-- An adopted schema may have the column already, nullable, as the architecture document's upgrade adds it.
ALTER TABLE :"schema".contents ADD COLUMN IF NOT EXISTS version integer DEFAULT 1;
ALTER TABLE :"schema".contents ALTER COLUMN version TYPE integer USING version::integer;
UPDATE :"schema".contents SET version = 1 WHERE version IS NULL;
ALTER TABLE :"schema".contents ALTER COLUMN version SET DEFAULT 1, ALTER COLUMN version SET NOT NULL;
