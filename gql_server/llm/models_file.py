"""The TOML file of language models: a table for each, checked key by key, with API keys from elsewhere."""

import os
import re
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError

from gql_server.config import PREFIX
from gql_server.errors import SettingError

PROVIDERS = "openai", "openai-chat", "anthropic"
SAMPLE = "sample"
"""The one model that is in no file."""
KEY = re.compile(r"[!-~]+")
"""What a header can carry."""


def _check_model(model: str) -> str:
    provider, _, name = model.partition(":")
    if provider not in PROVIDERS or not name.strip():
        raise ValueError(f"it should begin with {', '.join(f'{one}:' for one in PROVIDERS)} and a model's name")
    return model


def _check_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        is_address = False
    else:
        if parts.username is not None or parts.query or parts.fragment:
            raise ValueError("it should have no user, password, query or fragment; a key comes by key_env or key_file")
    if not is_address or re.search(r"\s", url):
        raise ValueError("it should be an address, as http://127.0.0.1:11434/v1")
    return url


def _check_number(value: object) -> object:
    # Python takes true for 1.
    if isinstance(value, bool):
        raise ValueError("it should be a number")  # noqa: TRY004  pydantic takes no other
    return value


Number = BeforeValidator(_check_number)
Price = Annotated[Decimal, Number, Field(ge=0, le=1_000_000)]


class ModelTable(BaseModel):
    """A table of the file as it is written."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())

    model: Annotated[str, AfterValidator(_check_model)] | None = None
    base_url: Annotated[str, AfterValidator(_check_url)] | None = None
    key_env: str | None = None
    key_file: str | None = None
    timeout_seconds: Annotated[float, Number, Field(gt=0, le=3600)] = 120
    concurrency: Annotated[int, Number, Field(ge=1, le=1000)] = 8
    price_in: Price | None = None
    price_out: Price | None = None
    max_tokens: Annotated[int, Number, Field(ge=1, le=10_000_000)] | None = None


def tables_of(path: Path) -> Mapping[str, ModelTable]:
    """The file's tables by name. Raises SettingError with a sentence about the first mistake."""
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SettingError(f"{PREFIX}MODELS_FILE is wrong: {path} cannot be read: {error.strerror}.") from None
    except ValueError as error:
        # Of bytes that are not UTF-8, Python's own words would quote some.
        reason = "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else error
        raise SettingError(f"{PREFIX}MODELS_FILE is wrong: {path} is no TOML: {reason}.") from None
    return {name: _table(name, entries, path) for name, entries in document.items()}


def _table(name: str, entries: Any, path: Path) -> ModelTable:
    if not isinstance(entries, dict):
        raise SettingError(f"{path}: {name} stands outside of a table; begin each model with [name].")
    if name == SAMPLE or not name.strip():
        raise SettingError(f"{path}: {name!r} cannot be a model's name; call it something else.")
    try:
        table = ModelTable(**entries)  # pyright: ignore[reportUnknownArgumentType]
        if table.model is None:
            _check_model(name)
    except ValidationError as error:
        raise SettingError(f"{path}: model {name!r}: {_sentence(error)}") from None
    except ValueError as error:
        raise SettingError(f"{path}: model {name!r} needs a `model`, or another name: {error}.") from None
    return _check_pairs(name, table, path)


def _sentence(error: ValidationError) -> str:
    problem = error.errors(include_url=False, include_context=False, include_input=False)[0]
    key = ".".join(map(str, problem["loc"]))
    if problem["type"] == "extra_forbidden":
        return f"{key} is not known; these are: {', '.join(ModelTable.model_fields)}."
    message = problem["msg"].removeprefix("Value error, ").rstrip(".")
    return f"{key} is wrong: {message[0].lower()}{message[1:]}."


def _check_pairs(name: str, table: ModelTable, path: Path) -> ModelTable:
    if table.key_env is not None and table.key_file is not None:
        raise SettingError(f"{path}: model {name!r}: key_env and key_file are both there; one is enough.")
    if (table.price_in is None) != (table.price_out is None):
        raise SettingError(f"{path}: model {name!r}: price_in and price_out belong together; one is missing.")
    return table


def key_of(name: str, table: ModelTable, path: Path) -> SecretStr | None:
    """The API key from where the table says that it is. Raises SettingError, which never quotes it."""
    if table.key_env is not None:
        place, key = f"environment variable {table.key_env}", os.environ.get(table.key_env)
    elif table.key_file is not None:
        place, key = f"key_file {table.key_file}", _content(path.parent / table.key_file)
    else:
        return None
    if key is None:
        raise SettingError(f"{path}: model {name!r}: its key is missing: there is no {place} that can be read.")
    if not KEY.fullmatch(key.strip()):
        raise SettingError(f"{path}: model {name!r}: what is in {place} is no key: one is a line without spaces.")
    return SecretStr(key.strip())


def _content(path: Path) -> str | None:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
