from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from gql_server.config import read_config
from gql_server.errors import SettingError
from gql_server.llm.catalogue import SAMPLE, NamedModel, read_models

KEY = "sk-secret-0123456789"
EXAMPLE = """
["openai:gpt-5-mini"]
key_env = "TESTED_KEY"

[claude]
model = "anthropic:claude-sonnet-4-5"
key_file = "key"
max_tokens = 4000

[local]
model = "openai-chat:qwen3"
base_url = "http://127.0.0.1:11434/v1"
timeout_seconds = 300
concurrency = 1
price_in = "0"
price_out = 0.25
"""


@pytest.fixture
def models_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TESTED_KEY", KEY)
    monkeypatch.setenv("EMPTY_KEY", " ")
    monkeypatch.setenv("SPACED_KEY", f"{KEY} {KEY}")
    (tmp_path / "key").write_text(f"{KEY}\n")
    return tmp_path / "models.toml"


def read(models_file: Path | None, **more: Any) -> dict[str, NamedModel]:
    return dict(read_models(read_config(database_url="postgresql://", models_file=models_file, **more)))


def test_without_a_file_there_is_the_sample_model() -> None:
    assert read(None) == {SAMPLE: NamedModel(SAMPLE, SAMPLE)}
    assert read(None, default_model=SAMPLE) == read(None)


def test_an_example(models_file: Path) -> None:
    models_file.write_text(EXAMPLE)

    models = read(models_file, default_model="local")

    assert list(models) == [SAMPLE, "openai:gpt-5-mini", "claude", "local"]
    gpt, claude = models["openai:gpt-5-mini"], models["claude"]
    assert (gpt.model, gpt.provider, gpt.provider_name) == ("openai:gpt-5-mini", "openai", "gpt-5-mini")
    assert gpt.key is not None
    assert gpt.key.get_secret_value() == KEY
    assert (gpt.timeout_seconds, gpt.concurrency, gpt.price_in, gpt.max_tokens) == (120, 8, None, None)
    assert (claude.provider, claude.key, claude.max_tokens) == ("anthropic", gpt.key, 4000)
    assert models["local"] == NamedModel(
        "local",
        "openai-chat:qwen3",
        base_url="http://127.0.0.1:11434/v1",
        timeout_seconds=300,
        concurrency=1,
        price_in=Decimal(0),
        price_out=Decimal("0.25"),
    )
    assert (models["local"].provider, models["local"].provider_name) == ("openai", "qwen3")
    assert models[SAMPLE].provider == SAMPLE
    assert KEY not in repr(models)


