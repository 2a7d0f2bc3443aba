"""`gql-server client`: the clients and their keys."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Annotated, TypeVar
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from gql_server.cli.printable import PIPE_WIDTH, printable
from gql_server.config import read_config
from gql_server.db.database import Database, open_database
from gql_server.db.health import check_migrated, check_ready, wait_for_database
from gql_server.db.tables.clients import ClientKeysRow
from gql_server.errors import ApiError, SettingError, StartError, UserErrorCode, UserErrors
from gql_server.log import configure_logging
from gql_server.services import clients
from gql_server.services.keys import Key
from gql_server.services.writer import Writer

ResultT = TypeVar("ResultT")
Id = Annotated[UUID, typer.Argument(help="The client's id, as `client list` shows it.")]

GRACE_HOURS = 24.0
app = typer.Typer(help="Add clients, and give, replace and revoke their keys.", no_args_is_help=True)
console = Console()


@app.command("create")
def create(
    name: Annotated[str, typer.Argument(help="The client's name.")],
    email: Annotated[str | None, typer.Option(help="Where it can be written to.")] = None,
) -> None:
    """Add a client and show its key, this once."""
    made = _run(lambda database: clients.create_client(Writer(database), name=name, contact_email=email))
    typer.echo(f"Client {name.strip()} has the id {made.client_id}.")
    _show(made.key)


@app.command("rotate-key")
def rotate_key(
    client_id: Id,
    grace_hours: Annotated[
        float, typer.Option(min=0, max=8760, help="Hours that the key it has now stays good beside the new one.")
    ] = GRACE_HOURS,
) -> None:
    """Give a client a new key and show it, this once; the old one stays good for a while."""
    grace = timedelta(hours=grace_hours)
    _show(_run(lambda database: clients.rotate_key(Writer(database), client_id, grace)).key)
    typer.echo(f"The key before it stays good for {grace_hours:g} hours." if grace else "The key before it is void.")


@app.command("revoke-key")
def revoke_key(client_id: Id) -> None:
    """Take all its keys from a client."""
    _run(lambda database: clients.revoke_keys(database, client_id))
    typer.echo("Its keys are void; `client rotate-key` gives it another.")


@app.command("list")
def list_() -> None:
    """Show the clients, how their keys begin, and when they were last used."""
    table = Table(
        Column("Id", no_wrap=True),
        "Name",
        "Key",
        "Last used",
        "Old key until",
        "Old key used",
        box=None,
        pad_edge=False,
    )
    for row in _run(clients.list_keys):
        table.add_row(*map(Text, _cells(row)))
    if not console.is_terminal:
        console.width = PIPE_WIDTH
    console.print(table)


def _cells(row: ClientKeysRow) -> list[str]:
    key = f"{row.prefix or '(adopted)'}…" if row.has_key else "none"
    retired = _time(row.retired_used_at) if row.retired_expires_at else ""
    until = _time(row.retired_expires_at) if row.retired_expires_at else ""
    return [str(row.id), printable(row.name), key, _time(row.used_at) if row.has_key else "", until, retired]


def _time(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else "never"


def _show(key: Key) -> None:
    typer.echo(f"Its key, which is shown this once: {key.text}")


def _run(work: Callable[[Database], Awaitable[ResultT]]) -> ResultT:
    """Raises StartError for what the work cannot do."""

    async def run() -> ResultT:
        config = read_config(pool_size=1)
        configure_logging(config)
        await wait_for_database(config)
        await check_migrated(config)
        async with open_database(config) as database:
            await check_ready(database)
            return await work(database)

    try:
        return asyncio.run(run())
    except ApiError as error:
        raise StartError(error.message) from None
    except UserErrors as found:
        wrong = any(error.code is UserErrorCode.INVALID for error in found.errors)
        raise (SettingError if wrong else StartError)(str(found)) from None
