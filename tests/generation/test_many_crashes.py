"""Many generations over many projects, while one of two workers is killed every few moments: each comes to its end.

The scale is GQL_SERVER_TEST_GENERATIONS, 120 by default: `GQL_SERVER_TEST_GENERATIONS=1000 pytest -s` runs the large
one, and says what came of it.
"""

import asyncio
import os
import time
from collections import Counter
from random import Random
from typing import NamedTuple
from uuid import UUID

import pytest
from fake_provider import FakeProvider
from fake_streams import Reply
from generating import ANSWER, Generating
from workers import Worker, Workers

from gql_server.services.generations import BULK

FIRST_KILL_SECONDS = 0.5
"""After the last of the requests: in the middle of the first answers."""


class Scale(NamedTuple):
    generations: int
    projects: int
    kill_seconds: float
    """Between one killing and the next."""
    patience_seconds: float


ORDINARY = Scale(120, 6, 1.5, 100)
LARGE = Scale(1000, 20, 3, 900)

GENERATIONS = int(os.environ.get("GQL_SERVER_TEST_GENERATIONS", "120"))
SCALE = LARGE._replace(generations=GENERATIONS) if ORDINARY.generations < GENERATIONS else ORDINARY


@pytest.mark.timeout(SCALE.patience_seconds + 60)
async def test_each_ends_with_one_content_and_each_call_has_a_row(
    generating: Generating, provider: FakeProvider, workers: Workers
) -> None:
    pauses = Random(1)
    # So that some are killed amid an answer.
    provider.script = lambda _body, _number: Reply(ANSWER, delay_seconds=pauses.uniform(0, 0.1))
    projects = [await generating.project() for _ in range(SCALE.projects)]
    awake = workers.awake(2)
    # A busy machine may take longer to start one than to have all done.
    successor = workers.begin()
    successor.wait_until_ready()
    started = time.monotonic()
    made = [one for project_id in projects for one in await _enqueued(generating, project_id)]
    kills = await _kill_until_all_is_done(generating, workers, awake, successor, started)
    seconds = time.monotonic() - started

    ends = [await generating.read(one.project_id, one.id) for one in made]
    contents = [row[0] for id_ in projects for row in await generating.fetch(id_, CONTENTS)]
    paid = [Counter(row.status for row in await generating.paid(one.id)) for one in made]
    asked = Counter(call.texts[0][1] for call in provider.calls)
    attempts = Counter(end.attempt for end in ends)
    figures = f"{len(made)} in {seconds:.0f} s, {kills} killed, {asked.total()} calls"
    print(f"{figures}, {sum(paid, Counter())}, attempts {attempts}")  # noqa: T201  for whoever runs the large one
    assert kills >= 1
    assert Counter(end.status for end in ends) == {"succeeded": len(made)}
    assert Counter(contents) == Counter(one.id for one in made)
    for one, calls in zip(made, paid, strict=True):
        assert calls["succeeded"] == 1
        # Each request has a row; a worker that was killed when it had written one may not have sent the request.
        assert 1 <= asked[one.prompt] <= calls.total() == 1 + calls["lost"]


CONTENTS = 'SELECT generation_id FROM :"schema".contents'


class Made(NamedTuple):
    """A generation, with a prompt that no other one has."""

    project_id: UUID
    id: UUID
    prompt: str


async def _enqueued(generating: Generating, project_id: UUID) -> list[Made]:
    prompts = [f"Write about {project_id}, {number}." for number in range(SCALE.generations // SCALE.projects)]
    made: list[Made] = []
    # No more can be asked for at once.
    for start in range(0, len(prompts), BULK):
        batch = prompts[start : start + BULK]
        ids = await generating.enqueue_prompts(project_id, batch)
        made += [Made(project_id, id_, prompt) for id_, prompt in zip(ids, batch, strict=True)]
    return made


async def _kill_until_all_is_done(
    generating: Generating, workers: Workers, awake: list[Worker], successor: Worker, started: float
) -> int:
    """How many were killed, each when its successor was ready: a machine may take longer to start one than to kill."""
    random = Random(0)
    kills = 0
    while await generating.jobs():
        assert time.monotonic() - started < SCALE.patience_seconds
        due = time.monotonic() + (SCALE.kill_seconds if kills else FIRST_KILL_SECONDS)
        while await generating.jobs() and (time.monotonic() < due or not successor.is_ready):
            await asyncio.sleep(0.02)
        if await generating.jobs():
            awake.pop(random.randrange(len(awake))).kill()
            awake.append(successor)
            successor = workers.begin()
            kills += 1
    successor.kill()
    return kills
