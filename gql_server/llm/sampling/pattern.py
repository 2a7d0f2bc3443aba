"""Reads the patterns of JSON Schema, as far as a text that matches needs it."""

import re
from typing import NamedTuple, TypeAlias

ENDLESS = 10**9
"""Stands for a repetition without a bound."""


class Chars(NamedTuple):
    """One character of a class, as its source says; what the source means is asked of the validator."""

    source: str
    flags: str

    @property
    def span(self) -> tuple[int, int]:
        return 1, 1


class Sequence(NamedTuple):
    items: "tuple[Node, ...]"
    span: tuple[int, int]


class Either(NamedTuple):
    options: "tuple[Node, ...]"
    span: tuple[int, int]


class Repeat(NamedTuple):
    item: "Node"
    least: int
    most: int
    span: tuple[int, int]


Node: TypeAlias = Chars | Sequence | Either | Repeat
"""`span` has the lengths, the least and the most, of the texts that match."""

_COUNT = re.compile(r"\{(\d+)(,?)(\d*)\}")
_ASSERTION = re.compile(r"\\b\{[a-z-]+\}|\\[bBAzZ<>]|[\^$]")
_ESCAPE = re.compile(
    r"\\(?:[pP](?:\{[^}]*\}|.)|[xuU]\{[0-9a-fA-F]+\}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|c.|.)", re.DOTALL
)
_GROUP = re.compile(r"\((?:\?(?:P?<[^>]*>|(?P<flags>[a-zA-Z]*)(?:-[a-zA-Z]+)?(?P<end>[:)])))?")
_COMMENT = re.compile(r"\s+|#[^\n]*")


def parse(source: str) -> Node:
    """Raises `ValueError` and `RecursionError` for what this does not read."""
    parser = _Parser(source)
    node = parser.either("")
    if parser.at < len(source):
        raise ValueError(source)
    return node


class _Parser:
    def __init__(self, source: str) -> None:
        self.at = 0
        self._source = source

    def either(self, flags: str) -> Node:
        options: list[Node] = []
        while True:
            node, flags = self._sequence(flags)
            options.append(node)
            if not self._take("|"):
                break
        if len(options) == 1:
            return options[0]
        spans = [option.span for option in options]
        return Either(tuple(options), (min(low for low, _ in spans), max(high for _, high in spans)))

    def _sequence(self, flags: str) -> tuple[Node, str]:
        items: list[Node] = []
        while self.at < len(self._source) and self._source[self.at] not in "|)":
            if "x" in flags and self._match(_COMMENT):
                continue
            if self._match(_ASSERTION):
                continue
            if group := self._match(_GROUP):
                if group["end"] == ")":
                    flags += group["flags"]
                    continue
                item = self.either(flags + (group["flags"] or ""))
                if not self._take(")"):
                    raise ValueError(self._source)
            else:
                item = self._chars(flags)
            items.append(self._repeated(item))
        low, high = (sum(item.span[side] for item in items) for side in (0, 1))
        return Sequence(tuple(items), (low, min(high, ENDLESS))), flags

    def _repeated(self, item: Node) -> Node:
        while self.at < len(self._source):
            if count := self._match(_COUNT):
                least = int(count[1])
                most = int(count[3]) if count[3] else ENDLESS if count[2] else least
            elif self._source[self.at] in "*+?":
                least, most = {"*": (0, ENDLESS), "+": (1, ENDLESS), "?": (0, 1)}[self._source[self.at]]
                self.at += 1
            else:
                break
            self._take("?")
            low, high = item.span
            item = Repeat(item, least, most, (low * least, min(high * most, ENDLESS)))
        return item

    def _chars(self, flags: str) -> Chars:
        start = self.at
        if self._source[start] == "[":
            self._bracket()
        elif not self._match(_ESCAPE):
            self.at += 1
        return Chars(self._source[start : self.at], "".join(sorted(set(flags) & set("isu"))))

    def _bracket(self) -> None:
        self.at += 1
        self._take("^")
        self._take("]")
        while not self._take("]"):
            if self.at >= len(self._source):
                raise ValueError(self._source)
            if not self._match(_ESCAPE):
                self.at += 1

    def _take(self, letter: str) -> bool:
        found = self._source.startswith(letter, self.at)
        self.at += found
        return found

    def _match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self._source, self.at)
        if found:
            self.at = found.end()
        return found
