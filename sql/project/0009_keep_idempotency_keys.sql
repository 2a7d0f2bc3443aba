-- What was done here under which key, as in the shared schema.
CREATE TABLE :"schema".idempotency_keys (
    caller text NOT NULL,
    key text NOT NULL,
    digest text NOT NULL,
    made uuid[],
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (caller, key)
);
CREATE INDEX idempotency_keys_by_created_at ON :"schema".idempotency_keys (created_at);

SELECT public.sync_project_role(:'schema'::regnamespace);
