"""The objects of a level, and where each of them is in the response."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from graphql.pyutils import Path

from gql_server.engine.plan import FieldPlan, LevelPlan

Keys = tuple[str | int, ...]
Output = dict[str, Any]


class Level:
    """Objects of one type that the same is asked of, and their outputs."""

    def __init__(
        self,
        plan: LevelPlan,
        sources: Sequence[Any],
        outputs: Sequence[Output],
        objects: "Objects | None" = None,
        chosen: Sequence[int] = (),
    ) -> None:
        self.plan = plan
        self.sources = sources
        self.outputs = outputs
        self.objects = objects
        """Those that these are among; None for the root."""
        self.chosen = chosen
        """Which of those these are."""
        self.length: int = 0 if objects is None else objects.column.length + objects.column.field.lists
        """How many keys lead from the root to each of them."""
        self.awaits: int = 0 if objects is None else objects.awaits
        self._paths: dict[int, Path | None] = {}
        self._positions: dict[int, list[Keys]] = {}

    def path(self, index: int) -> Path | None:
        """The first of the positions of an object."""
        if self.objects is None:
            return None
        path = self._paths.get(index)
        if path is None:
            column, spot = self.objects.column, self.objects.spots(self.chosen[index])[0]
            owner, keys = column.locate(spot, column.field.lists)
            path = column.path(owner)
            for key in keys:
                path = path.add_key(key)
            self._paths[index] = path
        return path

    def positions(self, index: int) -> list[Keys]:
        """All positions of an object in the response."""
        if self.objects is None:
            return [()]
        positions = self._positions.get(index)
        if positions is None:
            column, spots = self.objects.column, self.objects.spots(self.chosen[index])
            found = [column.positions(spot, column.field.lists) for spot in spots]
            positions = self._positions[index] = [keys for every in found for keys in every]
        return positions


class ValueColumn:
    """The values of one field for a level, or from one of its objects on; those in its lists follow one another."""

    def __init__(self, level: Level, field: FieldPlan, start: int = 0, *, awaited: bool = False) -> None:
        self.level = level
        self.field = field
        self.start = start
        self.lengths: list[list[int]] = []
        """How long the lists are, for each depth of them; -1 where there is none."""
        self.length = level.length + 1
        self.awaits = level.awaits + awaited
        """How many fields on the way from the root had to be awaited."""
        self._ends: dict[int, list[int]] = {}

    def locate(self, index: int, depth: int) -> tuple[int, Keys]:
        """Of a value in lists of that depth, the index of the object and the keys that lead from its field to it."""
        keys: Keys = ()
        for above in range(depth - 1, -1, -1):
            if above not in self._ends:
                self._ends[above] = [*accumulate(max(length, 0) for length in self.lengths[above])]
            ends = self._ends[above]
            owner = bisect_right(ends, index)
            keys = (index - ends[owner] + self.lengths[above][owner], *keys)
            index = owner
        return self.start + index, keys

    def path(self, owner: int) -> Path:
        return Path(self.level.path(owner), self.field.key, self.field.parent.name)

    def positions(self, index: int, depth: int) -> list[Keys]:
        owner, keys = self.locate(index, depth)
        return [(*above, self.field.key, *keys) for above in self.level.positions(owner)]

    def null_at(self, depth: int) -> "tuple[int, ValueColumn | None]":
        """What is null when a value in lists of that depth fails: how many keys lead to it, and the column it is of.

        That is 0, and none, for all data.
        """
        nullable = self.field.nullable
        for layer in range(depth, -1, -1):
            if nullable[layer]:
                return self.length + layer, self
        objects = self.level.objects
        return (0, None) if objects is None else objects.column.null_at(objects.column.field.lists)


class Objects:
    """The objects that a field led to, each of them once."""

    def __init__(
        self,
        column: ValueColumn,
        sources: Sequence[Any],
        outputs: list[Output],
        found: Sequence[int],
        members: Sequence[int] | None,
    ) -> None:
        self.column = column
        self.sources = sources
        self.outputs = outputs
        self.awaits = column.awaits
        self._found = found
        self._members = members
        self._spots: dict[int, list[int]] | None = None

    def spots(self, index: int) -> Sequence[int]:
        """Where an object is in the column."""
        if self._members is None:
            return (self._found[index],)
        if self._spots is None:
            self._spots = {}
            for spot, member in zip(self._found, self._members, strict=True):
                self._spots.setdefault(member, []).append(spot)
        return self._spots[index]
