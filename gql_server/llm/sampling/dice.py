"""Choices that look random and are the same on every machine."""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """Each choice depends on the seed and on what it is for, and on no choice before it."""

    def __init__(self, seed: str) -> None:
        self._seed = seed

    def below(self, sides: int, *purpose: str) -> int:
        text = "\0".join((self._seed, *purpose)).encode("utf-8", "surrogatepass")
        return int.from_bytes(hashlib.sha256(text).digest()[:8]) % sides

    def rotated(self, items: Sequence[T], *purpose: str) -> list[T]:
        """All items, beginning with the chosen one."""
        if not items:
            return []
        first = self.below(len(items), *purpose)
        return [*items[first:], *items[:first]]
