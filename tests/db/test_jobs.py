"""The queue's tables are those that its library expects, and nobody but the owner has rights on them."""

import asyncpg
import pytest
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from roles import Become
from world import World, uuid_of

from gql_server.db.database import Database
from gql_server.db.job_queries import queries
from gql_server.db.jobs import Job, enqueue
from gql_server.db.roles import ADMIN, SERVER, Role, client_role


async def test_the_library_would_change_nothing(connection: asyncpg.Connection) -> None:
    plan = await queries(AsyncpgDriver(connection)).plan_upgrade()

    assert list(plan.statements) == []


@pytest.mark.parametrize("kind", ["client", "admin", "server"])
async def test_nobody_else_reads_or_writes_it(kind: str, world: World, become: Become) -> None:
    role: Role = {"client": client_role(await world.client()), "admin": ADMIN, "server": SERVER}[kind]
    async with become(role) as connection:
        for statement in ("SELECT FROM jobs.pgqueuer", "DELETE FROM jobs.pgqueuer", "SELECT FROM jobs.pgqueuer_log"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)


async def test_a_transaction_puts_a_job_in_and_goes_on_under_its_role(world: World, database: Database) -> None:
    client_id = await world.client()
    project_id, generation_id = await world.project("Garden", client_id), uuid_of("generation")

    async with database.transaction(client_role(client_id), project_id) as transaction:
        await enqueue(transaction, [Job(project_id, generation_id, "sample", 7)])
        [record] = await transaction.fetch("SELECT current_user::text")

    assert "_client_" in record[0]
    [row] = await world.connection.fetch(
        "SELECT entrypoint, priority, payload, dedupe_key, status::text FROM jobs.pgqueuer"
    )
    assert tuple(row) == ("sample", -7, f"{project_id}/{generation_id}".encode(), str(generation_id), "queued")


async def test_nothing_is_put_in_by_what_is_not_committed(world: World, database: Database) -> None:
    project_id = await world.project("Garden", await world.client())

    async def fail() -> None:
        async with database.transaction(ADMIN, project_id) as transaction:
            await enqueue(transaction, [Job(project_id, uuid_of("generation"), "sample", 0)])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()

    assert await world.connection.fetchval("SELECT count(*) FROM jobs.pgqueuer") == 0
    assert await world.connection.fetchval("SELECT count(*) FROM jobs.pgqueuer_log") == 0
