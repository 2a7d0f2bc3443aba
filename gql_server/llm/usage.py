"""What a call has used, as its provider tells it."""

from pydantic_ai.usage import RequestUsage

from gql_server.llm.exchange import TokenUsage


def told(usage: RequestUsage) -> TokenUsage | None:
    """None when the provider has told nothing."""
    if not usage.input_tokens and not usage.output_tokens:
        return None
    reasoning = usage.output_reasoning_tokens or usage.details.get("reasoning_tokens", 0)
    details = {
        "cache_read_tokens": usage.cache_read_tokens,
        "cache_write_tokens": usage.cache_write_tokens,
        "reasoning_tokens": reasoning,
    }
    return TokenUsage(
        usage.input_tokens, usage.output_tokens, {name: tokens for name, tokens in details.items() if tokens}
    )
