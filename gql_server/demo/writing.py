"""Puts together the paragraphs of a demo text."""

import random

from gql_server.demo.subject import Theme, Topic

_MOST_PARAGRAPHS = 4


def compose(rng: random.Random, theme: Theme, topic: Topic, paragraphs: list[str]) -> str:
    """The given paragraphs, related passages up to some 130 words, and more often than not a closing."""
    text = list(paragraphs)
    enough_words = rng.randint(100, 140)
    for name in topic.related:
        if len(text) == _MOST_PARAGRAPHS or _words(text) >= enough_words:
            break
        text.append(theme.passages[name])
    if rng.random() < 0.6:
        text[-1] += " " + rng.choice(theme.closings)
    return "\n\n".join(text)


def _words(paragraphs: list[str]) -> int:
    return sum(len(paragraph.split()) for paragraph in paragraphs)
