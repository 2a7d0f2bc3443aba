"""Texts that may be valid, the most readable first."""

from collections.abc import Iterator
from typing import NamedTuple

from gql_server.llm.sampling.dice import Dice
from gql_server.llm.sampling.formats import TEMPLATES, formatted
from gql_server.llm.sampling.matching import LONGEST, matching
from gql_server.llm.sampling.place import Place
from gql_server.llm.sampling.prose import Prose

LONGEST_PROSE = 1_000_000

NUMBERED = 60
"""How many texts are told apart by a number."""


class Text(NamedTuple):
    least: int
    most: int | None
    patterns: tuple[str, ...]
    formats: tuple[str, ...]


def candidates(wanted: Text, prose: Prose, dice: Dice, place: Place) -> Iterator[str]:
    if wanted.least > LONGEST_PROSE or (wanted.most is not None and wanted.most < wanted.least):
        return
    for name in wanted.formats:
        yield from formatted(name, dice, place)
    fitted = prose.fitted(place, wanted.least, wanted.most)
    if not any(name in TEMPLATES for name in wanted.formats):
        yield fitted
    if wanted.patterns or wanted.formats:
        yield from _plain(wanted, prose, place)
    for pattern in wanted.patterns:
        yield from _matched(pattern, wanted, fitted)
    if len(wanted.patterns) > 1:
        yield from _joined(wanted)
    yield from _numbered(fitted, wanted)


def _plain(wanted: Text, prose: Prose, place: Place) -> Iterator[str]:
    """What simple patterns ask for: a question, a word, a key, a code."""
    title = prose.fitted(place, wanted.least, wanted.most and max(wanted.most - 1, 1)).rstrip(".?! ")
    words = prose.words(place)
    for text in (title, f"{title}?", f"{title}!", prose.sentence(place)):
        yield text
    for mark in (" ", "-", "_", ""):
        for count in range(len(words), 0, -1):
            text = mark.join(words[:count])
            yield from (text.capitalize(), text, text.upper())


def _matched(pattern: str, wanted: Text, fitted: str) -> Iterator[str]:
    most = LONGEST if wanted.most is None else wanted.most
    found = list(dict.fromkeys(matching(pattern, 0, most, (6, wanted.least, most if most < LONGEST else 12))))
    for text in found:
        if len(text) + 7 <= most:
            yield f"Sample {text}"
    for text in found:
        yield text
        if len(text) < wanted.least:
            missing = wanted.least - len(text)
            filler = (fitted * (missing // max(len(fitted), 1) + 1))[:missing]
            yield from (filler + text, text + filler)


def _joined(wanted: Text) -> Iterator[str]:
    """One text after another, for patterns that are not anchored at both ends."""
    most = LONGEST if wanted.most is None else wanted.most
    parts = [next(matching(pattern, 0, most, (0,)), "") for pattern in wanted.patterns]
    for mark in ("", " "):
        for order in (parts, parts[::-1]):
            text = mark.join(order)
            yield text
            yield f"Sample {text}"
            yield text + "s" * max(0, wanted.least - len(text))
            yield "s" * max(0, wanted.least - len(text)) + text


def _numbered(text: str, wanted: Text) -> Iterator[str]:
    for number in range(2, NUMBERED):
        end = f" {number}"
        room = len(text) if wanted.most is None else wanted.most - len(end)
        if room >= 0:
            yield (text[: min(room, len(text))].rstrip(" .") + end).ljust(wanted.least, ".")
    letters = "SampletxbcdfghijknoqruvwyzABCDEFGHIJKLMNOPQRTUVWXYZ0123456789"
    yield from (letter.ljust(max(wanted.least, 1), letter) for letter in letters)
    yield ""
