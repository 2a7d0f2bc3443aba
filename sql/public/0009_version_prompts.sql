-- What a prompt said before it was changed. `version` counts the changes, so that what was made from a prompt can
-- tell whether it is that still.
ALTER TABLE public.prompts ADD COLUMN version integer NOT NULL DEFAULT 1;

CREATE TABLE public.prompt_versions (
    prompt_id uuid NOT NULL REFERENCES public.prompts (id) ON DELETE CASCADE,
    version integer NOT NULL,
    name varchar(255) NOT NULL,
    template text NOT NULL,
    parameters jsonb,
    object_model_id uuid,  -- As it was; the object model may have gone since.
    created_at timestamptz NOT NULL,  -- When the prompt became this.
    PRIMARY KEY (prompt_id, version)
);
