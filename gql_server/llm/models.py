"""Opens a language model by its entry in the catalogue, and imports a provider's client only then."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from gql_server.llm.catalogue import NamedModel
from gql_server.llm.exchange import LanguageModel
from gql_server.llm.sample_model import SampleModel


@asynccontextmanager
async def open_model(named: NamedModel) -> AsyncGenerator[LanguageModel]:
    """A model to ask any number of questions, several at a time; its connections close with the context."""
    if named.provider == "sample":
        yield SampleModel()
        return
    # Takes seconds, and web processes never ask.
    from gql_server.llm.providers import provided_model  # noqa: PLC0415

    async with provided_model(named) as model:
        yield model
