"""How much one caller may ask for: requests in a second, requests that are being answered, and streams."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Generator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from time import monotonic

import structlog
from limits import RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.errors import StorageError

from gql_server.config import Config
from gql_server.errors import Limit
from gql_server.http.refusals import Refusal

WAIT_SECONDS = 0.25
"""How long a request waits for Redis."""

AWAY_SECONDS = 5
"""How long Redis is left alone when it did not answer."""

WORDS = {Limit.REQUESTS_IN_FLIGHT: "requests", Limit.SUBSCRIPTIONS: "subscriptions"}

log = structlog.stdlib.get_logger(__name__)


class RateLimiter:
    """Counts the requests of each caller. Without its storage it lets all through: it must not take the API down."""

    def __init__(self, config: Config) -> None:
        self._per_second = config.rate_limit_per_second
        self._at_a_time = config.in_flight_limit
        self._in_flight = Counter[str]()
        self._streams = Counter[str]()
        self._streams_at_a_time = config.stream_limit
        self._window = SlidingWindowCounterRateLimiter(_storage(config))
        self._away = False
        self._away_until = 0.0

    @asynccontextmanager
    async def admitted(self, caller: str) -> AsyncGenerator[None]:
        """Holds a place for a request of the caller's; raises Refusal when there is none."""
        with _place(self._in_flight, caller, self._at_a_time, Limit.REQUESTS_IN_FLIGHT):
            if self._per_second and not await self._count(caller):
                raise _refusal(
                    Limit.REQUEST_RATE,
                    f"You have sent more than {self._per_second} requests in a second; wait for the next.",
                )
            yield

    def stream(self, caller: str) -> AbstractContextManager[None]:
        """Holds a place for a subscription of the caller's; raises Refusal when there is none."""
        return _place(self._streams, caller, self._streams_at_a_time, Limit.SUBSCRIPTIONS)

    async def _count(self, caller: str) -> bool:
        """Whether the request is within the rate; true as well when that cannot be known."""
        if monotonic() < self._away_until:
            return True
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                within = await self._window.hit(RateLimitItemPerSecond(self._per_second), caller)
        except (StorageError, TimeoutError) as error:
            self._leave_alone(str(error.storage_error) if isinstance(error, StorageError) else "no answer in time")
            return True
        self._away = False
        return within

    def _leave_alone(self, reason: str) -> None:
        self._away_until = monotonic() + AWAY_SECONDS
        if not self._away:
            self._away = True
            log.warning("The rate limit's storage does not answer; requests are let through", reason=reason)


@contextmanager
def _place(held: Counter[str], caller: str, limit: int, what: Limit) -> Generator[None]:
    if limit and held[caller] >= limit:
        raise _refusal(what, f"This would be {held[caller] + 1} of your {WORDS[what]} at a time; there may be {limit}.")
    held[caller] += 1
    try:
        yield
    finally:
        held[caller] -= 1
        if not held[caller]:
            del held[caller]


def _storage(config: Config) -> MemoryStorage | RedisStorage:
    if config.rate_limit_storage is None:
        return MemoryStorage()
    url = config.rate_limit_storage.get_secret_value()
    return RedisStorage(url, wrap_exceptions=True, implementation="redispy", key_prefix="gql-server")


def _refusal(limit: Limit, message: str) -> Refusal:
    return Refusal(429, message, {"retry-after": "1"}, limit=limit)
