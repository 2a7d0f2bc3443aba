"""The contents of a demo project: its subject's topics, told as pieces and as answers to questions."""

import json
import random
from collections.abc import Iterator
from typing import NamedTuple

from gql_server.demo import structures
from gql_server.demo.catalogue import object_model_id
from gql_server.demo.identity import later_or_same, moment
from gql_server.demo.project import Plan
from gql_server.demo.seeds import ContentSeed, TermSeed
from gql_server.demo.structures import Structured
from gql_server.demo.subject import Topic
from gql_server.demo.writing import compose


class _Draft(NamedTuple):
    title: str | None
    body: str
    structured: Structured


def contents(plan: Plan, vocabulary: list[TermSeed]) -> list[ContentSeed]:
    rng = plan.rng("contents")
    drafts = list(_drafts(plan, rng, [term.term for term in vocabulary]))
    rng.shuffle(drafts)
    return [_stored(plan, rng, number, draft) for number, draft in enumerate(drafts, start=1)]


def _drafts(plan: Plan, rng: random.Random, terms: list[str]) -> Iterator[_Draft]:
    """Every topic comes up, and a few of them as both a piece and a question."""
    count = rng.randint(35, 45)
    topics = rng.sample(plan.subject.topics, len(plan.subject.topics))
    pieces = topics[: count * 3 // 5]
    questions = topics[len(pieces) - count :]
    asked = {topic.question for topic in questions}
    for topic in pieces:
        yield _piece(plan, rng, topic, answered=topic.question not in asked)
    for topic in questions:
        yield _answer(plan, rng, topic, terms)


def _piece(plan: Plan, rng: random.Random, topic: Topic, *, answered: bool) -> _Draft:
    theme = plan.subject.themes[topic.theme]
    paragraphs = [topic.text, f"{topic.question} {topic.answer}"] if answered else [topic.text]
    body = plan.localised(compose(rng, theme, topic, paragraphs))
    untitled = topic.kind == "newsletter" and rng.random() < 0.4
    title = None if untitled else plan.localised(topic.title)
    return _Draft(title, body, structures.piece(rng, theme, topic, body))


def _answer(plan: Plan, rng: random.Random, topic: Topic, terms: list[str]) -> _Draft:
    theme = plan.subject.themes[topic.theme]
    body = plan.localised(compose(rng, theme, topic, [topic.answer]))
    return _Draft(plan.localised(topic.question), body, structures.answer(rng, topic, terms))


def _stored(plan: Plan, rng: random.Random, number: int, draft: _Draft) -> ContentSeed:
    created_at = moment(rng, plan.start, plan.end)
    metadata = draft.structured.metadata
    return ContentSeed(
        id=plan.row_id("content", number),
        title=draft.title,
        body=draft.body,
        object_model_id=object_model_id(draft.structured.object_model),
        metadata=None if metadata is None else json.dumps(metadata, ensure_ascii=False),
        created_at=created_at,
        updated_at=later_or_same(rng, created_at, plan.end),
    )
