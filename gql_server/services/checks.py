"""What is checked of an input before the database is asked for anything."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import cast

from gql_server.errors import UserError, UserErrorCode, UserErrors

NAME_LENGTH = 255
"""Characters that the columns of names, titles, terms and keys take."""

OBJECT_LENGTH = 100_000
"""Characters of a JSON object, as text."""

BUDGET_LIMIT = 1_000_000_000

BULK = 1_000
"""What can be changed at once."""


def not_found(what: str, *path: str) -> UserError:
    """What is said of a thing that there is not, or not for the viewer."""
    return UserError(UserErrorCode.NOT_FOUND, f"There is no such {what}.", path)


class Checks:
    """Collects what is wrong with an input, so that its caller is told of everything at once."""

    def __init__(self) -> None:
        self.errors: list[UserError] = []

    def refuse(self, message: str, *path: str, code: UserErrorCode = UserErrorCode.INVALID) -> None:
        self.errors.append(UserError(code, message, path))

    def finish(self) -> None:
        """Raises UserErrors when anything is wrong."""
        if self.errors:
            raise UserErrors(*self.errors)

    def name(self, value: str | None, what: str, *path: str, longest: int = NAME_LENGTH) -> str:
        """A line of text that has to be there, without the spaces around it; `what` is called `A name`."""
        if value is None:
            self.refuse(f"{what} cannot be taken away.", *path, code=UserErrorCode.REQUIRED)
            return ""
        stripped = value.strip()
        if not 0 < len(stripped) <= longest:
            self.refuse(f"{what} has 1 to {longest} characters.", *path)
        return self.text(stripped, what, *path) or ""

    def label(self, value: str | None, what: str, *path: str, longest: int = NAME_LENGTH) -> str | None:
        """A line of text that may be none."""
        return None if value is None else self.name(value, what, *path, longest=longest)

    def text(self, value: str | None, what: str, *path: str, required: bool = False) -> str | None:
        """A text of any length, as it is."""
        if value is None:
            if required:
                self.refuse(f"{what} cannot be taken away.", *path, code=UserErrorCode.REQUIRED)
        elif "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
            self.refuse(f"{what} has a character that cannot be stored.", *path)
        return value

    def budget(self, value: Decimal | None, *path: str) -> None:
        """US dollars, or none for no limit."""
        if value is not None and not 0 <= value <= BUDGET_LIMIT:
            self.refuse(f"A budget is from 0 to {BUDGET_LIMIT} US dollars.", *path)

    def json_object(self, value: str | None, what: str, *path: str, required: bool = False) -> None:
        """A JSON object as text, or none; `what` is called `Settings are`."""
        if value is None:
            if required:
                self.refuse(f"{what} a JSON object.", *path)
        elif not value.startswith("{") or len(value) > OBJECT_LENGTH:
            self.refuse(f"{what} a JSON object of {OBJECT_LENGTH} characters at the most.", *path)

    def json_change(self, changes: Mapping[str, object], name: str, what: str) -> None:
        """A JSON object that takes the place of another, or a patch of it beside: `settings` or `settings_patch`."""
        patch, path = f"{name}_patch", f"{name}Patch"
        if name in changes:
            self.json_object(cast("str | None", changes[name]), f"{what} are", name)
        if patch in changes:
            self.json_object(cast("str | None", changes[patch]), "A patch is", path, required=True)
            if name in changes:
                self.refuse(f"{what} are replaced or patched, not both.", path)

    def bulk(self, items: Sequence[object], *path: str) -> None:
        """A list of what is changed at once."""
        if not 0 < len(items) <= BULK:
            self.refuse(f"From 1 to {BULK} can be changed at once.", *path)

    def no_twins(self, names: Iterable[object], what: str, *path: str, last: Sequence[str] = ()) -> None:
        """A list in which nothing comes twice; `last` leads from an item to its name."""
        seen: dict[object, int] = {}
        for place, name in enumerate(names):
            first = seen.setdefault(name, place)
            if first != place:
                self.refuse(f"{what} is in the list already, at {first}.", *path, str(place), *last)


def refuse_long(changes: Mapping[str, object], name: str, what: str, length: int) -> None:
    """Raises UserErrors when a patch has made an object too long; one that takes another's place has been measured."""
    if f"{name}_patch" in changes and length > OBJECT_LENGTH:
        message = f"{what} have {OBJECT_LENGTH} characters at the most, and would have {length}."
        raise UserErrors(UserError(UserErrorCode.INVALID, message, (f"{name}Patch",)))


def refuse_absent(wanted: Sequence[object], found: Iterable[object], what: str, path: str) -> None:
    """Raises UserErrors with all that is wanted and was not found."""
    there = set(found)
    errors = [not_found(what, path, str(place)) for place, item in enumerate(wanted) if item not in there]
    if errors:
        raise UserErrors(*errors)
