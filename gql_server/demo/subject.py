"""What the demo projects are about: the hand-written texts of each subject, read from its file."""

import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Literal

Kind = Literal["article", "product", "label", "newsletter"]

SUBJECTS = ("garden", "coffee", "museum", "outdoor", "railway", "astronomy")


@dataclass(frozen=True, slots=True)
class Topic:
    """`related` names passages of the theme that may follow `text` or `answer`, the best first."""

    theme: str
    kind: Kind
    title: str
    related: list[str]
    text: str
    question: str
    answer: str
    facts: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Theme:
    """`category` is the part of the vocabulary that questions about the theme refer to."""

    category: str
    tags: list[str]
    closings: list[str]
    passages: dict[str, str]


@dataclass(frozen=True, slots=True)
class Term:
    term: str
    definition: str
    category: str


@dataclass(frozen=True, slots=True)
class Subject:
    """`{place}` in any of the texts stands for the place of the project."""

    client: str
    institution: str
    places: list[str]
    programmes: list[str]
    voice: str
    adaptations: list[str]
    settings: dict[str, Any]
    components: list[dict[str, str]]
    metadata: dict[str, dict[str, Any]]
    themes: dict[str, Theme]
    topics: list[Topic]
    terms: list[Term]

    @property
    def sells(self) -> bool:
        return any(topic.kind == "product" for topic in self.topics)


@cache
def read_subject(name: str) -> Subject:
    raw = tomllib.loads((files("gql_server.demo") / "subjects" / f"{name}.toml").read_text("utf-8"))
    topics: list[dict[str, Any]] = raw.pop("topics")
    themes: dict[str, dict[str, Any]] = raw.pop("themes")
    vocabulary: dict[str, dict[str, str]] = raw.pop("vocabulary")
    return Subject(
        themes={key: Theme(**theme) for key, theme in themes.items()},
        topics=[Topic(**topic) for topic in topics],
        terms=[
            Term(term, definition, category)
            for category, terms in vocabulary.items()
            for term, definition in terms.items()
        ],
        **raw,
    )
