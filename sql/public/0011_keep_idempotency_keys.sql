-- What was done under which key: asked for again with the same input, it is not done again. Every project has a table
-- like this one; here are the keys of changes of what all share.
CREATE TABLE public.idempotency_keys (
    caller text NOT NULL,  -- The client's id, or `admin`.
    key text NOT NULL,
    digest text NOT NULL,  -- Of the input.
    made uuid[],
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (caller, key)
);
CREATE INDEX idempotency_keys_by_created_at ON public.idempotency_keys (created_at);
