-- Requests to generate content, each with a copy of what it was asked for, so that nothing changes it while it waits.
CREATE TABLE :"schema".generations (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    status text NOT NULL DEFAULT 'queued'
        CONSTRAINT generations_status_check CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    -- How often a worker has begun with it; those that a worker handed back do not count.
    attempt integer NOT NULL DEFAULT 0,
    -- Whoever claimed it last; nobody else stores anything for it.
    lease uuid,
    model text NOT NULL,
    prompt_id uuid,
    prompt_version integer,
    prompt_component_id uuid,
    object_model_id uuid NOT NULL,
    structure jsonb NOT NULL,
    variables jsonb NOT NULL,
    terms jsonb NOT NULL,
    rendered_prompt text NOT NULL,
    retry_of uuid,
    -- Its place in the order in which projects take turns.
    turn integer NOT NULL,
    -- The number of its latest event.
    sequence integer NOT NULL DEFAULT 0,
    error_code text,
    error_message text,
    error_pointer text,
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    started_at timestamptz,
    finished_at timestamptz
);
CREATE INDEX generations_by_created_at ON :"schema".generations (created_at, id);
CREATE INDEX generations_by_status ON :"schema".generations (status, created_at, id);
CREATE INDEX generations_in_line ON :"schema".generations (model, turn) WHERE status = 'queued';

-- What has become of each, step by step.
CREATE TABLE :"schema".generation_events (
    generation_id uuid NOT NULL,
    sequence integer NOT NULL,
    kind text NOT NULL,
    attempt integer NOT NULL,
    text text,
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (generation_id, sequence)
);
-- For what is deleted after a while: the other events stay, and are many.
CREATE INDEX generation_events_with_output ON :"schema".generation_events (created_at) WHERE kind = 'output';

-- The answers that were paid for, so that whoever goes on after a crash pays for none of them again.
CREATE TABLE :"schema".generation_answers (
    generation_id uuid NOT NULL,
    number integer NOT NULL,
    answer text NOT NULL,
    PRIMARY KEY (generation_id, number)
);

ALTER TABLE :"schema".contents ADD COLUMN generation_id uuid;
ALTER TABLE :"schema".contents ADD CONSTRAINT contents_generation_id_key UNIQUE (generation_id);

SELECT public.sync_project_role(:'schema'::regnamespace);
