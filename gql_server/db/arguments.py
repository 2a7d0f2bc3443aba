"""The values of one statement, kept out of its text."""

import json
from collections.abc import Sequence
from typing import LiteralString, TypeAlias, cast

from gql_server.errors import BadRequestError

JsonValue: TypeAlias = "str | int | float | bool | Sequence[JsonValue] | dict[str, JsonValue] | None"


class Arguments:
    """Collects a statement's values; they travel together as `$1`, one JSON array of any shape.

    The text so depends on what is asked, never on the values, and the same compiled condition serves
    a plain statement and one that `public.each_project` runs.
    """

    def __init__(self) -> None:
        self._values: list[JsonValue] = []

    def add(self, value: str | int, type_: LiteralString) -> LiteralString:
        """An expression of PostgreSQL type `type_` that stands for `value`."""
        return f"($1::jsonb->>{self._keep(value)})::{type_}"

    def add_array(self, values: Sequence[JsonValue], type_: LiteralString) -> LiteralString:
        """An expression of type `type_[]` that stands for `values`."""
        return f"ARRAY(SELECT jsonb_array_elements_text($1::jsonb->{self._keep(values)}))::{type_}[]"

    def add_json(self, value: JsonValue) -> LiteralString:
        """An expression of type `jsonb` that stands for `value`."""
        return f"($1::jsonb->{self._keep(value)})"

    def _keep(self, value: JsonValue) -> LiteralString:
        self._values.append(value)
        return cast("LiteralString", str(len(self._values) - 1))

    def encoded(self) -> str:
        return encode(self._values)


def encode(value: JsonValue) -> str:
    """JSON that PostgreSQL can hold. Raises BadRequestError for NUL, lone surrogates, infinities and NaN."""
    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False)
        text.encode()
    except RecursionError:
        raise BadRequestError("A JSON value in this request is nested too deeply.") from None
    except UnicodeEncodeError:
        raise BadRequestError("A text in this request has half of a surrogate pair, which is no character.") from None
    except ValueError:
        raise BadRequestError("A number in this request is infinite, not a number, or too long.") from None
    if "\\u0000" in text.replace("\\\\", ""):
        raise BadRequestError("A value in this request holds the character U+0000, which cannot be stored.")
    return text
