"""Finds a value that meets schemas: makes one of a likely branch, checks it, and goes on to the next."""

import json
import time
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any, Final, NamedTuple

from gql_server.llm.sampling import numbers, texts
from gql_server.llm.sampling.branches import branches
from gql_server.llm.sampling.dice import Dice
from gql_server.llm.sampling.failure import ExhaustedError
from gql_server.llm.sampling.merged import Merged
from gql_server.llm.sampling.place import Place
from gql_server.llm.sampling.prose import Prose
from gql_server.llm.sampling.rules import Goal, Rules

NESTING = 100
"""Levels of objects and lists in a value; frames of Python's stack are spent on each."""

RICH_NESTING = 5
RICH_VALUES = 500
"""Up to these an output has what it may have; past them it has what it must."""

USUAL_ITEMS = 3
MOST_ITEMS = 20_000
MOST_LETTERS = 2_000_000
"""In all texts that are made, those of discarded values too."""

TRIES = 2
"""How often the same is made with other choices."""

PLACES = 30
"""Items of a prefix that are tried for what the array contains."""

NOTHING: Final = object()
"""There is no such value; `None` is one."""


class Plan(NamedTuple):
    """The items that are to be what an array contains."""

    start: int
    together: bool


class Solver:
    """One search; `steps` and `deadline` bound it. Raises `ExhaustedError` when they are reached."""

    def __init__(self, rules: Rules, prose: Prose, dice: Dice, *, is_rich: bool, steps: int, deadline: float) -> None:
        self.deepest = Place()
        self._rules = rules
        self._prose = prose
        self._dice = dice
        self._is_rich = is_rich
        self._steps = steps
        self._deadline = deadline
        self._values = 0
        self._letters = 0
        self._open: set[frozenset[int]] = set()

    def solve(self, goal: Goal, place: Place, taken: Sequence[str] = ()) -> Any:
        """A value that is valid and none of those taken; a goal within itself is none, for there is a shallower one."""
        goal = tuple(map(self._rules.resolved, goal))
        key = frozenset(map(id, goal))
        if key in self._open or len(place.path) > NESTING:
            self._failed(place)
            return NOTHING
        self._open.add(key)
        try:
            for branch in branches(goal, self._rules, self._spend):
                for value in self._candidates(Merged(branch, self._rules), place, taken):
                    self._spend()
                    if self._rules.is_valid(goal, value) and not (taken and canonical(value) in taken):
                        self._values += 1
                        self._write(value)
                        return value
        finally:
            self._open.discard(key)
        self._failed(place)
        return NOTHING

    def _failed(self, place: Place) -> None:
        if len(place.path) > len(self.deepest.path):
            self.deepest = place

    def _write(self, value: Any) -> None:
        self._letters += len(value) if isinstance(value, str) else 0
        if self._letters > MOST_LETTERS:
            raise ExhaustedError

    def _spend(self) -> None:
        self._steps -= 1
        if self._steps < 0 or time.monotonic() > self._deadline:
            raise ExhaustedError

    def _candidates(self, wanted: Merged, place: Place, taken: Sequence[str]) -> Iterator[Any]:
        if wanted.values is not None:
            yield from self._dice.rotated(wanted.values, "enum", place.purpose)
            return
        for kind in wanted.types:
            match kind:
                case "object" | "array":
                    yield from self._variants(kind, wanted, place)
                case "string":
                    yield from texts.candidates(wanted.text, self._prose, self._dice, place)
                case "number" | "integer":
                    yield from numbers.candidates(wanted.range(whole=kind == "integer"), self._dice, place.purpose)
                case "boolean":
                    yield from self._dice.rotated([True, False], "boolean", place.purpose)
                case _:
                    yield None

    def _variants(self, kind: str, wanted: Merged, place: Place) -> Iterator[Any]:
        """The same thing made differently, with all that it may have and with what it must."""
        is_rich = self._is_rich and len(place.path) < RICH_NESTING and self._values < RICH_VALUES
        extents = (True, False) if is_rich else (False,)
        plans = (
            product(range(TRIES), _plans(wanted), extents)
            if kind == "array"
            else product(range(TRIES), [None], extents)
        )
        for variant, (_, plan, with_all) in enumerate(plans):
            again = place.again(variant)
            made = self._object(wanted, again, with_all) if plan is None else self._array(wanted, again, with_all, plan)
            if made is not NOTHING:
                yield made

    def _object(self, wanted: Merged, place: Place, with_all: bool) -> Any:
        most = wanted.most("maxProperties")
        made: dict[str, Any] = {}
        for name in wanted.required:
            made[name] = self._property(wanted, name, place)
            if made[name] is NOTHING or (most is not None and len(made) > most):
                return NOTHING
        least = wanted.least("minProperties")
        if with_all or len(made) < least:
            self._add(wanted, made, place, least if not with_all else None, most)
        while len(made) < least:
            name = self._new_name(wanted, made, place)
            if name is None:
                return NOTHING
            made[name] = self._property(wanted, name, place)
            if made[name] is NOTHING:
                return NOTHING
        order = {name: at for at, name in enumerate(wanted.declared)}
        return {name: made[name] for name in sorted(made, key=lambda name: order.get(name, len(order)))}

    def _add(self, wanted: Merged, made: dict[str, Any], place: Place, enough: int | None, most: int | None) -> None:
        """Adds declared properties that can be had together, up to enough of them."""
        for name in wanted.declared:
            if enough is not None and len(made) >= enough:
                return
            if name in made:
                continue
            names = [other for other in wanted.with_dependents([name]) if other not in made]
            if most is not None and len(made) + len(names) > most:
                continue
            more: dict[str, Any] = {}
            for other in names:
                more[other] = value = self._property(wanted, other, place)
                if value is NOTHING:
                    break
            else:
                made |= more

    def _property(self, wanted: Merged, name: str, place: Place) -> Any:
        if wanted.key_names and not self._rules.is_valid(wanted.key_names, name):
            return NOTHING
        return self.solve(wanted.property(name), place.at(name))

    def _new_name(self, wanted: Merged, made: dict[str, Any], place: Place) -> str | None:
        taken = [canonical(name) for name in made]
        free = [f"sample_{number}" for number in range(1, len(made) + 2)]
        named = [({"pattern": pattern},) for pattern in wanted.key_patterns]
        for goal in [*named, (True,)]:
            if goal == (True,) and not wanted.key_names:
                found: Any = next(name for name in free if name not in made)
            else:
                found = self.solve((*goal, *wanted.key_names, {"type": "string"}), place, taken)
            if found is not NOTHING and False not in wanted.property(found):
                return found
        return None

    def _array(self, wanted: Merged, place: Place, with_all: bool, plan: Plan) -> Any:
        least, most = wanted.least("minItems"), wanted.most("maxItems")
        extra = _contained(wanted, plan)
        needed = max([least, *(at + 1 for at in extra)])
        if needed > MOST_ITEMS or (most is not None and needed > most):
            return NOTHING
        usual = max(wanted.prefix, USUAL_ITEMS if wanted.has_items else 0) if with_all else 0
        count = max(needed, usual)
        made: list[Any] = []
        taken: list[str] = []
        for at in range(count if most is None else min(count, most)):
            item = self.solve((*wanted.item(at), *extra.get(at, self._not_contained(wanted))), place.at(at), taken)
            if item is NOTHING:
                return made if len(made) >= needed else NOTHING
            made.append(item)
            if wanted.is_unique:
                taken.append(canonical(item))
        return made

    def _not_contained(self, wanted: Merged) -> Goal:
        """What other items are to be, where an array may contain only some of a kind."""
        negated = (self._rules.negated(schema) for schema, _, most in wanted.contained if most is not None)
        return tuple(schema for schema in negated if schema is not None)


def _plans(wanted: Merged) -> Iterator[Plan]:
    """What an array contains comes after the prefix, or somewhere in it; each beside the other, or all in one item."""
    starts = [wanted.prefix, *range(min(wanted.prefix, PLACES))] if wanted.contained else [0]
    for together in (False, True) if len(wanted.contained) > 1 else (False,):
        for start in dict.fromkeys([*starts, 0]):
            yield Plan(start, together)


def _contained(wanted: Merged, plan: Plan) -> dict[int, Goal]:
    placed: dict[int, Goal] = {}
    at = plan.start
    for schema, least, _ in wanted.contained:
        for place in range(at, at + min(least, MOST_ITEMS + 1)):
            placed[place] = (*placed.get(place, ()), schema)
        at += 0 if plan.together else least
    return placed


def canonical(value: Any) -> str:
    """The same text for values that JSON Schema holds equal."""
    return json.dumps(_whole(value), sort_keys=True)


def _whole(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_whole(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, dict):
        return {name: _whole(item) for name, item in value.items()}  # pyright: ignore[reportUnknownVariableType]
    return value
