-- ISO 8601 and most languages have the years 1 to 9999. Times outside of them are set to the nearest inside: nothing
-- that reads them could show them, or page through them.

UPDATE public.projects SET
    created_at = greatest(least(created_at, '9999-12-31 23:59:59.999999+00'), '0001-01-01 00:00:00+00'),
    updated_at = greatest(least(updated_at, '9999-12-31 23:59:59.999999+00'), '0001-01-01 00:00:00+00')
WHERE created_at NOT BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59.999999+00'
    OR updated_at NOT BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59.999999+00';

UPDATE public.object_models SET
    created_at = greatest(least(created_at, '9999-12-31 23:59:59.999999+00'), '0001-01-01 00:00:00+00')
WHERE created_at NOT BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59.999999+00';

UPDATE public.prompts SET
    created_at = greatest(least(created_at, '9999-12-31 23:59:59.999999+00'), '0001-01-01 00:00:00+00'),
    updated_at = greatest(least(updated_at, '9999-12-31 23:59:59.999999+00'), '0001-01-01 00:00:00+00')
WHERE created_at NOT BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59.999999+00'
    OR updated_at NOT BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59.999999+00';

UPDATE public.llm_usage SET
    created_at = greatest(least(created_at, '9999-12-31 23:59:59.999999+00'), '0001-01-01 00:00:00+00')
WHERE created_at NOT BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59.999999+00';

UPDATE public.clients SET
    created_at = greatest(least(created_at, '9999-12-31 23:59:59.999999+00'), '0001-01-01 00:00:00+00')
WHERE created_at NOT BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59.999999+00';

ALTER TABLE public.projects ADD CONSTRAINT projects_times_check
    CHECK (created_at BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59.999999+00'
        AND updated_at BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59.999999+00');

ALTER TABLE public.object_models ADD CONSTRAINT object_models_times_check
    CHECK (created_at BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59.999999+00');

ALTER TABLE public.prompts ADD CONSTRAINT prompts_times_check
    CHECK (created_at BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59.999999+00'
        AND updated_at BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59.999999+00');

ALTER TABLE public.llm_usage ADD CONSTRAINT llm_usage_times_check
    CHECK (created_at BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59.999999+00');

ALTER TABLE public.clients ADD CONSTRAINT clients_times_check
    CHECK (created_at BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59.999999+00');
