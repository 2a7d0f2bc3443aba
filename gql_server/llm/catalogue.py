"""The language models that an operator offers, by name; web processes read it, so nothing heavy is imported."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType

from pydantic import SecretStr

from gql_server.config import PREFIX, Config
from gql_server.errors import SettingError
from gql_server.llm.models_file import SAMPLE, ModelTable, key_of, tables_of

__all__ = ["SAMPLE", "NamedModel", "model_names", "read_models"]


@dataclass(frozen=True)
class NamedModel:
    """A model as callers name it; `model` is what it is at its provider, as `openai:gpt-5-mini`."""

    name: str
    model: str
    base_url: str | None = None
    """The provider's own address, when there is none."""
    key: SecretStr | None = None
    timeout_seconds: float = 120
    """Of one call as a whole."""
    concurrency: int = 8
    """Calls at a time that a worker may make; whoever makes them counts them."""
    price_in: Decimal | None = None
    """US dollars for a million tokens, as is `price_out`; the known price, when there is none."""
    price_out: Decimal | None = None
    max_tokens: int | None = None

    @property
    def provider(self) -> str:
        """Who is paid, and whose protocol is spoken: openai, anthropic or sample."""
        return self.model.partition(":")[0].removesuffix("-chat")

    @property
    def provider_name(self) -> str:
        """The model's name at its provider."""
        return self.model.partition(":")[2]


def model_names(config: Config) -> Sequence[str]:
    """The names of all models, without looking for their keys. Raises SettingError naming the first mistake."""
    names = [SAMPLE, *(() if config.models_file is None else tables_of(config.models_file))]
    if config.default_model is not None and config.default_model not in names:
        known = ", ".join(map(repr, names))
        raise SettingError(
            f"{PREFIX}DEFAULT_MODEL is wrong: no model is named {config.default_model!r}; there is {known}."
        )
    return names


def read_models(config: Config) -> Mapping[str, NamedModel]:
    """The sample model and those of the models file, with their keys. Raises SettingError naming the first mistake."""
    model_names(config)
    models = {SAMPLE: NamedModel(SAMPLE, SAMPLE)}
    if config.models_file is not None:
        for name, table in tables_of(config.models_file).items():
            models[name] = _named(name, table, config.models_file)
    return MappingProxyType(models)


def _named(name: str, table: ModelTable, path: Path) -> NamedModel:
    return NamedModel(
        name,
        table.model or name,
        base_url=table.base_url,
        key=key_of(name, table, path),
        timeout_seconds=table.timeout_seconds,
        concurrency=table.concurrency,
        price_in=table.price_in,
        price_out=table.price_out,
        max_tokens=table.max_tokens,
    )
