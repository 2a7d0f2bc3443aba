-- Names are none that PostgreSQL would have chosen for an index that an adopted database has.
-- One B-tree for each order that the API offers, with the id that breaks its ties;
-- one trigram GIN index a table for its text filters. A usage row's model is looked for whole.
CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public;

CREATE INDEX clients_by_name ON public.clients (name, id);
CREATE INDEX clients_by_created_at ON public.clients (created_at, id);
CREATE INDEX clients_by_text ON public.clients USING gin (name public.gin_trgm_ops);

CREATE INDEX projects_by_name ON public.projects (name, id);
CREATE INDEX projects_by_created_at ON public.projects (created_at, id);
CREATE INDEX projects_by_updated_at ON public.projects (updated_at, id);
CREATE INDEX projects_by_client_id ON public.projects (client_id, name, id);
CREATE INDEX projects_by_status ON public.projects (status, name, id);
CREATE INDEX projects_by_text ON public.projects USING gin (name public.gin_trgm_ops);

CREATE INDEX object_models_by_name ON public.object_models (name, id);
CREATE INDEX object_models_by_created_at ON public.object_models (created_at, id);
CREATE INDEX object_models_by_text ON public.object_models
    USING gin (name public.gin_trgm_ops, version public.gin_trgm_ops);

CREATE INDEX prompts_by_name ON public.prompts (name, id);
CREATE INDEX prompts_by_created_at ON public.prompts (created_at, id);
CREATE INDEX prompts_by_updated_at ON public.prompts (updated_at, id);
CREATE INDEX prompts_by_object_model_id ON public.prompts (object_model_id, name, id);
CREATE INDEX prompts_by_text ON public.prompts
    USING gin (name public.gin_trgm_ops, template public.gin_trgm_ops);

CREATE INDEX llm_usage_by_created_at ON public.llm_usage (created_at, id);
CREATE INDEX llm_usage_by_project_id ON public.llm_usage (project_id, created_at, id);
CREATE INDEX llm_usage_by_prompt_id ON public.llm_usage (prompt_id, created_at, id);
CREATE INDEX llm_usage_by_model ON public.llm_usage (model, created_at, id);
