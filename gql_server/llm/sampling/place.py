"""Where in the output a value is made."""

from typing import NamedTuple


class Place(NamedTuple):
    """`variant` tells apart the values that are tried for one place."""

    path: tuple[str, ...] = ()
    variant: str = ""

    def at(self, segment: str | int) -> "Place":
        return Place((*self.path, str(segment)), self.variant)

    def again(self, variant: int) -> "Place":
        return Place(self.path, f"{self.variant}.{variant}") if variant else self

    @property
    def pointer(self) -> str:
        return "".join("/" + segment.replace("~", "~0").replace("/", "~1") for segment in self.path)

    @property
    def purpose(self) -> str:
        return f"{self.pointer}\0{self.variant}"

    @property
    def name(self) -> str:
        """The nearest property's name; empty where there is none."""
        return next((segment for segment in reversed(self.path) if not segment.isdecimal()), "")
