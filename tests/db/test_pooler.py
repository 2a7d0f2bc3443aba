"""One connection to PostgreSQL for everybody: nobody sees another's rows through it, with PgBouncer or without."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from itertools import cycle, islice
from random import Random
from typing import Any

import asyncpg
import pooler
import pytest
from conftest import client_of, config_of
from httpx import AsyncClient
from logins import ADMIN_KEY, as_login, bearing
from world import World, moment

from gql_server.config import Config
from gql_server.db.database import open_database
from gql_server.db.health import check_version, wait_for_database
from gql_server.db.logins import LOGIN
from gql_server.errors import StartError

TASKS = 20
EVERYTHING = """
{
  viewer { client { name } }
  contents { nodes { title project { name } } }
  usage(groupBy: [CLIENT]) { client { name } calls tokensIn }
}
"""
NAMES = ("Acme", "Beacon")

Ask = Callable[[str], Awaitable[dict[str, Any]]]
"""Sends EVERYTHING with a key; answers with the whole response."""

DIRECT: dict[str, Any] = {"statement_cache_size": 100, "pool_size": 1}
"""One connection of the server's own, whose prepared statements serve whoever comes next."""

DOCUMENTED: dict[str, Any] = {"statement_cache_size": 0, "pool_size": 8}

KEPT: dict[str, Any] = {"statement_cache_size": 100, "pool_size": 8}
"""What goes with PgBouncer's `max_prepared_statements`."""

RESTLESS: dict[str, Any] = {**DOCUMENTED, "connection_project_limit": 1}
"""Every operation has a connection of its own to PgBouncer, begun amid the operations of others."""


@pytest.fixture
async def address(dsn: str, request: pytest.FixtureRequest) -> AsyncGenerator[str]:
    """The database's address behind PgBouncer; `indirect` parameters are PgBouncer's settings."""
    settings: dict[str, Any] = getattr(request, "param", {})
    if pooler.PROGRAM is None:
        pytest.skip("There is no pgbouncer here: apt-get install pgbouncer")
    if "max_prepared_statements" in settings and pooler.version() < (1, 21):
        pytest.skip(f"PgBouncer {'.'.join(map(str, pooler.version()))} keeps no prepared statements; 1.21 does")
    async with pooler.pgbouncer(dsn, **settings) as address:
        yield address


async def two_clients(world: World) -> dict[str, str]:
    """Clients of two projects each, in which everything has the project's name; answers with their keys."""
    model_id = await world.object_model()
    keys: dict[str, str] = {}
    for hour, client in enumerate(NAMES):
        client_id = await world.client(client)
        for number in range(2):
            name, created = f"{client} {number}", moment(10 * hour + number)
            project_id = await world.project(name, client_id)
            await world.content(project_id, name, model_id, created_at=created, updated_at=created)
            # The first client's cost more, and so come first.
            used = {"project_id": project_id, "created_at": created, "cost": 2 - hour}
            await world.llm_usage(name, **used)
        keys[client] = await world.key(client_id)
    return keys


def expected(viewer: str | None) -> dict[str, Any]:
    """What there is for a client, or for the administrator."""
    clients = [viewer] if viewer else NAMES
    names = [f"{client} {number}" for client in clients for number in range(2)]
    return {
        "viewer": {"client": viewer and {"name": viewer}},
        "contents": {"nodes": [{"title": name, "project": {"name": name}} for name in reversed(names)]},
        "usage": [{"client": {"name": client}, "calls": 2, "tokensIn": 200} for client in clients],
    }


async def user_and_role(address: str) -> list[str]:
    """Whose rights a session of PgBouncer's has before anything is said."""
    connection = await asyncpg.connect(as_login(address), statement_cache_size=0)
    try:
        return await connection.fetchval("SELECT ARRAY[current_user::text, current_setting('role')]")
    finally:
        await connection.close()


async def backends(connection: asyncpg.Connection) -> int:
    """How many connections the server, or PgBouncer for it, has to the test's database."""
    sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = $1"
    return await connection.fetchval(sql, LOGIN)


