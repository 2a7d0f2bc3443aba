"""Projects take turns: who asks for much at once keeps nobody waiting for all of it."""

import asyncio
from uuid import UUID

import asyncpg
import pytest
from requesting import Steps, enqueue, jobs, make_studio, place_of, runner_of
from world import World, uuid_of

from gql_server.config import Config
from gql_server.db.database import Database
from gql_server.services.generations import cancel_generation, retry_generation
from gql_server.services.writer import Writer

IN_LINE = """
SELECT convert_from(payload, 'UTF8') FROM jobs.pgqueuer WHERE status = 'queued' ORDER BY priority DESC, id
"""
TAKEN = "UPDATE jobs.pgqueuer SET status = 'picked' WHERE dedupe_key = $1"
DONE = "DELETE FROM jobs.pgqueuer WHERE dedupe_key = $1"


@pytest.fixture
async def garden(world: World) -> UUID:
    return await make_studio(world)


@pytest.fixture
async def park(world: World, garden: UUID) -> UUID:
    return await world.project("Park", uuid_of("client", "Acme"))


@pytest.fixture
async def lake(world: World, garden: UUID) -> UUID:
    return await world.project("Lake", await world.client("Beacon"))


async def turns(connection: asyncpg.Connection) -> dict[str, int]:
    """The place of each generation in the order of turns."""
    return {job[3]: -job[1] for job in await jobs(connection)}


async def line(connection: asyncpg.Connection) -> list[UUID]:
    """The projects in the order in which their generations are claimed."""
    return [UUID(record[0].partition("/")[0]) for record in await connection.fetch(IN_LINE)]


async def finish(
    connection: asyncpg.Connection, config: Config, database: Database, project_id: UUID, *ids: UUID
) -> None:
    for id_ in ids:
        await runner_of(config, database).perform(project_id, id_)
        await connection.execute(DONE, str(id_))


async def test_what_one_project_asks_for_is_done_in_its_order(
    garden: UUID, database: Database, connection: asyncpg.Connection
) -> None:
    ids = [*await enqueue(database, garden, 3), *await enqueue(database, garden), *await enqueue(database, garden, 2)]

    assert await turns(connection) == {str(id_): turn for turn, id_ in enumerate(ids)}


async def test_two_projects_take_turns(
    garden: UUID, park: UUID, database: Database, connection: asyncpg.Connection
) -> None:
    many = await enqueue(database, garden, 100)
    few = await enqueue(database, park, 3)

    assert [(await turns(connection))[str(id_)] for id_ in [*many, *few]] == [*range(100), *range(3)]
    assert await line(connection) == [garden, park] * 3 + [garden] * 97


async def test_projects_of_other_clients_take_turns_as_well(
    garden: UUID, park: UUID, lake: UUID, database: Database, connection: asyncpg.Connection
) -> None:
    for project_id in (garden, lake, park):
        await enqueue(database, project_id, 2)

    assert await line(connection) == [garden, lake, park] * 2


async def test_a_newcomer_begins_beside_what_is_first_now(
    garden: UUID, park: UUID, lake: UUID, config: Config, database: Database, connection: asyncpg.Connection
) -> None:
    many = await enqueue(database, garden, 10)
    await finish(connection, config, database, garden, *many[:4])
    # What is being done is not in line any more.
    await connection.execute(TAKEN, str(many[4]))

    [new] = await enqueue(database, park)
    more = await enqueue(database, lake, 2)

    found = await turns(connection)
    assert [found[str(id_)] for id_ in (many[5], new, *more)] == [5, 5, 5, 6]
    assert await line(connection) == [garden, park, lake, garden, lake, garden, garden, garden]


async def test_who_has_been_served_is_not_behind_a_newcomer_for_it(
    garden: UUID, park: UUID, config: Config, database: Database, connection: asyncpg.Connection
) -> None:
    many = await enqueue(database, garden, 3)
    await finish(connection, config, database, garden, *many)
    assert await turns(connection) == {}

    ids = [(await enqueue(database, park))[0], (await enqueue(database, garden))[0]]

    assert await turns(connection) == dict.fromkeys(map(str, ids), 0)


async def test_more_of_a_project_that_waits_goes_behind_what_it_has_in_line(
    garden: UUID, park: UUID, config: Config, database: Database, connection: asyncpg.Connection
) -> None:
    ids = await enqueue(database, garden, 4)
    await enqueue(database, park, 4)
    await finish(connection, config, database, garden, ids[0])

    [more] = await enqueue(database, garden)

    assert (await turns(connection))[str(more)] == 4
    assert await line(connection) == [park, garden, park, garden, park, garden, park, garden]


async def test_another_try_waits_like_what_is_new(
    garden: UUID, park: UUID, database: Database, connection: asyncpg.Connection
) -> None:
    [gone] = await enqueue(database, garden)
    await cancel_generation(Writer(database), place_of(garden), gone)
    await connection.execute(DONE, str(gone))
    waiting = await enqueue(database, garden, 3)
    theirs = await enqueue(database, park)

    again = (await retry_generation(Writer(database), place_of(garden), gone, ["sample"])).id

    found = await turns(connection)
    assert [found[str(id_)] for id_ in [*waiting, *theirs, again]] == [0, 1, 2, 0, 3]


async def test_another_try_of_a_project_with_nothing_in_line(
    garden: UUID, park: UUID, config: Config, database: Database, connection: asyncpg.Connection
) -> None:
    [id_] = await enqueue(database, garden)
    steps = Steps.of(database, garden, id_)
    await steps.start()
    await steps.fail()
    await connection.execute(DONE, str(id_))
    theirs = await enqueue(database, park, 7)
    await finish(connection, config, database, park, *theirs[:5])

    again = (await retry_generation(Writer(database), place_of(garden), id_, ["sample"])).id

    assert (await turns(connection))[str(again)] == 5


async def test_who_asks_at_the_same_time_takes_turns_too(
    garden: UUID, park: UUID, lake: UUID, database: Database, connection: asyncpg.Connection
) -> None:
    await asyncio.gather(*(enqueue(database, project_id, 20) for project_id in (garden, park, lake)))

    found = await line(connection)
    assert [set(found[start : start + 3]) for start in range(0, 60, 3)] == [{garden, park, lake}] * 20
