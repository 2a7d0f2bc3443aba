"""What all demo projects share: clients, object models, prompts and the prices of language models."""

import datetime as dt
import json
import tomllib
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple
from uuid import UUID

from gql_server.demo.identity import demo_id
from gql_server.demo.seeds import ClientSeed, ObjectModelSeed, PromptSeed


@dataclass(frozen=True, slots=True)
class LlmModel:
    """A model is chosen as often as its weight says; prices are US dollars for a million tokens, None when unknown."""

    name: str
    weight: float
    tokens_per_second: float
    input_price: float | None = None
    output_price: float | None = None


@dataclass(frozen=True, slots=True)
class BasePrompt:
    """Most answers have about as many tokens as are typical."""

    key: str
    name: str
    object_model: str
    typical_tokens: int
    required: list[str]
    role: str
    task: str
    parameters: dict[str, Any]

    @property
    def id(self) -> UUID:
        return demo_id(f"prompt/{self.key}")


class Shared(NamedTuple):
    """What the rows that all projects share say, by their ids; `structures` are of object models, JSON as text."""

    prompts: dict[UUID, PromptSeed]
    structures: dict[UUID, str]


@cache
def _catalogue() -> dict[str, list[dict[str, Any]]]:
    return tomllib.loads((files("gql_server.demo") / "catalogue.toml").read_text("utf-8"))


@cache
def llm_models() -> list[LlmModel]:
    return [LlmModel(**model) for model in _catalogue()["llm_models"]]


@cache
def base_prompts() -> list[BasePrompt]:
    return [BasePrompt(**prompt) for prompt in _catalogue()["prompts"]]


def client_id(key: str) -> UUID:
    return demo_id(f"client/{key}")


def object_model_id(key: str) -> UUID:
    return demo_id(f"object_model/{key}")


def budget_leeways() -> dict[UUID, Decimal]:
    """A client's budget for a month, as a multiple of what its busiest one has cost."""
    return {client_id(raw["key"]): Decimal(str(raw["budget_leeway"])) for raw in _catalogue()["clients"]}


def clients(end: dt.datetime) -> list[ClientSeed]:
    return [
        ClientSeed(client_id(raw["key"]), raw["name"], raw["contact_email"], _morning(end, 430 - 9 * number))
        for number, raw in enumerate(_catalogue()["clients"])
    ]


def object_models(end: dt.datetime) -> list[ObjectModelSeed]:
    return [
        ObjectModelSeed(
            object_model_id(raw["key"]),
            raw["name"],
            raw["version"],
            (files("gql_server.demo") / "object_models" / f"{raw['key']}.json").read_text("utf-8"),
            raw["description"],
            _morning(end, 405 - 2 * number),
        )
        for number, raw in enumerate(_catalogue()["object_models"])
    ]


def prompts(end: dt.datetime) -> list[PromptSeed]:
    return [
        PromptSeed(
            prompt.id,
            prompt.name,
            f"{prompt.role}\n\n{prompt.task.strip()}",
            _parameters(prompt),
            object_model_id(prompt.object_model),
            _morning(end, 390 - number),
            _morning(end, 390 - 37 * number),
        )
        for number, prompt in enumerate(base_prompts())
    ]


def _parameters(prompt: BasePrompt) -> str:
    return json.dumps(
        {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": prompt.parameters,
            "required": prompt.required,
            "additionalProperties": False,
        }
    )


def _morning(end: dt.datetime, days_ago: int) -> dt.datetime:
    """Between nine and ten, at a minute of the day's own."""
    return end - dt.timedelta(days=days_ago) + dt.timedelta(hours=9, minutes=days_ago * 23 % 60)
