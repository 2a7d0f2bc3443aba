-- Each call of a language model has a row from before it begins, so that none is forgotten whatever happens to its caller.
ALTER TABLE public.llm_usage ADD COLUMN status text NOT NULL DEFAULT 'succeeded';
ALTER TABLE public.llm_usage ADD CONSTRAINT llm_usage_status_check
    CHECK (status IN ('started', 'succeeded', 'invalid', 'failed', 'aborted', 'lost'));
ALTER TABLE public.llm_usage ADD COLUMN generation_id uuid;
ALTER TABLE public.llm_usage ADD COLUMN is_estimated boolean NOT NULL DEFAULT false;
-- Tokens that have another price, such as cached ones, by the names that the provider's library has for them.
ALTER TABLE public.llm_usage ADD COLUMN details jsonb;
ALTER TABLE public.llm_usage ADD COLUMN finished_at timestamptz;
-- One token of a small model costs less than a millionth of a dollar; and what is not known is not 0.
ALTER TABLE public.llm_usage ALTER COLUMN cost TYPE numeric;
ALTER TABLE public.llm_usage ALTER COLUMN cost DROP NOT NULL;

-- What a month has cost is summed up before each call of a project or client that has a budget.
CREATE INDEX llm_usage_costs ON public.llm_usage (project_id, created_at) INCLUDE (cost);
CREATE INDEX llm_usage_by_generation_id ON public.llm_usage (generation_id, created_at, id) WHERE generation_id IS NOT NULL;

-- US dollars a calendar month, in UTC; without one there is no limit.
ALTER TABLE public.clients ADD COLUMN monthly_budget numeric;
ALTER TABLE public.clients ADD CONSTRAINT clients_monthly_budget_check CHECK (monthly_budget >= 0);
ALTER TABLE public.projects ADD COLUMN monthly_budget numeric;
ALTER TABLE public.projects ADD CONSTRAINT projects_monthly_budget_check CHECK (monthly_budget >= 0);
