-- A project's tables as the system's architecture document defines them. :"schema" is the project's schema,
-- as in psql: psql --set schema=project_… --file 0001_create_project_tables.sql

-- Generated content for this project
CREATE TABLE IF NOT EXISTS :"schema".contents (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    title VARCHAR(255),
    body TEXT NOT NULL,
    object_model_id UUID NOT NULL,  -- References public.object_models
    metadata JSONB,
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);

-- Project-specific metadata
CREATE TABLE IF NOT EXISTS :"schema".metadata (
    key VARCHAR(255) PRIMARY KEY,
    value JSONB NOT NULL,
    description TEXT,
    updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);

-- Project-specific vocabulary
CREATE TABLE IF NOT EXISTS :"schema".vocabulary (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    term VARCHAR(255) NOT NULL,
    definition TEXT NOT NULL,
    category VARCHAR(100),
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);

-- Project-adapted prompt components
CREATE TABLE IF NOT EXISTS :"schema".prompt_components (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    name VARCHAR(255) NOT NULL,
    content TEXT NOT NULL,
    base_prompt_id UUID,  -- References public.prompts
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);
