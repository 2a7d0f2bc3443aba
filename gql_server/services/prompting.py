"""What is sent to a language model: a template with its values, and the project's terminology."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any, NamedTuple

from gql_server.db.tables.vocabulary import FittingTerm
from gql_server.errors import UserError, UserErrorCode, UserErrors
from gql_server.llm import sample
from gql_server.llm.sample import SampleError
from gql_server.services import templates
from gql_server.services.structures import validator_of
from gql_server.services.templates import TemplateError

CHARACTERS_PER_TOKEN = 4
"""About what a token of English has; other languages and models differ."""

PROBLEMS = 10
"""What is said of one request's variables at the most."""

SAMPLE_TERMS = 10
"""Terms that a sample speaks of."""

TERMINOLOGY = "Use these terms as they are defined here:"


@dataclass(frozen=True)
class Source:
    """A prompt or a project's adaptation of one; `path` is the input that names it. `parameters` is JSON as text."""

    template: str
    parameters: str | None
    path: tuple[str, ...]

    @cached_property
    def names(self) -> Mapping[str, set[str | None]]:
        """What the template names, and within what."""
        return templates.read(self.template).names

    @property
    def metadata_keys(self) -> tuple[str, ...] | None:
        """The entries of the project's metadata that it names; None for all of them."""
        keys = self.names.get("metadata", set())
        return None if None in keys else tuple(sorted(key for key in keys if key is not None))


def read_variables(source: Source, variables: str | None) -> dict[str, Any]:
    """The values of all variables that there are, null for one that is left out; `variables` is JSON as text.

    Raises UserErrors for what the prompt's parameters do not allow.
    """
    if variables is not None and not variables.startswith("{"):
        raise UserErrors(UserError(UserErrorCode.INVALID, "Variables are a JSON object.", ("variables",)))
    given: dict[str, Any] = json.loads(variables or "{}")
    if source.parameters is None:
        return given
    try:
        validator = validator_of(source.parameters)
    except ValueError:
        # An adopted prompt's have never been looked at.
        message = "The parameters of this prompt are no JSON Schema of an object."
        raise UserErrors(UserError(UserErrorCode.INVALID, message, source.path)) from None
    errors = [
        UserError(UserErrorCode.INVALID, f"{error.message}.", ("variables", *map(str, error.instance_path)))
        for error in islice(validator.iter_errors(given), PROBLEMS)
    ]
    if errors:
        raise UserErrors(*errors)
    return {**dict.fromkeys(_properties(source.parameters)), **given}


def render(
    source: Source, variables: Mapping[str, Any], metadata: Mapping[str, Any], vocabulary: Sequence[FittingTerm]
) -> str:
    """The template's text. Raises UserErrors when it cannot be rendered with these values."""
    terms = [term._asdict() for term in vocabulary]
    try:
        return templates.render(source.template, {**variables, "metadata": metadata, "vocabulary": terms})
    except TemplateError as error:
        raise UserErrors(UserError(UserErrorCode.TEMPLATE_ERROR, str(error), source.path)) from None


def with_terminology(text: str, terms: Iterable[FittingTerm], token_limit: int) -> str:
    """A prompt with as many terms below it as there is room for."""
    left = token_limit * CHARACTERS_PER_TOKEN
    lines: list[str] = []
    for term in terms:
        line = f"- {term.term}: {term.definition}"
        left -= len(line) + 1
        if left < 0:
            break
        lines.append(line)
    return "\n".join([text.rstrip(), "", TERMINOLOGY, *lines]) if lines else text


def is_structure(structure: str) -> bool:
    """Whether answers can be checked against a structure, which an adopted one may not be made for."""
    try:
        validator_of(structure)
    except ValueError:
        return False
    return structure.startswith("{")


class Sample(NamedTuple):
    """What a sample of an answer is made of; `structure` is JSON as text."""

    prompt: str
    structure: str | None
    variables: Mapping[str, Any]
    terms: Sequence[FittingTerm]


def sample_output(of: Sample) -> str | None:
    """An example of an answer, as JSON; None when none is found."""
    given = {name: value for name, value in of.variables.items() if value is not None}
    terms = [term.term for term in of.terms[:SAMPLE_TERMS]]
    if of.structure is not None and not of.structure.startswith("{"):
        # An adopted structure may be anything.
        return None
    try:
        structure = None if of.structure is None else json.loads(of.structure)
        made = sample.sample_output(structure, seed=of.prompt, variables=given, terms=terms)
        if of.structure is not None and not validator_of(of.structure).is_valid(made):
            return None
    except (SampleError, ValueError):
        return None
    return json.dumps(made, ensure_ascii=False)


def _properties(parameters: str) -> set[str]:
    """The names of the variables; what is a JSON Schema may also be true."""
    return set(json.loads(parameters).get("properties", {})) if parameters.startswith("{") else set()
