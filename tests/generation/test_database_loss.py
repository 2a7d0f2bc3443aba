"""A database that goes away amid calls ends no generation, and has each content once and each call's row in the end."""

import asyncio
import tempfile
from contextlib import ExitStack
from pathlib import Path

import asyncpg
import pytest
from conftest import config_of
from fake_provider import FakeProvider
from generating import DONE, SUCCEEDED, Generating, half_said
from mortal import MortalPostgres
from workers import workers_of
from world import World

from gql_server.db.database import open_database
from gql_server.db.logins import make_database, make_roles
from gql_server.db.migrate import migrator


async def migrated(postgres: MortalPostgres) -> str:
    """Answers with the address of its database for a superuser."""
    await make_roles(postgres.dsn)
    login = await make_database(postgres.dsn)
    async with migrator(config_of(login), lambda: None) as run:
        await run.migrate_shared(await run.shared_state())
    return login.replace("//gql_server@", "//postgres@")


@pytest.mark.timeout(120)
@pytest.mark.parametrize("is_killed", [pytest.param(False, id="restarted"), pytest.param(True, id="killed")])
async def test_in_the_middle_of_calls(provider: FakeProvider, tmp_path: Path, is_killed: bool) -> None:
    with ExitStack() as stack:
        postgres = MortalPostgres(Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gqls-"))))
        running = stack.enter_context(ExitStack())
        running.enter_context(postgres.running())
        dsn = await migrated(postgres)
        workers = stack.enter_context(workers_of(dsn, provider, tmp_path, connect_timeout_seconds=1))
        workers.awake(1)
        replies = [half_said() for _ in range(4)]
        provider.will(*replies)
        async with open_database(config_of(dsn)) as database:
            connection = await asyncpg.connect(dsn)
            generating = Generating(World(database, connection), provider)
            project_id = await generating.project()
            ids = await generating.enqueue(project_id, 4)
            for id_ in ids:
                await generating.heard(project_id, id_)
            await connection.close()

        if is_killed:
            postgres.kill()
        running.close()
        # Two of the calls end while the database is away, and two when it is back.
        for reply in replies[:2]:
            reply.release.set()
        await asyncio.sleep(2)
        running.enter_context(postgres.running())

        async with open_database(config_of(dsn)) as database:
            connection = await asyncpg.connect(dsn)
            generating = Generating(World(database, connection), provider)
            # What is new does not wait for them.
            other_id, of_other = await generating.one()
            assert await generating.until_ended(other_id, of_other) == DONE
            for reply in replies[2:]:
                reply.release.set()
            await generating.queue_is_empty()
            ends = [await generating.read(project_id, id_) for id_ in ids]
            paid = [await generating.paid(id_) for id_ in ids]
            await connection.close()
        assert [(end.status, end.contents) for end in ends] == [("succeeded", 4)] * 4
        # None of the calls is made again.
        assert paid == [[SUCCEEDED]] * 4
        assert len(provider.calls) == 5
