-- A JSON value with a JSON Merge Patch (RFC 7396) applied to it; numbers keep all their digits.
CREATE FUNCTION public.merge_patch(target jsonb, patch jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $function$
    SELECT CASE WHEN jsonb_typeof(patch) IS DISTINCT FROM 'object' THEN patch ELSE coalesce((
        SELECT jsonb_object_agg(key, value)
        FROM (
            SELECT key, value
            FROM jsonb_each(CASE jsonb_typeof(target) WHEN 'object' THEN target ELSE '{}' END)
            WHERE NOT patch ? key
            UNION ALL
            SELECT key, public.merge_patch(CASE jsonb_typeof(target) WHEN 'object' THEN target -> key END, value)
            FROM jsonb_each(patch)
            WHERE jsonb_typeof(value) <> 'null'
        ) AS merged
    ), '{}') END
$function$;
