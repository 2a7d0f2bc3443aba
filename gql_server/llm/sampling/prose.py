"""Short English sentences that say that they are a sample, and mention what they were made from."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gql_server.llm.sampling.dice import Dice
from gql_server.llm.sampling.place import Place

MENTIONED = 20
"""Variables, and terms, that the sentences draw from."""

MENTION_LENGTH = 60

TITLES = frozenset({"title", "headline", "heading", "name", "label", "subject", "question"})
BODIES = frozenset({"body", "content", "text", "article"})

SENTENCES = (
    "It mentions {one} beside {other}.",
    "A real model would say more about {one} here.",
    "Nothing about {one} in this text is true.",
    "This sentence stands where {one} and {other} would be explained.",
    "Another sentence keeps {one} company.",
    "Replace it with a text about {other} when a model is set up.",
)
_DANGLING = re.compile(r"( (about|and))+$")

PARAGRAPHS = 3
SENTENCES_EACH = 3


class Prose:
    """Writes the texts of one output."""

    def __init__(self, dice: Dice, variables: Mapping[str, Any], terms: Sequence[str]) -> None:
        self._dice = dice
        self._topics = _mentions(variables.values())
        self._terms = _mentions(terms)

    def fitted(self, place: Place, least: int = 0, most: int | None = None) -> str:
        """A text of `least` to `most` characters, of the kind that the property's name asks for."""
        if place.name in BODIES:
            text = self.body(place)
        elif place.name in TITLES or (place.path and place.path[-1].isdecimal()):
            text = self.title(place)
        else:
            text = self.sentence(place)
        return _fit(text, self._more(place), least, most)

    def title(self, place: Place) -> str:
        what = _words(place.name) or "text"
        one, other = self._pair(place)
        return f"Sample {what} about {one}" + (f" and {other}" if other != one else "")

    def sentence(self, place: Place) -> str:
        return f"{self.title(place)}."

    def body(self, place: Place) -> str:
        sentences = [self.sentence(place)]
        more = self._more(place)
        sentences += [next(more) for _ in range(PARAGRAPHS * SENTENCES_EACH - 1)]
        paragraphs = (sentences[at : at + SENTENCES_EACH] for at in range(0, len(sentences), SENTENCES_EACH))
        return "\n\n".join(" ".join(paragraph) for paragraph in paragraphs)

    def words(self, place: Place) -> list[str]:
        """Plain words, for places that have room for little else."""
        one, _ = self._pair(place)
        return ["sample", *re.findall(r"[a-z]+", one.lower())]

    def _pair(self, place: Place, *purpose: str) -> tuple[str, str]:
        topics, terms = self._topics or self._terms or ["this project"], self._terms or self._topics
        one = self._dice.rotated(topics, "topic", place.purpose, *purpose)[0]
        others = [term for term in self._dice.rotated(terms, "term", place.purpose, *purpose) if term != one]
        return one, others[0] if others else one

    def _more(self, place: Place) -> Iterator[str]:
        """Endless, and over again from some sentence on."""
        sentences = self._dice.rotated(SENTENCES, "sentence", place.purpose)
        while True:
            for at, sentence in enumerate(sentences):
                one, other = self._pair(place, str(at))
                yield sentence.format(one=one, other=other)


def _fit(text: str, more: Iterator[str], least: int, most: int | None) -> str:
    if len(text) < least:
        block = " ".join(next(more) for _ in SENTENCES)
        times = 1 + (least - len(text)) // (len(block) + 1)
        added = " ".join([block] * times)
        end = added.find(". ", max(0, least - len(text) - 2))
        text = f"{text.removesuffix('.')}. {added if end < 0 else added[: end + 1]}"
    if most is None or len(text) <= most:
        return text
    cut = text[:most]
    shorter = cut[: cut.rfind(" ")].rstrip(" ,.;\n") if " " in cut and text[most] not in " ." else cut.rstrip(" ,;\n")
    shorter = _DANGLING.sub("", shorter)
    return shorter if len(shorter) >= max(least, 1) else cut


def _words(name: str) -> str:
    return re.sub(r"[\W_]+", " ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)).strip().lower()[:MENTION_LENGTH]


def _mentions(values: Any) -> list[str]:
    found: list[str] = []
    for value in values:
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            text = " ".join("".join(letter if letter.isprintable() else " " for letter in str(value)[:200]).split())
            if text and text not in found:
                found.append(text[:MENTION_LENGTH].rstrip(" .,;"))
        if len(found) == MENTIONED:
            break
    return [text for text in found if text]
