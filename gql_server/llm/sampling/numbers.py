"""Numbers within bounds, and multiples of what they are to be multiples of."""

from collections.abc import Iterator
from fractions import Fraction
from math import ceil, floor, gcd, lcm
from typing import NamedTuple

from gql_server.llm.sampling.dice import Dice

USUAL = 100
"""How far above its bound, or above 0, a number usually is."""

TRIES = 50


class Range(NamedTuple):
    """Bounds that belong to the range; `step` is 0 where any number will do. Exclusive ones are left to be tried."""

    low: Fraction | None
    high: Fraction | None
    step: Fraction


def common_step(steps: list[Fraction]) -> Fraction:
    """The smallest number that is a multiple of each; 0 when there is none to be a multiple of."""
    common = Fraction(0)
    for step in steps:
        common = step if not common else Fraction(lcm(common.numerator, step.numerator), _common(common, step))
    return common


def _common(one: Fraction, other: Fraction) -> int:
    return gcd(one.denominator, other.denominator)


def candidates(wanted: Range, dice: Dice, *purpose: str) -> Iterator[int | float]:
    """Numbers of the range, likely ones first."""
    low, high = _window(wanted)
    if low > high:
        return
    for step in [wanted.step] if wanted.step else _steps(high - low):
        first, last = ceil(low / step), floor(high / step)
        if first <= last:
            for multiple in _spread(first, last, dice, *purpose):
                yield _number(multiple * step)
    if not wanted.step:
        yield _number((low + high) / 2)
        yield _number(high)


def _window(wanted: Range) -> tuple[Fraction, Fraction]:
    width = max(Fraction(USUAL), wanted.step * TRIES)
    if wanted.low is not None:
        above = wanted.low + width
        return wanted.low, above if wanted.high is None else min(above, wanted.high)
    if wanted.high is None:
        return min(Fraction(1), wanted.step) if wanted.step else Fraction(1), width
    return (Fraction(0) if wanted.high >= width else wanted.high - width), wanted.high


def _steps(width: Fraction) -> Iterator[Fraction]:
    """From whole numbers down to what has a few of its multiples in the range."""
    step = Fraction(1)
    for _ in range(330):
        if step * 4 <= width:
            yield step
            return
        step /= 10


def _spread(first: int, last: int, dice: Dice, *purpose: str) -> Iterator[int]:
    count = last - first + 1
    start = dice.below(min(count, 2**63), *purpose)
    for offset in range(min(count, TRIES)):
        yield first + (start + offset) % count
    yield first
    yield last


def _number(value: Fraction) -> int | float:
    if value.denominator == 1:
        return value.numerator
    try:
        return float(value)
    except OverflowError:
        return floor(value)
