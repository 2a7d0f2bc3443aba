"""The contents of a demo project: its subject's topics, told as pieces and as answers to questions."""

import json
import random
from typing import NamedTuple

from gql_server.demo import structures
from gql_server.demo.catalogue import object_model_id
from gql_server.demo.identity import later_or_same, moment
from gql_server.demo.project import Plan
from gql_server.demo.seeds import ContentSeed, TermSeed
from gql_server.demo.structures import Structured
from gql_server.demo.subject import Topic
from gql_server.demo.writing import Writer

_UNTITLED_NEWS = 0.4


class _Draft(NamedTuple):
    title: str | None
    body: str
    topic: Topic
    structured: Structured


class Written(NamedTuple):
    """A content, and what it was made of."""

    content: ContentSeed
    topic: Topic
    structured: Structured


def contents(plan: Plan, vocabulary: list[TermSeed]) -> list[Written]:
    rng = plan.rng("contents")
    drafts = _Drafting(plan, rng, vocabulary).drafts()
    rng.shuffle(drafts)
    return [_stored(plan, rng, number, draft) for number, draft in enumerate(drafts, start=1)]


class _Drafting:
    def __init__(self, plan: Plan, rng: random.Random, vocabulary: list[TermSeed]) -> None:
        self._plan, self._rng, self._vocabulary = plan, rng, vocabulary
        self._writer = Writer(rng)

    def drafts(self) -> list[_Draft]:
        """Every topic comes up, and a few of them as both a piece and a question."""
        topics = self._rng.sample(self._plan.subject.topics, len(self._plan.subject.topics))
        count = self._rng.randint(35, 45)
        pieces = topics[: count * 3 // 5]
        questions = topics[len(pieces) - count :]
        asked = {topic.question for topic in questions}
        drafts = [self._piece(topic, answered=topic.question not in asked) for topic in pieces]
        return drafts + [self._answer(topic) for topic in questions]

    def _piece(self, topic: Topic, *, answered: bool) -> _Draft:
        """`answered` pieces take in the topic's question, which has no content of its own then."""
        theme = self._plan.subject.themes[topic.theme]
        paragraphs = [topic.text, f"{topic.question} {topic.answer}"] if answered else [topic.text]
        body = self._plan.localised(self._writer.compose(theme, topic, paragraphs))
        untitled = topic.kind == "newsletter" and self._rng.random() < _UNTITLED_NEWS
        title = None if untitled else self._plan.localised(topic.title)
        return _Draft(title, body, topic, structures.piece(self._rng, theme, topic, body))

    def _answer(self, topic: Topic) -> _Draft:
        theme = self._plan.subject.themes[topic.theme]
        body = self._plan.localised(self._writer.compose(theme, topic, [topic.answer]))
        terms = [term.term for term in self._vocabulary if term.category == theme.category]
        structured = structures.answer(self._rng, topic, terms)
        return _Draft(self._plan.localised(topic.question), body, topic, structured)


def _stored(plan: Plan, rng: random.Random, number: int, draft: _Draft) -> Written:
    created_at = moment(rng, plan.start, plan.end)
    metadata = draft.structured.metadata
    content = ContentSeed(
        id=plan.row_id("content", number),
        title=draft.title,
        body=draft.body,
        object_model_id=object_model_id(draft.structured.object_model),
        metadata=None if metadata is None else json.dumps(metadata, ensure_ascii=False),
        created_at=created_at,
        updated_at=later_or_same(rng, created_at, plan.end),
    )
    return Written(content, draft.topic, draft.structured)
