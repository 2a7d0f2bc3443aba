"""`gql-server migrate`: brings the shared schema and every project's up to date."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from gql_server.config import read_config
from gql_server.db.health import wait_for_database
from gql_server.db.migrate import Migrator, SchemaState, migrator
from gql_server.db.migrations import latest_version
from gql_server.errors import StartError

console = Console()


def migrate(
    project: Annotated[
        list[UUID] | None, typer.Option(help="Migrate this project after the shared schema; repeat for more.")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Projects that are migrated at a time.")] = 4,
    status: Annotated[bool, typer.Option("--status", help="Show the version of every schema, change nothing.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would run, change nothing.")] = False,
) -> None:
    """Migrate the shared schema, then every project's, each file and schema in a transaction of its own."""
    asyncio.run(_run(project, jobs, _show_status if status else _show_plan if dry_run else None))


async def _run(
    project_ids: Sequence[UUID] | None, jobs: int, show: Callable[[Sequence[SchemaState]], None] | None
) -> None:
    config = read_config()
    await wait_for_database(config)
    async with migrator(config, lambda: console.print("Another migration is running; waiting for it.")) as run:
        if show is not None:
            show([await run.shared_state(), *await run.project_states(project_ids)])
            return
        before = await run.shared_state()
        await run.migrate_shared(before)
        if before.pending:
            console.print(f"Shared schema: version {before.version} → {latest_version('public')}.")
        failed = await _migrate_projects(run, project_ids, jobs)
    if failed:
        for state in failed:
            typer.echo(f"{state.target.name} ({state.title}) {state.problem}.", err=True)
        raise StartError(f"{len(failed)} of the projects could not be migrated; run it again when they are mended.")


async def _migrate_projects(run: Migrator, project_ids: Sequence[UUID] | None, jobs: int) -> list[SchemaState]:
    """Answers with the projects that failed."""
    states = await run.project_states(project_ids)
    waiting = [state for state in states if state.pending or state.problem]
    failed: list[SchemaState] = []
    with Progress(console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task("Projects", total=len(waiting))

        def done(state: SchemaState) -> None:
            progress.advance(task)
            if state.problem is not None:
                failed.append(state)
            elif not console.is_terminal:
                console.print(f"{state.target.name}: version {state.version}.")

        await run.migrate_projects(waiting, jobs, done)
    console.print(f"Projects: {len(waiting) - len(failed)} migrated, {len(states) - len(waiting)} were up to date.")
    return failed


def _show_status(states: Sequence[SchemaState]) -> None:
    table = Table("Schema", "Name", "Version", "State", box=None)
    for state in states:
        words = f"[red]{state.problem}[/red]" if state.problem else "up to date"
        if state.pending:
            words = f"{len(state.pending)} to apply"
        table.add_row(state.target.name, state.title, str(state.version), words)
    console.print(table, soft_wrap=not console.is_terminal)


def _show_plan(states: Sequence[SchemaState]) -> None:
    for state in states:
        if state.problem:
            console.print(f"{state.target.name}: {state.problem}", soft_wrap=True, markup=False)
        for migration in state.pending:
            console.print(f"{state.target.name}: {migration.name}", soft_wrap=True, markup=False)
    if not any(state.pending or state.problem for state in states):
        console.print("Everything is up to date.")
