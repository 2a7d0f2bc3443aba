-- An adopted database may have the same name and version twice: all but the oldest get their id behind the version.
UPDATE public.object_models SET version = left(object_models.version, 39) || ' (' || left(object_models.id::text, 8) || ')'
FROM (
    SELECT id, row_number() OVER (PARTITION BY name, version ORDER BY created_at, id) AS place FROM public.object_models
) AS ranked
WHERE ranked.id = object_models.id AND place > 1;

ALTER TABLE public.object_models ADD CONSTRAINT object_models_name_version_key UNIQUE (name, version);
