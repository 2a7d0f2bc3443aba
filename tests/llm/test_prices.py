from datetime import UTC, datetime
from decimal import Decimal

import pytest

from gql_server.llm.catalogue import SAMPLE, NamedModel
from gql_server.llm.exchange import TokenUsage
from gql_server.llm.prices import cost_of

AT = datetime(2026, 1, 1, tzinfo=UTC)
USAGE = TokenUsage(1_000, 200, {})


def test_the_sample_model_costs_nothing() -> None:
    assert cost_of(NamedModel(SAMPLE, SAMPLE), USAGE) == Decimal(0)


@pytest.mark.parametrize(
    ("price_in", "price_out", "cost"),
    [("0", "0", "0"), ("2", "8", "0.0036"), ("0.01", "0.000001", "0.0000100002"), ("0.000000001", "0", "1E-12")],
)
def test_a_price_of_the_catalogue_wins(price_in: str, price_out: str, cost: str) -> None:
    named = NamedModel("gpt", "openai:gpt-4o", price_in=Decimal(price_in), price_out=Decimal(price_out))

    assert cost_of(named, USAGE, AT) == Decimal(cost)


@pytest.mark.parametrize(
    ("model", "cost"),
    [
        ("openai:gpt-4o", "0.0045"),
        ("openai-chat:gpt-4o-mini", "0.00027"),
        ("anthropic:claude-3-5-haiku-latest", "0.0016"),
    ],
)
def test_known_models_cost_what_is_known(model: str, cost: str) -> None:
    assert cost_of(NamedModel("m", model), USAGE, AT) == Decimal(cost)


def test_one_token_of_a_small_model_is_not_rounded_away() -> None:
    assert cost_of(NamedModel("m", "openai:gpt-4o-mini"), TokenUsage(1, 0, {}), AT) == Decimal("0.00000015")


def test_cached_tokens_cost_less_and_reasoning_ones_are_part_of_the_answer() -> None:
    cached = TokenUsage(1_000, 200, {"cache_read_tokens": 1_000, "reasoning_tokens": 100})

    assert cost_of(NamedModel("m", "openai:gpt-4o"), cached, AT) == Decimal("0.00325")


@pytest.mark.parametrize(
    ("model", "base_url"),
    [
        ("openai:no-such-model", None),
        ("openai-chat:qwen3", "http://127.0.0.1:11434/v1"),
        ("openai-chat:gpt-4o", "http://127.0.0.1:11434/v1"),
    ],
)
def test_an_unknown_price_is_not_zero(model: str, base_url: str | None) -> None:
    assert cost_of(NamedModel("m", model, base_url), USAGE, AT) is None


def test_the_address_of_a_known_provider_has_its_prices() -> None:
    named = NamedModel("m", "openai-chat:gpt-4o", "https://api.openai.com/v1")

    assert cost_of(named, USAGE, AT) == Decimal("0.0045")
