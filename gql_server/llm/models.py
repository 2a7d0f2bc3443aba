"""Opens a language model by its entry in the catalogue, and imports a provider's client only then."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from importlib import import_module

from gql_server.llm.catalogue import NamedModel
from gql_server.llm.exchange import LanguageModel
from gql_server.llm.sample_model import SampleModel


@asynccontextmanager
async def open_model(named: NamedModel) -> AsyncGenerator[LanguageModel]:
    """A model to ask any number of questions, several at a time; its connections close with the context."""
    if named.provider == "sample":
        yield SampleModel()
        return
    # Takes seconds, for which nothing else should wait; web processes never ask.
    await asyncio.to_thread(import_module, "gql_server.llm.providers")
    from gql_server.llm.providers import provided_model  # noqa: PLC0415

    async with provided_model(named) as model:
        yield model
