"""What the demo projects have asked language models for in the last sixty days, and what a call comes to."""

import datetime as dt
import random
from decimal import Decimal

from gql_server.demo.catalogue import BasePrompt, LlmModel, base_prompts, llm_models
from gql_server.demo.project import Plan
from gql_server.demo.seeds import UsageSeed
from gql_server.demo.working_hours import working_moments

_SECONDS_TO_BEGIN = 0.7
_SPREAD = 0.25


def llm_usage(plan: Plan, today_at: dt.datetime) -> list[UsageSeed]:
    """Calls for no generation that is still known."""
    rng = plan.rng("usage")
    moments = working_moments(rng, plan, today_at, rng.randint(135, 165))
    models = rng.choices(llm_models(), taste(plan), k=len(moments))
    return [
        _call(plan, rng, number, model, created_at)
        for number, (model, created_at) in enumerate(zip(models, moments, strict=True), start=1)
    ]


def taste(plan: Plan) -> list[float]:
    """How often a project chooses each of the models: it leans towards some of them."""
    rng = plan.rng("taste")
    return [model.weight * rng.uniform(0.4, 1.6) for model in llm_models()]


def cost(model: LlmModel, tokens_in: int, tokens_out: int) -> Decimal | None:
    """US dollars to six places: a price for a million tokens is the micro-dollars of one. None without a price."""
    if model.input_price is None or model.output_price is None:
        return None
    micro_dollars = tokens_in * model.input_price + tokens_out * model.output_price
    return Decimal(round(micro_dollars)).scaleb(-6)


def duration(rng: random.Random, model: LlmModel, tokens_out: int) -> dt.timedelta:
    """Whole milliseconds, longer for more tokens and now and then much longer."""
    seconds = (_SECONDS_TO_BEGIN + tokens_out / model.tokens_per_second) * rng.lognormvariate(0, _SPREAD)
    return dt.timedelta(milliseconds=round(seconds * 1000))


def _call(plan: Plan, rng: random.Random, number: int, model: LlmModel, created_at: dt.datetime) -> UsageSeed:
    prompt = rng.choice(base_prompts())
    tokens_in, tokens_out = int(rng.triangular(280, 2900, 900)), _tokens_out(rng, prompt)
    return UsageSeed(
        id=plan.row_id("usage", number),
        project_id=plan.id,
        prompt_id=prompt.id,
        tokens_in=tokens_in,
        tokens_out=tokens_out,
        model=model.name,
        cost=cost(model, tokens_in, tokens_out),
        created_at=created_at,
        status="succeeded",
        generation_id=None,
        is_estimated=False,
        finished_at=created_at + duration(rng, model, tokens_out),
    )


def _tokens_out(rng: random.Random, prompt: BasePrompt) -> int:
    return int(prompt.typical_tokens * rng.triangular(0.5, 2, 0.9))
