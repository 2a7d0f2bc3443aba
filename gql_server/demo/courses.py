"""The courses that demo generations take: which calls a worker makes, and what comes of them."""

import datetime as dt
import json
import random
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from gql_server.config import Config
from gql_server.demo.catalogue import LlmModel
from gql_server.demo.contents import Written
from gql_server.demo.llm_usage import duration
from gql_server.errors import GenerationErrorCode
from gql_server.llm.catalogue import NamedModel
from gql_server.services.outputs import InvalidOutputError, read_output
from gql_server.services.prompting import CHARACTERS_PER_TOKEN

BREATH = dt.timedelta(milliseconds=12)
"""What a worker needs between two steps."""

_ASKED_TWICE = 0.12
_SHORT_BODY = 60
_BACKOFF_SECONDS = (1, 2, 4, 8)
_ANSWERS: int = Config.model_fields["generation_retries"].default + 1


class Call(NamedTuple):
    """`pause` comes before it, and `problem` is why another one follows; one that is free was never begun."""

    status: str
    tokens_out: int
    duration: dt.timedelta
    pause: dt.timedelta = BREATH
    problem: str | None = None
    is_free: bool = False
    is_estimated: bool = False


class TimedCall(NamedTuple):
    call: Call
    began_at: dt.datetime
    ended_at: dt.datetime


class Failure(NamedTuple):
    code: GenerationErrorCode
    message: str
    pointer: str | None = None


class Course(NamedTuple):
    """Without calls it ended before a worker took it."""

    status: str
    calls: Sequence[Call]
    failure: Failure | None = None

    @property
    def duration(self) -> dt.timedelta:
        return sum((call.pause + call.duration for call in self.calls), start=BREATH)

    def timed(self, started_at: dt.datetime) -> Iterator[TimedCall]:
        ended_at = started_at
        for call in self.calls:
            began_at = ended_at + call.pause
            ended_at = began_at + call.duration
            yield TimedCall(call, began_at, ended_at)


class Scene(NamedTuple):
    """What a course depends on: `written` is a content such as was asked for, `structure` that of its object model."""

    rng: random.Random
    model: LlmModel
    written: Written
    structure: str

    def answered(self, status: str, tokens: int, problem: str | None = None) -> Call:
        return Call(status, tokens, duration(self.rng, self.model, tokens), problem=problem)

    @property
    def tokens(self) -> int:
        """About what the content has."""
        content = self.written.content
        return len(f"{content.title}{content.body}{content.metadata}") // CHARACTERS_PER_TOKEN


def success(scene: Scene) -> Course:
    calls = [scene.answered("succeeded", scene.tokens)]
    if scene.rng.random() < _ASKED_TWICE:
        calls.insert(0, scene.answered("invalid", scene.tokens // 2, _too_short(scene).message))
    return Course("succeeded", calls)


def _invalid(scene: Scene) -> Course:
    problem = _too_short(scene)
    calls = [scene.answered("invalid", scene.tokens // 2, problem.message) for _ in range(_ANSWERS)]
    return Course("failed", calls, Failure(GenerationErrorCode.VALIDATION_FAILED, problem.message, problem.pointer))


def _too_short(scene: Scene) -> InvalidOutputError:
    """What the server finds wrong with the content when its body breaks off early, which no object model allows."""
    title, body = scene.written.content.title, scene.written.content.body[:_SHORT_BODY]
    answer = {**(scene.written.structured.metadata or {}), **({"title": title} if title else {}), "body": body}
    try:
        read_output(json.dumps(answer), scene.structure)
    except InvalidOutputError as invalid:
        return invalid
    raise ValueError("A body may be this short.")


def _busy(scene: Scene) -> Course:
    message = f"The provider of model {scene.model.name!r} is too busy: Rate limit reached for requests."
    pauses = [BREATH, *(dt.timedelta(seconds=seconds) for seconds in _BACKOFF_SECONDS)]
    calls = [Call("failed", 0, _moment(scene), pause, message, is_free=True) for pause in pauses]
    return Course("failed", calls, Failure(GenerationErrorCode.PROVIDER_RATE_LIMITED, message))


def _refused(scene: Scene) -> Course:
    message = f"Model {scene.model.name!r} declined to answer."
    return Course("failed", [scene.answered("failed", 9)], Failure(GenerationErrorCode.PROVIDER_REFUSED, message))


def _late(scene: Scene) -> Course:
    seconds = NamedModel.timeout_seconds
    message = f"Model {scene.model.name!r} took longer than {seconds:g} seconds."
    call = Call("failed", scene.rng.randint(0, scene.tokens), dt.timedelta(seconds=seconds), is_estimated=True)
    return Course("failed", [call], Failure(GenerationErrorCode.TIMEOUT, message))


def _cancelled(scene: Scene) -> Course:
    heard = scene.rng.randint(1, scene.tokens)
    return Course("cancelled", [scene.answered("aborted", heard)._replace(is_estimated=True)])


def _withdrawn(_: Scene) -> Course:
    return Course("cancelled", [])


def _moment(scene: Scene) -> dt.timedelta:
    return dt.timedelta(milliseconds=scene.rng.randint(60, 400))


MISFORTUNES: Sequence[Callable[[Scene], Course]] = (_invalid, _busy, _refused, _late, _cancelled, _withdrawn)
