"""The command line: `gql-server`."""

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from gql_server.cli import client, dev, doctor, migrate, schema, serve, worker
from gql_server.errors import StartError

app = typer.Typer(
    name="gql-server",
    help="One GraphQL API over every project's PostgreSQL schema.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("dev")(dev.dev)
app.command("serve")(serve.serve)
app.command("worker")(worker.worker)
app.command("migrate")(migrate.migrate)
app.command("doctor")(doctor.doctor_)
app.add_typer(client.app, name="client")
app.add_typer(schema.app, name="schema")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"gql-server {version('gql-server')}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool, typer.Option("--version", help="Print the version and leave.", callback=_print_version, is_eager=True)
    ] = False,
) -> None: ...


def main() -> None:
    """Runs the command line; what cannot go on is one sentence on stderr."""
    try:
        app()
    except StartError as error:
        typer.echo(f"gql-server: {error}", err=True)
        sys.exit(error.exit_code)
