-- How one statement of constant text reads any number of projects' schemas.

-- The SQL twin of gql_server/db/project_schema.py.
CREATE FUNCTION public.project_schema(project_id uuid) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN 'project_' || replace(project_id::text, '-', '_');

-- Runs `query` once for each project and returns its rows behind the project's position in `project_ids`
-- (from 1) and an error: NULL, or the SQLSTATE that made this one project unreadable, with `nothing` (a list
-- of typed NULLs) for its columns. In `query`, :"schema" stands for the project's schema, $1 for `args`, $2 for
-- the element of the array `own` at the project's position, and $3 for the project's id.
CREATE FUNCTION public.each_project(args jsonb, project_ids uuid[], own jsonb, query text, nothing text)
    RETURNS SETOF record
    LANGUAGE plpgsql STABLE SECURITY INVOKER
AS $function$
DECLARE
    place int := 0;
    project_id uuid;
BEGIN
    FOREACH project_id IN ARRAY project_ids LOOP
        place := place + 1;
        BEGIN
            RETURN QUERY EXECUTE
                'SELECT $4, NULL::text, q.* FROM ('
                || replace(query, ':"schema"', format('%I', public.project_schema(project_id)))
                || ') AS q'
                USING args, own->(place - 1), project_id, place;
        EXCEPTION
            WHEN undefined_table OR undefined_column OR invalid_schema_name OR insufficient_privilege
                OR lock_not_available OR wrong_object_type OR datatype_mismatch OR cannot_coerce
                OR undefined_function OR invalid_text_representation OR numeric_value_out_of_range THEN
            RETURN QUERY EXECUTE 'SELECT $1, $2, ' || nothing USING place, SQLSTATE::text;
        END;
    END LOOP;
END
$function$;
