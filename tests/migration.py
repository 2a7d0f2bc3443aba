"""Migrates a database as `gql-server migrate` does, and tells what came of each project."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

import pytest

from gql_server.config import Config
from gql_server.db.migrate import SchemaState, migrator


class Outcome(NamedTuple):
    """A project after a run: its name, its version and what is wrong with it."""

    name: str
    version: int
    problem: str | None = None


async def migrate(config: Config, *, jobs: int = 2, project_ids: Sequence[UUID] | None = None) -> list[Outcome]:
    """The outcomes of the projects that needed something, in the order in which they were done."""
    done: list[SchemaState] = []
    async with migrator(config, lambda: pytest.fail("Another run has the lock.")) as run:
        await run.migrate_shared(await run.shared_state())
        states = await run.project_states(project_ids)
        await run.migrate_projects([state for state in states if state.pending or state.problem], jobs, done.append)
    return [Outcome(state.title, state.version, state.problem) for state in done]
