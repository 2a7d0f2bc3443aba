"""What the demo projects have spent on language models in the last sixty days."""

import datetime as dt
import itertools
import random
from decimal import Decimal

from gql_server.demo.catalogue import LlmModel, base_prompts, llm_models
from gql_server.demo.project import Plan
from gql_server.demo.seeds import UsageSeed

_DAYS = 60
_CALLS_ON_WEEKDAY = (10, 11, 12, 10, 8, 2, 1)
_FIRST_HOUR, _LAST_HOUR, _BUSIEST_HOUR = 6, 22, 10


def llm_usage(plan: Plan, today_at: dt.datetime) -> list[UsageSeed]:
    rng = plan.rng("usage")
    moments = _moments(rng, today_at, plan.end)
    prompts = [prompt.id for prompt in base_prompts()]
    weights = _taste(rng)
    models = rng.choices(llm_models(), weights, k=len(moments))
    rows: list[UsageSeed] = []
    for number, (model, created_at) in enumerate(zip(models, moments, strict=True), start=1):
        tokens_in = int(rng.triangular(280, 2900, 900))
        tokens_out = int(rng.triangular(110, 1300, 320))
        rows.append(
            UsageSeed(
                plan.row_id("usage", number),
                plan.id,
                rng.choice(prompts),
                tokens_in,
                tokens_out,
                model.name,
                cost(model, tokens_in, tokens_out),
                created_at,
            )
        )
    return rows


def cost(model: LlmModel, tokens_in: int, tokens_out: int) -> Decimal:
    """US dollars to six places: a price for a million tokens is the micro-dollars of one."""
    micro_dollars = tokens_in * model.input_price + tokens_out * model.output_price
    return Decimal(round(micro_dollars)).scaleb(-6)


def _taste(rng: random.Random) -> list[float]:
    """Each project leans towards some models of the list."""
    return [model.weight * rng.uniform(0.4, 1.6) for model in llm_models()]


def _moments(rng: random.Random, today_at: dt.datetime, end: dt.datetime) -> list[dt.datetime]:
    """Calls in order of time, dense by day and on weekdays, none at night."""
    mornings = [today_at - dt.timedelta(days=days) for days in range(_DAYS, 0, -1)]
    mornings = [morning for morning in mornings if morning < end]
    cumulative = list(itertools.accumulate(_CALLS_ON_WEEKDAY[morning.weekday()] for morning in mornings))
    days = rng.choices(mornings, cum_weights=cumulative, k=rng.randint(135, 165))
    return sorted(day + dt.timedelta(seconds=_second_of_day(rng)) for day in days)


def _second_of_day(rng: random.Random) -> int:
    return int(rng.triangular(_FIRST_HOUR, _LAST_HOUR, _BUSIEST_HOUR) * 3600)
