"""Clients of the providers; the catalogue alone says where they go and with which key, not the environment."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx2
from anthropic import AsyncAnthropic
from openai import AsyncOpenAI
from pydantic_ai.models import Model
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.profiles.openai import OpenAIModelProfile, openai_model_profile
from pydantic_ai.providers.anthropic import AnthropicProvider
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

from gql_server.llm.catalogue import NamedModel

OPENAI = "https://api.openai.com/v1"
ANTHROPIC = "https://api.anthropic.com"

CONNECT_SECONDS = 10
"""The clients would wait for a connection as long as for an answer."""
NO_KEY = "none"
"""The clients insist on a key; it is not sent."""

HEADERS = frozenset(
    {
        "accept",
        "accept-encoding",
        "anthropic-beta",
        "anthropic-version",
        "connection",
        "content-length",
        "content-type",
        "host",
        "transfer-encoding",
        "user-agent",
    }
)
"""What a request has beside its key. The clients add what is in variables of theirs, and what machine this is."""


@asynccontextmanager
async def connected(named: NamedModel) -> AsyncGenerator[Model]:
    """A model at its provider, over connections that are closed with the context."""
    seconds = named.timeout_seconds
    timeouts = httpx2.Timeout(seconds, connect=min(CONNECT_SECONDS, seconds)).as_dict()

    async def as_it_should_be(request: httpx2.Request) -> None:
        kept = {name: value for name, value in request.headers.items() if name in HEADERS}
        request.headers = httpx2.Headers({**kept, **_key(named)})
        request.extensions = {**request.extensions, "timeout": timeouts}

    async with httpx2.AsyncClient(
        # Proxies and .netrc, that is; an authority of one's own is trusted all the same.
        trust_env=False,
        verify=httpx2.create_ssl_context(),
        limits=httpx2.Limits(max_connections=None, max_keepalive_connections=20),
        event_hooks={"request": [as_it_should_be]},
    ) as http:
        yield _model(named, http)


def _key(named: NamedModel) -> dict[str, str]:
    if named.key is None:
        return {}
    key = named.key.get_secret_value()
    return {"x-api-key": key} if named.provider == "anthropic" else {"authorization": f"Bearer {key}"}


def _model(named: NamedModel, http: httpx2.AsyncClient) -> Model:
    if named.provider == "anthropic":
        return _anthropic(named, http)
    openai = AsyncOpenAI(api_key=NO_KEY, base_url=named.base_url or OPENAI, http_client=http, max_retries=0)
    if named.base_url is None:
        provider = OpenAIProvider(openai_client=openai)
    else:
        provider = OpenAICompatibleProvider("openai-compatible", openai_client=openai)
    if named.model.startswith("openai-chat:"):
        return OpenAIChatModel(named.provider_name, provider=provider, profile=_chat_profile(named))
    return OpenAIResponsesModel(named.provider_name, provider=provider)


def _chat_profile(named: NamedModel) -> OpenAIModelProfile:
    # Only OpenAI's own models that reason refuse the field by which other servers know the limit of tokens.
    is_usual = named.base_url is None or openai_model_profile(named.provider_name).get("openai_supports_reasoning")
    return OpenAIModelProfile(openai_chat_supports_max_completion_tokens=bool(is_usual))


def _anthropic(named: NamedModel, http: httpx2.AsyncClient) -> Model:
    client = AsyncAnthropic(
        api_key=NO_KEY, base_url=named.base_url or ANTHROPIC, http_client=http, max_retries=0, open_telemetry=False
    )
    return AnthropicModel(named.provider_name, provider=AnthropicProvider(anthropic_client=client))
