"""The templates of prompts, in Liquid: whether they can be read, and which variables they name."""

import re
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, NamedTuple

from liquid import BoundTemplate, Environment, RenderContext, StrictUndefined, Token
from liquid.builtin.tags.for_tag import ForLoop
from liquid.builtin.tags.tablerow_tag import TableRow
from liquid.exceptions import LiquidError, ResourceLimitError

LENGTH = 100_000
"""Characters of a template."""

FILTERS = frozenset(
    {"capitalize", "default", "downcase", "escape", "first", "join", "last", "size", "strip", "truncate", "upcase"}
)
"""What templates may do to values; none makes much of little."""

TAGS_WITHOUT = ("include", "render", "tablerow", "macro", "call", "extends", "block")
"""Tags that reach for other templates, or make much of little."""

# The lexer looks for the end of each opening up to the end of the template, and tries each number of the spaces and
# letters in it: a text with many of them would keep everybody waiting for minutes.
UNCLOSED = 100
"""Openings without an end that a template may have."""
LONG = re.compile(r"\{(\{-?|%-?\s{0,99}(#|\w*+))\s{100}|\{%-?\s{0,99}\w{100}")
PAIRS = (
    (re.compile(r"\{\{"), re.compile(r"\}\}")),
    (re.compile(r"\{%"), re.compile(r"%\}")),
    (re.compile(r"\{%-?\s*raw\b"), re.compile(r"\{%-?\s*endraw\b")),
    (re.compile(r"\{%-?\s*doc\b"), re.compile(r"\{%-?\s*enddoc\b")),
)

SECONDS = 0.2
"""Of the processor's time that a template may take: each turn of a loop may do as much as the template is long."""

MARKUP = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
PARENTHESES = 100
"""Those in one tag or output: of each it is asked up to the end whether it begins a range."""


class TemplateError(Exception):
    """A template cannot be rendered with the values that it was given; the message is a sentence."""


class Template(NamedTuple):
    """What a template that can be read needs, and what is wrong with it all the same, in sentences.

    `names` has what is named in each variable, `metadata: {"tone"}` for `metadata.tone`; None among it for what is
    known at the time of rendering alone, such as all of it.
    """

    names: dict[str, set[str | None]]
    problems: list[str]

    @property
    def variables(self) -> list[str]:
        return list(self.names)


@lru_cache(64)
def read(source: str) -> Template:
    """Reads a template without rendering it."""
    if len(source) > LENGTH:
        return Template({}, [f"A template has {LENGTH} characters at the most."])
    if LONG.search(source):
        return Template({}, ["No 100 spaces may follow an opening, and no tag has a name of 100 letters."])
    if any(_unclosed(source, *pair) > UNCLOSED for pair in PAIRS):
        return Template({}, ["Too much is opened in the template and not closed."])
    if any(markup[0].count("(") > PARENTHESES for markup in MARKUP.finditer(source)):
        return Template({}, [f"What stands between braces has {PARENTHESES} parentheses at the most."])
    try:
        analysis = _parsed(source).analyze()
    except LiquidError as error:
        return Template({}, [_sentence(error)])
    except RecursionError:
        return Template({}, ["The template is nested too deeply."])
    unknown = [name for name in analysis.filters if name not in FILTERS]
    known = ", ".join(sorted(FILTERS))
    names = {name: {_within(used.segments) for used in uses} for name, uses in analysis.globals.items()}
    return Template(names, [f"There is no filter {name!r}, only {known}." for name in unknown])


def render(source: str, values: Mapping[str, object]) -> str:
    """The text that a template makes of values. Raises TemplateError when one is missing, and when it is too much."""
    try:
        return _parsed(source).render(**values)
    except LiquidError as error:
        raise TemplateError(_sentence(error)) from None
    except RecursionError:
        raise TemplateError("The template is nested too deeply.") from None


@lru_cache(8)
def _parsed(source: str) -> BoundTemplate:
    """The requests of one operation are most often for one template, and a long one takes a while."""
    return ENVIRONMENT.from_string(source)


def _within(segments: Sequence[object]) -> str | None:
    return str(segments[1]) if len(segments) > 1 and isinstance(segments[1], str | int) else None


def _unclosed(source: str, opening: re.Pattern[str], closing: re.Pattern[str]) -> int:
    return sum(1 for _ in opening.finditer(closing.split(source)[-1]))


class _TimedContext(RenderContext):
    """Looks at the clock wherever a template can make it late: at each value, filter and turn of a loop."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._until = time.thread_time() + SECONDS

    def get(self, *args: Any, **kwargs: Any) -> object:
        self._check()
        return super().get(*args, **kwargs)

    def filter(self, name: str, token: Token | None) -> Callable[..., object]:
        self._check()
        return super().filter(name, token)

    @contextmanager
    def loop(self, namespace: Mapping[str, object], forloop: ForLoop | TableRow) -> Generator[RenderContext]:
        forloop.it = self._timed(forloop.it)
        with super().loop(namespace, forloop) as context:
            yield context

    def _timed(self, items: Iterator[object]) -> Iterator[object]:
        for item in items:
            self._check()
            yield item

    def _check(self) -> None:
        if time.thread_time() > self._until:
            raise ResourceLimitError("it takes too long to render", token=None)


class _TimedTemplate(BoundTemplate):
    context_class = _TimedContext


class _Limited(Environment):
    """Ends a template that goes on for too long; what it makes is held in memory."""

    loop_iteration_limit = 10_000
    output_stream_limit = 1_000_000
    local_namespace_limit = 100_000
    context_depth_limit = 10
    template_class = _TimedTemplate


def _environment() -> Environment:
    environment = _Limited(undefined=StrictUndefined, autoescape=False)
    environment.filters = {name: filter_ for name, filter_ in environment.filters.items() if name in FILTERS}
    for tag in TAGS_WITHOUT:
        environment.tags.pop(tag, None)
    return environment


ENVIRONMENT = _environment()


def _sentence(error: LiquidError) -> str:
    context = error.context()
    where = f"Line {context[0]}, column {context[1] + 1}" if context else "The template"
    return f"{where}: {error.message or error.args[0]}."
