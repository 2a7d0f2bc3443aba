"""A server whose database dies under it says so, and serves again when the database is back."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator, Generator
from pathlib import Path
from typing import Any

import pytest
from conftest import config_of, starting
from httpx import ASGITransport, AsyncClient
from logins import AUTHORIZATION
from mortal import MortalPostgres
from patience import PATIENCE_SECONDS

from gql_server.app import create_app
from gql_server.db.database import open_database
from gql_server.db.logins import make_database, make_roles
from gql_server.db.migrate import migrator
from gql_server.demo.load import load

NESTED = {"query": "{ projects { nodes { name contents { nodes { title } } vocabulary { nodes { term } } } } }"}


@pytest.fixture
def postgres() -> Generator[MortalPostgres]:
    with tempfile.TemporaryDirectory(prefix="gqls-") as directory:
        yield MortalPostgres(Path(directory))


@pytest.fixture
async def http(postgres: MortalPostgres) -> AsyncGenerator[AsyncClient]:
    with postgres.running():
        await make_roles(postgres.dsn)
        config = config_of(await make_database(postgres.dsn), log_level="error")
        async with migrator(config, lambda: None) as run:
            await run.migrate_shared(await run.shared_state())
        async with open_database(config) as database:
            await load(database, 3)
    async with (
        starting(create_app(config)) as manager,
        AsyncClient(transport=ASGITransport(app=manager.app), base_url="http://test", headers=AUTHORIZATION) as client,
    ):
        yield client


async def test_killed_in_the_middle_and_back(postgres: MortalPostgres, http: AsyncClient) -> None:
    answers: list[dict[str, Any]] = []

    async def ask_on() -> None:
        while True:
            answers.append((await http.post("/graphql", json=NESTED)).json())

    with postgres.running():
        whole = (await http.post("/graphql", json=NESTED)).json()
        assert (await http.get("/readyz")).status_code == 200
        asking = [asyncio.create_task(ask_on()) for _ in range(4)]
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not answers:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.5)
            postgres.kill()
            while answers[-1] == whole:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.5)
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)

    # Each answer was the whole one, or had no error but this.
    failed = [answer for answer in answers if answer != whole]
    assert 0 < len(failed) < len(answers)
    for answer in failed:
        assert {error["extensions"]["code"] for error in answer["errors"]} == {"UNAVAILABLE"}
    ready = await http.get("/readyz")
    assert (ready.status_code, ready.json()["status"]) == (503, "unavailable")
    assert (await http.get("/healthz")).status_code == 200

    with postgres.running():
        assert (await http.post("/graphql", json=NESTED)).json() == whole
        assert (await http.get("/readyz")).status_code == 200
