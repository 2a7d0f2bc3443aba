"""Ids and moments that come out the same on every machine."""

import datetime as dt
import random
import uuid
from functools import lru_cache

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "demo.gql-server.example.org")


@lru_cache(64)
def demo_id(path: str) -> uuid.UUID:
    return uuid.uuid5(_NAMESPACE, path)


def seeded(path: str) -> random.Random:
    return random.Random(path)  # noqa: S311 - the same texts everywhere, no secrets


def midnight(day: dt.date) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)


def moment(rng: random.Random, start: dt.datetime, end: dt.datetime) -> dt.datetime:
    """A whole second from `start` up to and including `end`."""
    seconds = int((end - start).total_seconds())
    return start + dt.timedelta(seconds=rng.randint(0, seconds))


def later_or_same(rng: random.Random, created_at: dt.datetime, end: dt.datetime) -> dt.datetime:
    """When a row was last changed: for two rows in five never since it was made."""
    return created_at if rng.random() < 0.4 else moment(rng, created_at, end)
