"""`gql-server migrate`: brings the shared schema and every project's up to date."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Column, Table
from rich.text import Text

from gql_server.cli.printable import PIPE_WIDTH, printable
from gql_server.config import Config, read_config
from gql_server.db.health import wait_for_database
from gql_server.db.migrate import Migrator, SchemaState, migrator, versions
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
    config = read_config()
    if status or dry_run:
        asyncio.run(_look(config, project, _show_status if status else _show_plan))
    else:
        asyncio.run(_run(config, project, jobs))


async def _look(
    config: Config, project_ids: Sequence[UUID] | None, show: Callable[[Sequence[SchemaState]], None]
) -> None:
    await wait_for_database(config)
    async with versions(config) as now:
        states = [await now.shared_state(), *await now.project_states(project_ids)]
    show(states)


async def _run(config: Config, project_ids: Sequence[UUID] | None, jobs: int) -> None:
    await wait_for_database(config)
    async with migrator(config, lambda: typer.echo("Another migration is running; waiting for it to end.")) as run:
        shared, projects = await run.shared_state(), await run.project_states(project_ids)
        await run.migrate_shared(shared)
        if shared.pending:
            typer.echo(f"Shared schema: version {shared.version} → {latest_version('public')}.")
        waiting = [state for state in projects if state.pending or state.problem]
        failed = await _migrate_projects(run, waiting, jobs)
    if waiting:
        typer.echo(_summary(len(projects), len(waiting), len(failed)))
    elif not shared.pending:
        typer.echo("Everything is up to date.")
    for state in failed:
        typer.echo(f"{state.target.name} ({printable(state.title)}) {state.problem}.", err=True)
    if failed:
        count = "1 project" if len(failed) == 1 else f"{len(failed)} projects"
        raise StartError(f"{count} could not be migrated; mend what is wrong and run it again.")


async def _migrate_projects(run: Migrator, waiting: Sequence[SchemaState], jobs: int) -> list[SchemaState]:
    """Answers with the projects that failed."""
    failed: list[SchemaState] = []
    with Progress(console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task("Projects", total=len(waiting))

        def done(state: SchemaState) -> None:
            progress.advance(task)
            if state.problem is not None:
                failed.append(state)
            elif not console.is_terminal:
                typer.echo(f"{state.target.name}: version {state.version}.")

        await run.migrate_projects(waiting, jobs, done)
    return sorted(failed, key=lambda state: state.target.name)


def _summary(projects: int, waiting: int, failed: int) -> str:
    counts = {"migrated": waiting - failed, "up to date already": projects - waiting, "failed": failed}
    return f"Projects: {', '.join(f'{count} {what}' for what, count in counts.items() if count)}."


def _show_status(states: Sequence[SchemaState]) -> None:
    # The schema's name is what the user copies, so that it is never cut.
    table = Table(Column("Schema", no_wrap=True), "Name", "Version", "State", box=None, pad_edge=False)
    for state in states:
        # Text, since in a plain string rich takes brackets and colons for markup.
        table.add_row(state.target.name, Text(printable(state.title)), str(state.version), _state(state))
    if not console.is_terminal:
        console.width = PIPE_WIDTH
    console.print(table)
    for state in states:
        if state.problem:
            typer.echo(f"{state.target.name} {state.problem}.")


def _state(state: SchemaState) -> Text:
    if state.problem:
        return Text("refused", "red")
    return Text(f"{len(state.pending)} to apply", "yellow") if state.pending else Text("up to date")


def _show_plan(states: Sequence[SchemaState]) -> None:
    for state in states:
        if state.problem:
            typer.echo(f"{state.target.name}: nothing, since it {state.problem}")
        if state.hyphenated and state.target.project:
            typer.echo(f"{state.target.name}: rename {state.target.project.hyphenated}")
        for migration in state.pending:
            typer.echo(f"{state.target.name}: {migration.name}")
    if not any(state.pending or state.problem for state in states):
        typer.echo("Everything is up to date.")
