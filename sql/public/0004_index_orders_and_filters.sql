-- One B-tree for each order that the API offers, with the id that breaks its ties;
-- one trigram GIN index a table for its text filters. A usage row's model is looked for whole.
CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public;

CREATE INDEX clients_name_idx ON public.clients (name, id);
CREATE INDEX clients_created_at_idx ON public.clients (created_at, id);
CREATE INDEX clients_text_idx ON public.clients USING gin (name public.gin_trgm_ops);

CREATE INDEX projects_name_idx ON public.projects (name, id);
CREATE INDEX projects_created_at_idx ON public.projects (created_at, id);
CREATE INDEX projects_updated_at_idx ON public.projects (updated_at, id);
CREATE INDEX projects_client_id_idx ON public.projects (client_id, name, id);
CREATE INDEX projects_status_idx ON public.projects (status, name, id);
CREATE INDEX projects_text_idx ON public.projects USING gin (name public.gin_trgm_ops);

CREATE INDEX object_models_name_idx ON public.object_models (name, id);
CREATE INDEX object_models_created_at_idx ON public.object_models (created_at, id);
CREATE INDEX object_models_text_idx ON public.object_models
    USING gin (name public.gin_trgm_ops, version public.gin_trgm_ops);

CREATE INDEX prompts_name_idx ON public.prompts (name, id);
CREATE INDEX prompts_created_at_idx ON public.prompts (created_at, id);
CREATE INDEX prompts_updated_at_idx ON public.prompts (updated_at, id);
CREATE INDEX prompts_object_model_id_idx ON public.prompts (object_model_id, name, id);
CREATE INDEX prompts_text_idx ON public.prompts
    USING gin (name public.gin_trgm_ops, template public.gin_trgm_ops);

CREATE INDEX llm_usage_created_at_idx ON public.llm_usage (created_at, id);
CREATE INDEX llm_usage_project_id_idx ON public.llm_usage (project_id, created_at, id);
CREATE INDEX llm_usage_prompt_id_idx ON public.llm_usage (prompt_id, created_at, id);
CREATE INDEX llm_usage_model_idx ON public.llm_usage (model, created_at, id);
