-- Names are none that PostgreSQL would have chosen for an index that an adopted database has.
-- One B-tree for each order that the API offers, with the id that breaks its ties; one GIN index a table for all
-- its text and JSON filters together, since every index is opened, locked and weighed by each plan that reads
-- the table.

CREATE INDEX contents_by_created_at ON :"schema".contents (created_at, id);
CREATE INDEX contents_by_updated_at ON :"schema".contents (updated_at, id);
CREATE INDEX contents_by_title ON :"schema".contents (coalesce(title, ''), id);
CREATE INDEX contents_by_object_model_id ON :"schema".contents (object_model_id, created_at, id);
CREATE INDEX contents_by_text ON :"schema".contents USING gin (
    title public.gin_trgm_ops,
    body public.gin_trgm_ops,
    metadata,
    to_tsvector('simple', left(coalesce(title, '') || ' ' || body, 250000))  -- a tsvector ends at a megabyte
);

CREATE INDEX vocabulary_by_term ON :"schema".vocabulary (term, id);
CREATE INDEX vocabulary_by_created_at ON :"schema".vocabulary (created_at, id);
CREATE INDEX vocabulary_by_text ON :"schema".vocabulary USING gin (
    term public.gin_trgm_ops,
    definition public.gin_trgm_ops,
    category public.gin_trgm_ops
);

CREATE INDEX prompt_components_by_name ON :"schema".prompt_components (name, id);
CREATE INDEX prompt_components_by_created_at ON :"schema".prompt_components (created_at, id);
CREATE INDEX prompt_components_by_updated_at ON :"schema".prompt_components (updated_at, id);
CREATE INDEX prompt_components_by_base_prompt_id ON :"schema".prompt_components (base_prompt_id, name, id);
CREATE INDEX prompt_components_by_text ON :"schema".prompt_components USING gin (
    name public.gin_trgm_ops,
    content public.gin_trgm_ops
);
