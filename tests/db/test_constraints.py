"""Whatever a change may break is explained to its caller, or cannot be broken by one."""

import asyncpg
from world import World

from gql_server.db.constraints import CONSTRAINTS
from gql_server.db.project_schema import ProjectSchema

NAMES = """
SELECT conname::text FROM pg_constraint
WHERE connamespace = $1::text::regnamespace AND contype IN ('u', 'f', 'c', 'x')
"""
OUT_OF_REACH = {
    "clients_api_key_check": "keys are made here",
    "clients_retired_api_key_check": "keys are made here",
    "clients_monthly_budget_check": "budgets are checked before",
    "clients_times_check": "the time is the database's",
    "contents_generation_id_key": "a generation that has a content is not done again",
    "contents_times_check": "the time is the database's",
    "deleted_projects_client_id_fkey": "no client is ever deleted",
    "generations_status_check": "the statuses are the code's own",
    "llm_usage_status_check": "the statuses are the code's own",
    "llm_usage_times_check": "the time is the database's",
    "metadata_times_check": "the time is the database's",
    "object_models_times_check": "the time is the database's",
    "projects_monthly_budget_check": "budgets are checked before",
    "projects_status_check": "the statuses are the code's own",
    "projects_times_check": "the time is the database's",
    "prompt_components_times_check": "the time is the database's",
    "prompt_versions_prompt_id_fkey": "a version is written of a prompt that is held",
    "prompts_times_check": "the time is the database's",
    "vocabulary_term_key": "terms are saved by an upsert",
    "vocabulary_times_check": "the time is the database's",
}


async def test_every_constraint_is_explained_or_out_of_reach(world: World, connection: asyncpg.Connection) -> None:
    project_id = await world.project("Garden", await world.client())
    schemas = ["public", ProjectSchema(project_id).name]

    names = {record[0] for schema in schemas for record in await connection.fetch(NAMES, schema)}

    assert names == CONSTRAINTS.keys() | OUT_OF_REACH.keys()
    assert not CONSTRAINTS.keys() & OUT_OF_REACH.keys()
