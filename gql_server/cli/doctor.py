"""`gql-server doctor`: finds what is wrong with a database, and mends what can be mended."""

import asyncio
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from gql_server.cli.printable import printable
from gql_server.config import Config, read_config
from gql_server.db.doctor import Check, Finding, doctor
from gql_server.db.health import wait_for_database
from gql_server.errors import StartError

WAITS = "A migration or another doctor is running; waiting for it to end."

console = Console()


def doctor_(
    fix: Annotated[bool, typer.Option("--fix", help="Mend the roles, their rights and the policies.")] = False,
) -> None:
    """Look a live database over: versions, roles, their rights, row-level security, keys and logins."""
    found, advice = asyncio.run(_run(read_config(), fix=fix))
    for sentence in advice:
        typer.echo(f"{sentence}.")
    mended, left = sum(finding.mends for finding in found), sum(not finding.mends for finding in found)
    if fix and mended:
        typer.echo(f"Mended {_count(mended)}.")
    if fix and left:
        raise StartError(f"{_count(left)} left.")
    if not fix and found:
        raise StartError(f"{_count(len(found))}; gql-server doctor --fix mends {mended} of them.")
    if not found:
        typer.echo("Everything is as it should be.")


async def _run(config: Config, *, fix: bool) -> tuple[list[Finding], list[str]]:
    await wait_for_database(config)
    async with doctor(config, lambda: typer.echo(WAITS), fix=fix) as run:
        found, checks = await run.first()
        _show(found, fix=fix)
        return [*found, *await _follow(checks, fix=fix)], await run.advice()


async def _follow(checks: Sequence[Check], *, fix: bool) -> list[Finding]:
    """Runs the checks, and shows what each finds as soon as it does."""
    found: list[Finding] = []
    with Progress(console=console, disable=not console.is_terminal, transient=True) as progress:
        for check in progress.track(checks, description="Checks"):
            findings = await check()
            _show(findings, fix=fix)
            found += findings
    return found


def _show(findings: Sequence[Finding], *, fix: bool) -> None:
    for finding in findings:
        # Not `print`, which would take brackets for markup, and cut the lines.
        console.out(f"{'Mended: ' if fix and finding.mends else ''}{printable(finding.text)}.", highlight=False)


def _count(problems: int) -> str:
    return "1 problem" if problems == 1 else f"{problems} problems"
