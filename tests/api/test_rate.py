"""How many requests a caller may send in a second and at a time, and that nothing is refused for want of Redis."""

import asyncio
import socket
import sys
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack, asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from conftest import starting
from httpx import ASGITransport, AsyncClient, Response
from limits.aio.storage import memory
from logins import AUTHORIZATION
from patience import BOUND_SECONDS
from pydantic import SecretStr

from gql_server.app import create_app
from gql_server.config import Config, read_config
from gql_server.db.database import Database
from gql_server.errors import SettingError
from gql_server.http import rate
from gql_server.http.rate import RateLimiter
from gql_server.http.refusals import Refusal
from gql_server.log import configure_logging

TYPENAME = {"query": "{ __typename }"}


class Clock:
    """A clock that stands until it is moved."""

    now = 1_000_000.25

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock that a limiter's memory goes by."""
    clock = Clock()
    monkeypatch.setattr(memory, "time", SimpleNamespace(time=clock.time))
    return clock


def settings(**given: Any) -> Config:
    return read_config(database_url=SecretStr("postgresql://nowhere/"), **given)


async def admits(limiter: RateLimiter, caller: str = "a") -> bool:
    try:
        async with limiter.admitted(caller):
            return True
    except Refusal:
        return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def silent_port() -> Generator[int]:
    """A port where connections are taken and never a word is said."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


async def test_so_many_requests_in_a_second_and_not_one_more(clock: Clock) -> None:
    limiter = RateLimiter(settings(rate_limit_per_second=3))

    assert [await admits(limiter) for _ in range(5)] == [True, True, True, False, False]
    assert await admits(limiter, "b")
    clock.now += 2
    assert [await admits(limiter) for _ in range(4)] == [True, True, True, False]


async def test_the_window_slides(clock: Clock) -> None:
    limiter = RateLimiter(settings(rate_limit_per_second=4))
    clock.now += 0.5

    assert [await admits(limiter) for _ in range(4)] == [True] * 4
    clock.now += 0.5  # a quarter of the next second
    assert [await admits(limiter) for _ in range(2)] == [True, False]


async def test_who_is_refused_is_told_to_wait(clock: Clock) -> None:
    limiter = RateLimiter(settings(rate_limit_per_second=1))
    await admits(limiter)

    with pytest.raises(Refusal) as caught:
        async with limiter.admitted("a"):
            pass

    assert caught.value.status == 429
    assert caught.value.extensions == {"code": "LIMIT_EXCEEDED", "limit": "REQUEST_RATE"}
    assert caught.value.headers == {"retry-after": "1"}
    assert caught.value.message == "You have sent more than 1 requests in a second; wait for the next."


async def test_so_many_requests_at_a_time_and_not_one_more() -> None:
    limiter = RateLimiter(settings(in_flight_limit=2))
    async with AsyncExitStack() as requests:
        await requests.enter_async_context(limiter.admitted("a"))
        async with limiter.admitted("a"):
            with pytest.raises(Refusal) as caught:
                await requests.enter_async_context(limiter.admitted("a"))
            assert await admits(limiter, "b")
        assert await admits(limiter)

    assert caught.value.message == "This would be 3 of your requests at a time; there may be 2."
    assert (caught.value.status, caught.value.headers) == (429, {"retry-after": "1"})


async def test_a_place_is_given_back_whatever_becomes_of_the_request(clock: Clock) -> None:
    limiter = RateLimiter(settings(in_flight_limit=1, rate_limit_per_second=2))
    with pytest.raises(RuntimeError):
        async with limiter.admitted("a"):
            raise RuntimeError

    assert [await admits(limiter) for _ in range(3)] == [True, False, False]
    clock.now += 2
    assert await admits(limiter)
    assert limiter._in_flight == {}


async def test_zero_is_no_limit() -> None:
    limiter = RateLimiter(settings(rate_limit_per_second=0, in_flight_limit=0))
    async with AsyncExitStack() as requests:
        for _ in range(500):
            await requests.enter_async_context(limiter.admitted("a"))


@pytest.mark.parametrize("kind", ["closed", "silent"])
async def test_without_redis_all_are_let_through_with_one_warning(
    kind: str, silent_port: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port() if kind == "closed" else silent_port
    monkeypatch.setattr(rate, "AWAY_SECONDS", 0.2)
    url = SecretStr(f"redis://:secret@127.0.0.1:{port}/0")
    config = settings(rate_limit_per_second=1, rate_limit_storage=url)
    configure_logging(config)
    limiter = RateLimiter(config)
    begun = time.monotonic()

    assert [await admits(limiter) for _ in range(100)] == [True] * 100
    assert time.monotonic() - begun < BOUND_SECONDS  # A wait for each would be 25.
    await asyncio.sleep(0.25)
    assert await admits(limiter)

    [warning] = capsys.readouterr().err.splitlines()
    assert "requests are let through" in warning
    assert "secret" not in warning


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("memory://", "it should begin with redis:// or rediss://."),
        ("", "it should begin with redis:// or rediss://."),
        ("redis://localhost:six/0", "it is no address."),
    ],
)
def test_a_storage_that_is_no_redis_is_a_sentence(url: str, problem: str) -> None:
    with pytest.raises(SettingError) as caught:
        settings(rate_limit_storage=SecretStr(url))

    assert str(caught.value) == f"GQL_SERVER_RATE_LIMIT_STORAGE is wrong: {problem}"


def test_redis_without_its_client_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)

    with pytest.raises(SettingError) as caught:
        settings(rate_limit_storage=SecretStr("redis://localhost"))

    assert str(caught.value) == (
        "GQL_SERVER_RATE_LIMIT_STORAGE is wrong: it needs the extra `redis`: pip install 'gql-server[redis]'."
    )


@asynccontextmanager
async def serving(config: Config, database: Database) -> AsyncGenerator[AsyncClient]:
    async with (
        starting(create_app(config, database)) as manager,
        AsyncClient(transport=ASGITransport(app=manager.app), base_url="http://test", headers=AUTHORIZATION) as http,
    ):
        yield http


def refusals(responses: list[Response]) -> list[tuple[int, str, str]]:
    return [
        (response.status_code, response.headers["retry-after"], response.json()["errors"][0]["extensions"]["code"])
        for response in responses
        if response.status_code != 200
    ]


async def test_a_server_refuses_what_comes_too_fast(config: Config, database: Database, clock: Clock) -> None:
    async with serving(config.model_copy(update={"rate_limit_per_second": 4}), database) as http:
        responses = [await http.post("/graphql", json=TYPENAME) for _ in range(6)]
        health = await http.get("/healthz")

    assert refusals(responses) == [(429, "1", "LIMIT_EXCEEDED")] * 2
    assert responses[-1].json().keys() == {"errors"}
    assert health.status_code == 200


async def test_a_server_refuses_what_comes_at_a_time(config: Config, database: Database) -> None:
    async with serving(config.model_copy(update={"in_flight_limit": 4}), database) as http:
        query = {"query": "{ clients { totalCount } }"}
        responses = await asyncio.gather(*(http.post("/graphql", json=query) for _ in range(6)))
        after = await http.post("/graphql", json=query)

    assert refusals(responses) == [(429, "1", "LIMIT_EXCEEDED")] * 2
    assert after.status_code == 200
