"""What a language model was asked for when a demo content was made: a prompt, and the values of its variables."""

import datetime as dt
import random
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from gql_server.demo.catalogue import BasePrompt, base_prompts
from gql_server.demo.contents import Written
from gql_server.demo.project import Plan

_TONES = ("calm", "warm", "dry", "playful")
_ADDRESSED = 0.5

_Variables: TypeAlias = dict[str, Any]


class Brief(NamedTuple):
    prompt: BasePrompt
    variables: _Variables


def brief(plan: Plan, rng: random.Random, written: Written) -> Brief:
    prompt = rng.choice(_fitting(written))
    variables = _VARIABLES[prompt.key](rng, written)
    if "audience" in prompt.parameters and rng.random() < _ADDRESSED:
        variables["audience"] = plan.subject.settings["audience"]
    return Brief(
        prompt,
        {name: plan.localised(value) if isinstance(value, str) else value for name, value in variables.items()},
    )


def _fitting(written: Written) -> list[BasePrompt]:
    """The prompts that make such a content; only for schools is one rewritten."""
    metadata = written.structured.metadata or {}
    return [
        prompt
        for prompt in base_prompts()
        if prompt.object_model == written.structured.object_model
        and (prompt.key != "younger-readers" or metadata["audience"] == "schools")
    ]


def _article(rng: random.Random, written: Written) -> _Variables:
    words = len(written.content.body.split())
    return {
        "topic": written.topic.title,
        "tone": rng.choice(_TONES),
        "word_count": round(words, -1),
        "notes": written.topic.text,
    }


def _portrait(_: random.Random, written: Written) -> _Variables:
    return {"name": written.topic.title, "angle": _theme(written)}


def _rewritten(rng: random.Random, written: Written) -> _Variables:
    return {"text": written.topic.text, "age": rng.randint(8, 14)}


def _answer(_: random.Random, written: Written) -> _Variables:
    return {"question": written.topic.question, "facts": written.topic.answer}


def _question(rng: random.Random, written: Written) -> _Variables:
    return {"notes": written.topic.answer, "sentences": rng.randint(3, 6), "section": _theme(written)}


def _product(_: random.Random, written: Written) -> _Variables:
    facts = written.topic.facts
    price = f"{facts['price']['amount']:.2f} {facts['price']['currency']}"
    return {"product": written.topic.title, "features": facts["features"], "price": price}


def _label(_: random.Random, written: Written) -> _Variables:
    facts = written.topic.facts
    return {
        "object": written.topic.title,
        "object_number": facts["object_number"],
        "location": facts["location"],
        "history": written.topic.text,
    }


def _news(rng: random.Random, written: Written) -> _Variables:
    starts = written.content.created_at + dt.timedelta(days=rng.randint(3, 20))
    channel = (written.structured.metadata or {})["channel"]
    return {
        "news": written.topic.text.rstrip("."),
        "starts": f"{starts:%A}, {starts.day} {starts:%B}",
        "channel": channel,
    }


def _theme(written: Written) -> str:
    return written.topic.theme.replace("_", " ").capitalize()


_VARIABLES: dict[str, Callable[[random.Random, Written], _Variables]] = {
    "write-article": _article,
    "short-portrait": _portrait,
    "younger-readers": _rewritten,
    "answer-question": _answer,
    "notes-to-question": _question,
    "describe-product": _product,
    "display-label": _label,
    "announce-news": _news,
}
