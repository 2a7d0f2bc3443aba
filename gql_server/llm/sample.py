"""The sample language model: writes outputs that say that they are samples, the same for the same request."""

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jsonschema_rs import ValidationError

from gql_server.llm.sampling.dice import Dice
from gql_server.llm.sampling.failure import ExhaustedError, SampleError
from gql_server.llm.sampling.place import Place
from gql_server.llm.sampling.prose import Prose
from gql_server.llm.sampling.rules import Rules
from gql_server.llm.sampling.solver import NOTHING, Solver

__all__ = ["SampleError", "sample_deltas", "sample_output", "sample_tokens"]

UNSTRUCTURED = {
    "type": "object",
    "properties": {"title": {"type": "string"}, "body": {"type": "string"}},
    "required": ["title", "body"],
}

STEPS = 20_000, 60_000
"""Of the search for a full value, and of that for one with what it must have. They end a search on any machine after
the same work, so that each finds the same; the time ends it only where a step takes long."""

SECONDS = 0.5
"""Of all searches together."""

LETTERS_A_TOKEN = 4

_PIECE = re.compile(r"\s*\S+|\s+")


def sample_output(
    structure: Mapping[str, Any] | None, *, seed: str, variables: Mapping[str, Any], terms: Sequence[str]
) -> Any:
    """A value that is valid against a JSON Schema 2020-12 structure, with texts about the variables and the terms.

    The same arguments give the same value. Without a structure it has a title and a body. Raises `SampleError` when no
    valid value is found.
    """
    deadline = time.monotonic() + SECONDS
    dice = Dice(seed)
    prose = Prose(dice, variables, terms)
    try:
        return _found(UNSTRUCTURED if structure is None else structure, prose, dice, deadline)
    except RecursionError as error:
        raise SampleError("The structure is nested too deeply to make a sample of it.") from error


def _found(structure: Mapping[str, Any], prose: Prose, dice: Dice, deadline: float) -> Any:
    rules = _rules(structure)
    deepest = Place()
    is_exhausted = False
    for is_rich, steps, share in ((True, STEPS[0], 0.6), (False, STEPS[1], 1.0)):
        now = time.monotonic()
        until = now + (deadline - now) * share
        solver = Solver(rules, prose, dice, is_rich=is_rich, steps=steps, deadline=until)
        try:
            value = solver.solve((rules.root,), Place())
        except ExhaustedError:
            is_exhausted = True
        except ValueError as error:
            raise SampleError(f"The structure cannot be used: {error}.") from error
        else:
            if value is not NOTHING:
                return value
        deepest = max(deepest, solver.deepest, key=lambda place: len(place.path))
    reason = "was found in time" if is_exhausted else "was found"
    raise SampleError(f"No sample that is valid here {reason}; simplify what the structure asks for.", deepest.pointer)


def _rules(structure: Mapping[str, Any]) -> Rules:
    try:
        rules = Rules(structure)
        rules.is_valid((rules.root,), None)
    except (ValidationError, ValueError) as error:
        raise SampleError("The structure is no JSON Schema that values can be checked against.") from error
    return rules


def sample_tokens(text: str) -> int:
    """A plausible count, and no tokenizer's: about four characters a token, and at least one where there is text."""
    return -(-len(text) // LETTERS_A_TOKEN)


def sample_deltas(text: str) -> Iterator[str]:
    """The pieces in which a text streams, word by word; joined they are the text."""
    for piece in _PIECE.finditer(text):
        yield piece[0]
