"""What a language model answered: read, checked against its structure, and made a content of."""

import json
from itertools import islice
from typing import Any, NamedTuple, NoReturn, cast

from jsonschema_rs import ValidationError

from gql_server.services.checks import NAME_LENGTH, OBJECT_LENGTH
from gql_server.services.structures import validator_of

PROBLEMS = 10
"""What a language model is told at once of what is wrong with its answer."""

MESSAGE_LENGTH = 300


class Output(NamedTuple):
    """A content in the making; `metadata` is JSON as text."""

    title: str | None
    body: str
    metadata: str | None


class InvalidOutputError(Exception):
    """An answer cannot be used; `pointer` is the JSON pointer to the first thing that is wrong with it."""

    def __init__(self, message: str, pointer: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.pointer = pointer


def read_output(answer: str, structure: str) -> Output:
    """The content that an answer holds; `structure` is the JSON Schema, as text, that it has to meet.

    Title and body are the properties of these names, and all others are metadata; the body of an answer that has none
    is the whole of it. Raises InvalidOutputError.
    """
    value = _parsed(answer)
    _check(value, structure)
    if not isinstance(value, dict):
        return Output(None, _text(value), None)
    rest = cast("dict[str, Any]", value).copy()
    title = _title(rest.pop("title")) if isinstance(rest.get("title"), str) else None
    body: str = rest.pop("body") if isinstance(rest.get("body"), str) else _text(value)
    metadata = _text(rest) if rest else None
    if metadata is not None and len(metadata) > OBJECT_LENGTH:
        raise InvalidOutputError(f"What is neither title nor body has {OBJECT_LENGTH} characters at the most.")
    return Output(title, body, metadata)


def is_valid(answer: str, structure: str) -> bool:
    """Whether `read_output` makes a content of it."""
    try:
        read_output(answer, structure)
    except InvalidOutputError:
        return False
    return True


def storable(text: str) -> str:
    """A text without what PostgreSQL has no text for: the character U+0000, and halves of surrogate pairs."""
    return text.replace("\0", "\ufffd").encode(errors="replace").decode()


def _parsed(answer: str) -> Any:
    try:
        value = json.loads(answer, parse_constant=_refuse_constant)
        text = _text(value)
        text.encode()
    except UnicodeEncodeError:
        raise InvalidOutputError("The answer has half of a surrogate pair, which is no character.") from None
    except RecursionError:
        raise InvalidOutputError("The answer is nested too deeply.") from None
    except ValueError as error:
        raise InvalidOutputError(f"The answer is no JSON: {error}.") from None
    # JSON can spell what no text in PostgreSQL can hold.
    if "\\u0000" in text.replace("\\\\", ""):
        raise InvalidOutputError("The answer has the character U+0000, which cannot be stored.")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is none of its numbers")


def _check(value: Any, structure: str) -> None:
    try:
        errors = list(islice(validator_of(structure).iter_errors(value), PROBLEMS))
    except ValueError as error:
        raise InvalidOutputError(f"The answer cannot be checked: {error}.") from None
    if errors:
        lines = [f"{_pointer(error) or 'The answer'}: {error.message[:MESSAGE_LENGTH]}" for error in errors]
        raise InvalidOutputError(f"{'; '.join(lines)}.", _pointer(errors[0]))


def _title(title: str) -> str | None:
    stripped = title.strip()
    if len(stripped) > NAME_LENGTH:
        raise InvalidOutputError(f"/title: a title has {NAME_LENGTH} characters at the most.", "/title")
    return stripped or None


def _pointer(error: ValidationError) -> str:
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in error.instance_path)


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
