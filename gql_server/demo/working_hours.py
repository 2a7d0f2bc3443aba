"""When the demo projects ask language models for something."""

import datetime as dt
import itertools
import random

from gql_server.demo.project import Plan

DAYS = 60
"""How far back it is told what a project has asked for, day by day."""

_CALLS_ON_WEEKDAY = (10, 11, 12, 10, 8, 2, 1)
_FIRST_HOUR, _LAST_HOUR, _BUSIEST_HOUR = 6, 22, 10
_EARLY_DAYS, _TIMES_MORE = 5, 20


def working_moments(rng: random.Random, plan: Plan, today_at: dt.datetime, count: int) -> list[dt.datetime]:
    """Moments in order of time, dense by day and on weekdays, none at night."""
    mornings = [today_at - dt.timedelta(days=days) for days in range(DAYS, 0, -1)]
    mornings = [morning for morning in mornings if morning < plan.end]
    cumulative = list(itertools.accumulate(_work(plan, morning) for morning in mornings))
    days = rng.choices(mornings, cum_weights=cumulative, k=count)
    return sorted(day + dt.timedelta(seconds=_second_of_day(rng)) for day in days)


def _work(plan: Plan, morning: dt.datetime) -> int:
    is_early = plan.is_early and morning.day <= _EARLY_DAYS
    return _CALLS_ON_WEEKDAY[morning.weekday()] * (_TIMES_MORE if is_early else 1)


def _second_of_day(rng: random.Random) -> int:
    return int(rng.triangular(_FIRST_HOUR, _LAST_HOUR, _BUSIEST_HOUR) * 3600)
