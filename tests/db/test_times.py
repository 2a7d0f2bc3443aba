"""Times that ISO 8601 cannot say are kept out, since nothing could show them or page through them."""

import asyncpg
import pytest
from world import World

from gql_server.db.project_schema import ProjectSchema


@pytest.mark.parametrize("moment", ["infinity", "-infinity", "0044-03-15 BC", "12000-01-01"])
async def test_a_time_beyond_the_years_that_have_a_name_is_refused(
    moment: str, world: World, connection: asyncpg.Connection
) -> None:
    [project] = await world.full_projects(1, rows=1)
    schema = ProjectSchema(project).quoted
    tables = ["public.projects", "public.clients", "public.prompts", "public.object_models"]

    for table in [*tables, f"{schema}.contents", f"{schema}.vocabulary", f"{schema}.prompt_components"]:
        with pytest.raises(asyncpg.CheckViolationError, match="times_check"):
            await connection.execute(f"UPDATE {table} SET created_at = '{moment}'")
    with pytest.raises(asyncpg.CheckViolationError, match="metadata_times_check"):
        await connection.execute(f"UPDATE {schema}.metadata SET updated_at = '{moment}'")