async def ask_in_turns(config: Config, keys: dict[str, str], requests: int, *, impatient: bool) -> list[str]:
    """Everybody asks again and again, at the same time; answers with whoever got anything but what is theirs.

    Impatient ones go away in the middle of every fifth operation.
    """
    viewers = {None: ADMIN_KEY, **keys}
    answers = {viewer: {"data": expected(viewer)} for viewer in viewers}
    wrong: list[str] = []

    async def ask(http: AsyncClient, viewer: str | None, patience: float | None) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                response = await http.post("/graphql", json={"query": EVERYTHING}, headers=bearing(viewers[viewer]))
                if response.json() != answers[viewer]:
                    wrong.append(f"{viewer}: {response.text}")

    async def task(http: AsyncClient, number: int) -> None:
        random = Random(number)
        for request, viewer in enumerate(islice(cycle(viewers), number, number + requests // TASKS)):
            await ask(http, viewer, random.uniform(0, 0.3) if impatient and request % 5 == 0 else None)

    async with open_database(config) as database, client_of(config, database) as http, asyncio.TaskGroup() as tasks:
        for number in range(TASKS):
            tasks.create_task(task(http, number))
    return wrong


# What graphql-core and strawberry have begun and not awaited when an operation is given up, they say as a warning.
given_up = pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.mark.timeout(240)
@given_up
@pytest.mark.parametrize("impatient", [False, True], ids=["patient", "impatient"])
async def test_one_connection_of_the_server_s_own(impatient: bool, world: World, dsn: str) -> None:
    keys = await two_clients(world)

    assert await ask_in_turns(config_of(dsn, **DIRECT), keys, 400, impatient=impatient) == []


@pytest.mark.timeout(240)
@given_up
@pytest.mark.parametrize(
    ("address", "settings", "impatient", "requests"),
    [
        ({}, DOCUMENTED, False, 2000),
        ({}, DOCUMENTED, True, 400),
        ({}, RESTLESS, False, 200),
        ({"max_prepared_statements": 200}, KEPT, False, 400),
    ],
    ids=["documented", "impatient", "restless", "prepared statements kept"],
    indirect=["address"],
)
async def test_one_connection_of_pgbouncer_s(
    address: str,
    settings: dict[str, Any],
    impatient: bool,
    requests: int,
    world: World,
    connection: asyncpg.Connection,
) -> None:
    keys = await two_clients(world)
    before = await backends(connection)

    wrong = await ask_in_turns(config_of(address, **settings), keys, requests, impatient=impatient)

    assert wrong == []
    # All of them went through the one that PgBouncer had when it was found to answer.
    assert await backends(connection) == before


@pytest.mark.parametrize("address", [{}], indirect=True)
async def test_a_server_starts_through_it_and_leaves_nothing_behind(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = config_of(address, **DOCUMENTED)
    for _ in range(2):
        # The driver counts the names of prepared statements, in each process from 1.
        monkeypatch.setattr("asyncpg.connection._uid", 0)
        await wait_for_database(config)
        await check_version(config)

        assert await user_and_role(address) == [LOGIN, "none"]


@pytest.mark.parametrize("address", [{}], indirect=True)
async def test_readiness_through_it(address: str) -> None:
    config = config_of(address, **DOCUMENTED)
    async with open_database(config) as database, client_of(config, database) as http:
        assert (await http.get("/readyz")).json() == {"status": "ok"}

    assert await user_and_role(address) == [LOGIN, "none"]


@pytest.mark.parametrize("address", [{}], indirect=True)
async def test_a_setting_that_it_does_not_know_is_refused_with_its_name(address: str) -> None:
    with pytest.raises(StartError) as caught:
        await wait_for_database(config_of(f"{address}&search_path=public", database_wait_seconds=0, **DOCUMENTED))

    assert str(caught.value) == (
        "The database cannot be reached: unsupported startup parameter: search_path. Gave up after 0 seconds."
    )
