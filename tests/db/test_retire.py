"""A connection that has used too many projects is replaced, since PostgreSQL keeps something for each."""

from conftest import config_of
from world import World

from gql_server.db.database import open_database
from gql_server.db.roles import ADMIN
from gql_server.db.tables import metadata


async def test_a_connection_that_has_written_to_many_projects_is_replaced(dsn: str, world: World) -> None:
    client = await world.client()
    projects = [await world.project(f"Project {number}", client) for number in range(3)]
    used: list[int] = []

    async with open_database(config_of(dsn, pool_size=1, connection_project_limit=2)) as database:
        for project in [*projects, projects[0]]:
            async with database.transaction(ADMIN, project) as transaction:
                await metadata.delete(transaction, ["tone"])
                [record] = await transaction.fetch("SELECT pg_backend_pid()")
                used.append(record[0])

    assert used[0] == used[1] == used[2] != used[3]
