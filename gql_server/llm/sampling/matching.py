"""Writes texts that patterns match."""

from collections.abc import Iterator
from functools import lru_cache

from jsonschema_rs import Draft202012Validator, RegexOptions, ValidationError

from gql_server.llm.sampling.pattern import Chars, Either, Node, Repeat, Sequence, parse

LONGEST = 100_000
"""Characters of a text that is written for a pattern."""

ATTEMPTS = 6
"""How often other alternatives of a pattern are taken."""

DISTINCT = 60
"""How often at the shortest lengths, for places where no two texts may be the same."""

ENOUGH = 64
"""Characters of a class that texts are written with."""

# Likely characters first, then those of every script with a plane's worth of them, then single planes' samples.
RANGES = (range(32, 127), range(9, 0x3000), range(0x3000, 0xD800, 16), range(0xE000, 0x110000, 64))


def matching(pattern: str, least: int, most: int, lengths: tuple[int, ...]) -> Iterator[str]:
    """Texts that probably match, of `least` to `most` characters where it allows; none when it is unreadable."""
    try:
        node = parse(pattern)
        low, high = max(node.span[0], least), min(node.span[1], most, LONGEST)
        wanted = [min(max(length, low), high) for length in lengths] + [
            low,
            low + 1,
            low + 2,
            low + 3,
            min(high, low + ENOUGH),
        ]
        for length in dict.fromkeys(length for length in wanted if low <= length <= high):
            for attempt in range(ATTEMPTS):
                yield "".join(_write(node, length, attempt))
        for attempt in range(ATTEMPTS, DISTINCT):
            yield "".join(_write(node, min(low + attempt % 3, high), attempt))
    except (ValueError, RecursionError):
        return


def _write(node: Node, length: int, attempt: int) -> list[str]:
    match node:
        case Chars():
            letters = alphabet(node.source, node.flags)
            return [letters[(attempt * 7) % len(letters)]]
        case Sequence():
            spare = length - node.span[0]
            written: list[str] = []
            for item in node.items:
                low, high = item.span
                more = max(0, min(spare, high - low))
                spare -= more
                written += _write(item, low + more, attempt)
            return written
        case Either():
            fitting = [option for option in node.options if option.span[0] <= length <= option.span[1]]
            options = fitting or sorted(node.options, key=lambda option: option.span)
            return _write(options[attempt % len(options)], length, attempt)
        case Repeat():
            return _repeat(node, length, attempt)


def _repeat(node: Repeat, length: int, attempt: int) -> list[str]:
    low, high = node.item.span
    if isinstance(node.item, Chars):
        letters = _spelled(alphabet(node.item.source, node.item.flags), attempt)
        count = min(max(length, node.least), node.most)
        return ["".join((letters * (count // len(letters) + 1))[:count])]
    count = min(max(node.least, -(-length // high) if high else 0), node.most, LONGEST)
    written: list[str] = []
    for at in range(count):
        part = min(max(length - low * (count - at - 1), low), high)
        text = "".join(_write(node.item, part, attempt))
        written.append(text)
        length -= len(text)
    return written


def _spelled(letters: str, attempt: int) -> str:
    """What to repeat: the word Sample, where the class has its letters."""
    for word in ("Sample", "sample", "SAMPLE"):
        if attempt < len(word) and all(letter in letters for letter in word):
            return word[attempt:] + word[:attempt]
    return letters[attempt % len(letters) :] + letters[: attempt % len(letters)]


@lru_cache(maxsize=256)
def alphabet(source: str, flags: str) -> str:
    """Some characters of a class, letters and digits first. Raises `ValueError` when it has none."""
    if flags == "" and len(source) == 1 and source not in ".\\":
        return source
    try:
        group = f"^(?{flags}:{source})$" if flags else f"^{source}$"
        validator = Draft202012Validator({"pattern": group}, pattern_options=RegexOptions(), offline=True)
    except (ValidationError, ValueError) as error:
        raise ValueError(source) from error
    for codes in RANGES:
        found = [letter for letter in map(chr, codes) if validator.is_valid(letter)]
        if found:
            return "".join(sorted(found, key=lambda letter: not (letter.isascii() and letter.isalnum())))[:ENOUGH]
    raise ValueError(source)
