"""A database, a fake provider and workers for all tests here: a worker takes seconds to start."""

import asyncio
from collections.abc import Generator

import pytest
from fake_provider import FakeProvider, fake_provider
from fake_streams import Reply
from generating import ANSWER, Generating
from target import NewDatabase
from workers import Workers, workers_of
from world import World


@pytest.fixture(scope="session")
def dsn(new_database: NewDatabase) -> Generator[str]:
    """In place of one for each test."""
    with asyncio.Runner() as runner:
        database = new_database()
        yield runner.run(database.__aenter__())
        runner.run(database.__aexit__(None, None, None))


@pytest.fixture(scope="session")
def running_provider() -> Generator[FakeProvider]:
    with fake_provider() as provider:
        yield provider


@pytest.fixture
def provider(running_provider: FakeProvider) -> FakeProvider:
    """Answers what is valid, unless it is told otherwise."""
    running_provider.calls.clear()
    running_provider.replies.clear()
    running_provider.script = lambda _body, _number: Reply(ANSWER)
    return running_provider


@pytest.fixture(scope="session")
def workers(dsn: str, running_provider: FakeProvider, tmp_path_factory: pytest.TempPathFactory) -> Generator[Workers]:
    """None runs until a test wants one; each test says how many are to be awake."""
    with workers_of(dsn, running_provider, tmp_path_factory.mktemp("workers")) as workers:
        yield workers


@pytest.fixture
async def generating(world: World, provider: FakeProvider) -> Generating:
    await world.connection.execute("RESET ROLE")
    return Generating(world, provider)