KNOWN = "model, base_url, key_env, key_file, timeout_seconds, concurrency, price_in, price_out, max_tokens"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[a", "GQL_SERVER_MODELS_FILE is wrong: {} is no TOML: Expected ']' at the end of a table declaration"),
        ('model = "openai:a"', "{}: model stands outside of a table; begin each model with [name]."),
        ("[sample]", "{}: 'sample' cannot be a model's name; call it something else."),
        ('["  "]', "{}: '  ' cannot be a model's name; call it something else."),
        ('["openai:a"]\nkey = "sk-1"', "{}: model 'openai:a': key is not known; these are: " + KNOWN + "."),
        ("[fast]", "{}: model 'fast' needs a `model`, or another name: it should begin with "),
        ('[a]\nmodel = "google:b"', "{}: model 'a': model is wrong: it should begin with openai:, openai-chat:, "),
        ('[a]\nmodel = "openai:"', "{}: model 'a': model is wrong: it should begin with openai:, openai-chat:, "),
        ("[a]\nmodel = 7", "{}: model 'a': model is wrong: input should be a valid string."),
        ('["openai:a"]\nbase_url = "127.0.0.1:1"', "{}: model 'openai:a': base_url is wrong: it should be an address"),
        ('["openai:a"]\nbase_url = "http://"', "{}: model 'openai:a': base_url is wrong: it should be an address"),
        ('["openai:a"]\nbase_url = "http://h:x/"', "{}: model 'openai:a': base_url is wrong: it should be an address"),
        ('["openai:a"]\nbase_url = "http://[::"', "{}: model 'openai:a': base_url is wrong: it should be an address"),
        ('["openai:a"]\nbase_url = "http://u:p@h"', "{}: model 'openai:a': base_url is wrong: it should have no user"),
        ('["openai:a"]\nbase_url = "http://h/?a=b"', "{}: model 'openai:a': base_url is wrong: it should have no user"),
        (
            '["openai:a"]\ntimeout_seconds = 0',
            "{}: model 'openai:a': timeout_seconds is wrong: input should be greater",
        ),
        ('["openai:a"]\ntimeout_seconds = nan', "{}: model 'openai:a': timeout_seconds is wrong: input should be "),
        ('["openai:a"]\nconcurrency = 1.5', "{}: model 'openai:a': concurrency is wrong: input should be a valid int"),
        ('["openai:a"]\nconcurrency = true', "{}: model 'openai:a': concurrency is wrong: it should be a number."),
        ('["openai:a"]\nprice_in = "-1"', "{}: model 'openai:a': price_in is wrong: input should be greater than or"),
        ('["openai:a"]\nprice_in = "nan"', "{}: model 'openai:a': price_in is wrong: input should be a finite number."),
        ('["openai:a"]\nprice_in = "1"', "{}: model 'openai:a': price_in and price_out belong together; one is miss"),
        ('["openai:a"]\nmax_tokens = 0', "{}: model 'openai:a': max_tokens is wrong: input should be greater than or"),
        (
            '["openai:a"]\nkey_env = "TESTED_KEY"\nkey_file = "key"',
            "{}: model 'openai:a': key_env and key_file are both there; one is enough.",
        ),
        (
            '["openai:a"]\nkey_env = "NO_SUCH"',
            "{}: model 'openai:a': its key is missing: there is no environment variable NO_SUCH that can be read.",
        ),
        (
            '["openai:a"]\nkey_file = "no/such"',
            "{}: model 'openai:a': its key is missing: there is no key_file no/such that can be read.",
        ),
        (
            '["openai:a"]\nkey_env = "EMPTY_KEY"',
            "{}: model 'openai:a': what is in environment variable EMPTY_KEY is no key: one is a line without spaces.",
        ),
        (
            '["openai:a"]\nkey_env = "SPACED_KEY"',
            "{}: model 'openai:a': what is in environment variable SPACED_KEY is no key: one is a line without spaces.",
        ),
    ],
)
def test_a_mistake_in_the_file_is_told(models_file: Path, text: str, sentence: str) -> None:
    models_file.write_text(text)

    with pytest.raises(SettingError) as raised:
        read(models_file)

    message = str(raised.value)
    assert message.startswith(sentence.format(models_file))
    assert message.endswith(".")
    assert "\n" not in message
    assert "sk-" not in message


def test_a_file_that_is_not_there(models_file: Path) -> None:
    with pytest.raises(SettingError) as raised:
        read(models_file)

    sentence = f"GQL_SERVER_MODELS_FILE is wrong: {models_file} cannot be read: No such file or directory."
    assert str(raised.value) == sentence


def test_a_file_that_is_no_text(models_file: Path) -> None:
    models_file.write_bytes(b"\xff\xfe")

    with pytest.raises(SettingError) as raised:
        read(models_file)

    assert str(raised.value) == f"GQL_SERVER_MODELS_FILE is wrong: {models_file} is no TOML: it is not UTF-8."


def test_a_default_that_is_no_model(models_file: Path) -> None:
    models_file.write_text(EXAMPLE)

    with pytest.raises(SettingError) as raised:
        read(models_file, default_model="gpt")

    assert str(raised.value) == (
        "GQL_SERVER_DEFAULT_MODEL is wrong: no model is named 'gpt'; "
        "there is 'sample', 'openai:gpt-5-mini', 'claude', 'local'."
    )
