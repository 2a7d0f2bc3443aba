"""The properties that demo contents have besides title and body, as their object models ask for them."""

import random
import re
from typing import Any, NamedTuple, assert_never

from gql_server.demo.subject import Theme, Topic

_SENTENCE_END = re.compile(r"(?<=[.!?]) ")
_AUDIENCES = ("everyone", "everyone", "beginners", "members", "schools")
_CHANNELS = ("email", "web", "print", "noticeboard")


class Structured(NamedTuple):
    """An object model, by its key in the catalogue, and the metadata of a content that follows it."""

    object_model: str
    metadata: dict[str, Any] | None


def piece(rng: random.Random, theme: Theme, topic: Topic, body: str) -> Structured:
    match topic.kind:
        case "article":
            return _article(rng, theme, body)
        case "product":
            return Structured("product-description-1.0.0", topic.facts)
        case "label":
            return Structured("display-label-1.0.0", topic.facts)
        case "newsletter":
            return Structured("newsletter-item-1.0.0", _news(rng))
        case _:
            assert_never(topic.kind)


def answer(rng: random.Random, topic: Topic, terms: list[str]) -> Structured:
    """`terms` are those of the project's vocabulary that the answer may refer to."""
    metadata = {
        "section": topic.theme.replace("_", " ").capitalize(),
        "related_terms": rng.sample(terms, min(len(terms), rng.randint(1, 3))),
        "helpful_votes": rng.randint(0, 140),
    }
    return Structured("faq-entry-1.0.0", metadata)


def _article(rng: random.Random, theme: Theme, body: str) -> Structured:
    metadata: dict[str, Any] = {
        "tags": rng.sample(theme.tags, 2),
        "audience": rng.choice(_AUDIENCES),
        "word_count": len(body.split()),
    }
    if rng.random() < 0.6:
        return Structured("article-1.1.0", {"summary": _SENTENCE_END.split(body)[0], **metadata})
    return Structured("article-1.0.0", None if rng.random() < 0.3 else metadata)


def _news(rng: random.Random) -> dict[str, Any]:
    return {"channel": rng.choice(_CHANNELS), "issue": rng.randint(1, 48), "pinned": rng.random() < 0.2}
