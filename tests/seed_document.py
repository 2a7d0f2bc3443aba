"""The tables as the system's architecture document writes them, and databases that were made with them."""

from uuid import UUID

import asyncpg

SHARED_TABLES = """
-- Projects table to track all projects
CREATE TABLE projects (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    name VARCHAR(255) NOT NULL,
    client_id UUID NOT NULL,
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    status VARCHAR(50) NOT NULL DEFAULT 'active',
    settings JSONB
);

-- Object models for content generation
CREATE TABLE object_models (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    name VARCHAR(255) NOT NULL,
    version VARCHAR(50) NOT NULL,
    structure JSONB NOT NULL,
    description TEXT,
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);

-- Prompt templates for LLM interactions
CREATE TABLE prompts (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    name VARCHAR(255) NOT NULL,
    template TEXT NOT NULL,
    parameters JSONB,
    object_model_id UUID REFERENCES object_models(id),
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);

-- LLM API usage tracking
CREATE TABLE llm_usage (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    project_id UUID REFERENCES projects(id),
    prompt_id UUID REFERENCES prompts(id),
    tokens_in INTEGER NOT NULL,
    tokens_out INTEGER NOT NULL,
    model VARCHAR(100) NOT NULL,
    cost NUMERIC(10, 6) NOT NULL,
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);

-- Client information
CREATE TABLE clients (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    name VARCHAR(255) NOT NULL,
    contact_email VARCHAR(255),
    api_key VARCHAR(255),
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);
"""

PROJECT_TABLES = """
-- Generated content for this project
CREATE TABLE contents (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    title VARCHAR(255),
    body TEXT NOT NULL,
    object_model_id UUID NOT NULL,  -- References public.object_models
    metadata JSONB,
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);

-- Project-specific metadata
CREATE TABLE metadata (
    key VARCHAR(255) PRIMARY KEY,
    value JSONB NOT NULL,
    description TEXT,
    updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);

-- Project-specific vocabulary
CREATE TABLE vocabulary (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    term VARCHAR(255) NOT NULL,
    definition TEXT NOT NULL,
    category VARCHAR(100),
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);

-- Project-adapted prompt components
CREATE TABLE prompt_components (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    name VARCHAR(255) NOT NULL,
    content TEXT NOT NULL,
    base_prompt_id UUID,  -- References public.prompts
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);
"""

UPGRADE = """
ALTER TABLE {schema}.contents
ADD COLUMN IF NOT EXISTS version INTEGER DEFAULT 1
"""


def underscored(project_id: UUID) -> str:
    """The name that a project's schema has here, quoted."""
    return f'"project_{str(project_id).replace("-", "_")}"'


def hyphenated(project_id: UUID) -> str:
    """The name that the document's own code gives a project's schema, once it is quoted."""
    return f'"project_{project_id}"'


async def make_shared_tables(connection: asyncpg.Connection) -> None:
    await connection.execute(SHARED_TABLES)


async def make_project(connection: asyncpg.Connection, project_id: UUID, name: str, schema: str | None = None) -> str:
    """A project of no client in particular, with the document's tables; answers with its schema's quoted name."""
    schema = schema or underscored(project_id)
    await connection.execute(
        "INSERT INTO public.projects (id, name, client_id) VALUES ($1, $2, gen_random_uuid())", project_id, name
    )
    async with connection.transaction():
        await connection.execute(f"CREATE SCHEMA {schema}; SET LOCAL search_path TO {schema}; {PROJECT_TABLES}")
    return schema
