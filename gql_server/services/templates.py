"""The templates of prompts, in Liquid: whether they can be read, and which variables they name."""

from typing import NamedTuple

from liquid import Environment
from liquid.exceptions import LiquidError

LENGTH = 100_000
"""Characters of a template."""

FILTERS = frozenset(
    {"capitalize", "default", "downcase", "escape", "first", "join", "last", "size", "strip", "truncate", "upcase"}
)
"""What templates may do to values; none makes much of little."""

TAGS_WITHOUT = ("include", "render", "tablerow", "macro", "call", "extends", "block")
"""Tags that reach for other templates, or make much of little."""


class Template(NamedTuple):
    """What a template that can be read needs, and what is wrong with it all the same, in sentences."""

    variables: list[str]
    problems: list[str]


def read(source: str) -> Template:
    """Reads a template without rendering it."""
    if len(source) > LENGTH:
        return Template([], [f"A template has {LENGTH} characters at the most."])
    try:
        analysis = ENVIRONMENT.from_string(source).analyze()
    except LiquidError as error:
        return Template([], [_sentence(error)])
    except RecursionError:
        return Template([], ["The template is nested too deeply."])
    unknown = [name for name in analysis.filters if name not in FILTERS]
    known = ", ".join(sorted(FILTERS))
    return Template(list(analysis.globals), [f"There is no filter {name!r}, only {known}." for name in unknown])


def _environment() -> Environment:
    environment = Environment(autoescape=False)
    environment.filters = {name: filter_ for name, filter_ in environment.filters.items() if name in FILTERS}
    for tag in TAGS_WITHOUT:
        environment.tags.pop(tag, None)
    return environment


ENVIRONMENT = _environment()


def _sentence(error: LiquidError) -> str:
    context = error.context()
    where = f"Line {context[0]}, column {context[1] + 1}" if context else "The template"
    return f"{where}: {error.message or error.args[0]}."
