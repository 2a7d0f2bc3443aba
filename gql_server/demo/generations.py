"""The generations of a demo project: those that made its contents, and some of late that came to nothing."""

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID

from gql_server.demo import courses
from gql_server.demo.briefs import Brief, brief
from gql_server.demo.catalogue import LlmModel, Shared, llm_models
from gql_server.demo.contents import Written
from gql_server.demo.courses import MISFORTUNES, Course, Scene, TimedCall
from gql_server.demo.llm_usage import cost, taste
from gql_server.demo.project import Plan
from gql_server.demo.requests import Requests
from gql_server.demo.seeds import GenerationEventSeed, GenerationSeed, UsageSeed
from gql_server.demo.working_hours import working_moments
from gql_server.services.prompting import CHARACTERS_PER_TOKEN

_BY_HAND = 0.3
# Nothing else was in line.
_TURN = 0
# What a worker notes of a call before it makes the next one.
_NOTES = {"invalid": "rejected", "failed": "waiting"}


class History(NamedTuple):
    """What generations leave behind, in no order."""

    generations: list[GenerationSeed]
    events: list[GenerationEventSeed]
    calls: list[UsageSeed]


class _Times(NamedTuple):
    created_at: dt.datetime
    started_at: dt.datetime | None
    finished_at: dt.datetime


class Chronicle:
    """Makes up the history of one project."""

    def __init__(self, plan: Plan, shared: Shared, requests: Requests) -> None:
        self._plan, self._shared, self._requests = plan, shared, requests
        self._rng = plan.rng("generations")
        self._weights = taste(plan)
        self.history = History([], [], [])

    def made(self, written: Written) -> Written:
        """With the generation that made it, unless somebody wrote it, or what it takes was not there yet."""
        if self._rng.random() < _BY_HAND:
            return written
        model, asked = self._model(), brief(self._plan, self._rng, written)
        course = courses.success(self._scene(model, written, asked))
        finished_at = written.content.created_at
        started_at = finished_at - course.duration
        times = _Times(started_at - self._wait(), started_at, finished_at)
        if times.created_at < max(self._plan.start, self._shared.prompts[asked.prompt.id].created_at):
            return written
        generation = self._record(model, asked, course, times)
        return written._replace(content=written.content._replace(generation_id=generation.id))

    def fail(self, contents: list[Written], today_at: dt.datetime) -> None:
        """Adds some that came to nothing, for contents such as these."""
        fates = self._rng.sample(MISFORTUNES, self._rng.randint(2, 4))
        for fate, created_at in zip(fates, working_moments(self._rng, self._plan, today_at, len(fates)), strict=True):
            model, written = self._model(), _wanted_at(created_at, self._rng.choice(contents))
            asked = brief(self._plan, self._rng, written)
            course = fate(self._scene(model, written, asked))
            self._record(model, asked, course, self._times(created_at, course))

    def _scene(self, model: LlmModel, written: Written, asked: Brief) -> Scene:
        prompt = self._shared.prompts[asked.prompt.id]
        return Scene(self._rng, model, written, self._shared.structures[prompt.object_model_id])

    def _times(self, created_at: dt.datetime, course: Course) -> _Times:
        if not course.calls:
            return _Times(created_at, None, created_at + 10 * self._wait())
        started_at = created_at + self._wait()
        return _Times(created_at, started_at, started_at + course.duration)

    def _record(self, model: LlmModel, asked: Brief, course: Course, times: _Times) -> GenerationSeed:
        request = self._requests.request(self._rng, asked, model.name, times.created_at)
        calls = [] if times.started_at is None else list(course.timed(times.started_at))
        generation_id = self._plan.row_id("generation", len(self.history.generations) + 1)
        events = _events(generation_id, course, times, calls)
        failure = course.failure or (None, None, None)
        generation = GenerationSeed(
            generation_id, course.status, _attempt(calls), *request, _TURN, len(events), *failure, *times
        )
        self.history.generations.append(generation)
        self.history.events.extend(events)
        self.history.calls.extend(self._paid(generation, model, calls))
        return generation

    def _paid(self, generation: GenerationSeed, model: LlmModel, calls: list[TimedCall]) -> Iterator[UsageSeed]:
        asked = (len(generation.rendered_prompt) + len(generation.structure)) // CHARACTERS_PER_TOKEN
        for number, (call, began_at, ended_at) in enumerate(calls, start=1):
            tokens_in = 0 if call.is_free else asked
            yield UsageSeed(
                id=self._plan.row_id(f"call/{generation.id}", number),
                project_id=self._plan.id,
                prompt_id=generation.prompt_id,
                tokens_in=tokens_in,
                tokens_out=call.tokens_out,
                model=model.name,
                cost=cost(model, tokens_in, call.tokens_out),
                created_at=began_at,
                status=call.status,
                generation_id=generation.id,
                is_estimated=call.is_estimated,
                finished_at=ended_at,
            )
            # The next question has this answer in it.
            asked += call.tokens_out

    def _model(self) -> LlmModel:
        [model] = self._rng.choices(llm_models(), self._weights)
        return model

    def _wait(self) -> dt.timedelta:
        """Until a worker has time."""
        return dt.timedelta(milliseconds=round(self._rng.triangular(20, 4000, 200)))


def _events(generation_id: UUID, course: Course, times: _Times, calls: list[TimedCall]) -> list[GenerationEventSeed]:
    """Those that are kept: output is not for long."""
    attempt = _attempt(calls)
    told: list[tuple[str, int, str | None, dt.datetime]] = [("queued", 0, None, times.created_at)]
    if times.started_at is not None:
        told.append(("started", attempt, None, times.started_at))
    told += [(_NOTES[again.call.status], attempt, again.call.problem, again.ended_at) for again in calls[:-1]]
    told.append((course.status, attempt, course.failure and course.failure.message, times.finished_at))
    return [GenerationEventSeed(generation_id, sequence, *event) for sequence, event in enumerate(told, start=1)]


def _wanted_at(moment: dt.datetime, written: Written) -> Written:
    return written._replace(content=written.content._replace(created_at=moment))


def _attempt(calls: list[TimedCall]) -> int:
    return 1 if calls else 0
