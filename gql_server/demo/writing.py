"""Puts together the paragraphs of a demo text."""

import random
from collections import Counter

from gql_server.demo.subject import Theme, Topic

_ENOUGH_WORDS = 100
_MOST_PARAGRAPHS = 4
_CLOSED = 0.6


class Writer:
    """Writes the texts of one project, and prefers the passages that it has used least."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._used: Counter[str] = Counter()

    def compose(self, theme: Theme, topic: Topic, paragraphs: list[str]) -> str:
        """The given paragraphs, related passages until the text is long enough, and more often than not a closing."""
        text = list(paragraphs)
        for name in sorted(topic.related, key=self._times_used):
            if len(text) == _MOST_PARAGRAPHS or _words(text) >= _ENOUGH_WORDS:
                break
            self._used[name] += 1
            text.append(theme.passages[name])
        if self._rng.random() < _CLOSED:
            text[-1] += " " + self._rng.choice(theme.closings)
        return "\n\n".join(text)

    def _times_used(self, passage: str) -> int:
        return self._used[passage]


def _words(paragraphs: list[str]) -> int:
    return sum(len(paragraph.split()) for paragraph in paragraphs)
