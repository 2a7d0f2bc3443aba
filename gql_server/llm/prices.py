"""What a call costs, in US dollars."""

from datetime import datetime
from decimal import Decimal, localcontext

from gql_server.llm.catalogue import NamedModel
from gql_server.llm.exchange import TokenUsage

MILLION = 1_000_000


def cost_of(named: NamedModel, usage: TokenUsage, at: datetime | None = None) -> Decimal | None:
    """None when the price is not known. The price is that of the time `at`, now by default; nothing is rounded."""
    if named.provider == "sample":
        return Decimal(0)
    if named.price_in is None or named.price_out is None:
        return _known(named, usage, at)
    with localcontext(prec=50):
        return (usage.tokens_in * named.price_in + usage.tokens_out * named.price_out) / MILLION


def _known(named: NamedModel, usage: TokenUsage, at: datetime | None) -> Decimal | None:
    # Its table takes a moment to import.
    from genai_prices import Usage, calc_price  # noqa: PLC0415

    counts = Usage(
        input_tokens=usage.tokens_in,
        output_tokens=usage.tokens_out,
        cache_read_tokens=usage.details.get("cache_read_tokens"),
        cache_write_tokens=usage.details.get("cache_write_tokens"),
    )
    try:
        if named.base_url is None:
            found = calc_price(counts, named.provider_name, provider_id=named.provider, genai_request_timestamp=at)
        else:
            # The same name may cost something else at another server.
            found = calc_price(counts, named.provider_name, provider_api_url=named.base_url, genai_request_timestamp=at)
    except LookupError:
        return None
    return found.total_price
