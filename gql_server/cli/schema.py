"""`gql-server schema`: the API's own description, and what changed in it."""

from pathlib import Path
from typing import Annotated

import typer
from graphql import GraphQLSchema, Source, build_schema, find_breaking_changes, find_dangerous_changes
from graphql.error import GraphQLError

from gql_server.errors import SettingError

app = typer.Typer(help="Print the GraphQL schema, or compare two.", no_args_is_help=True)


@app.command("print")
def print_schema() -> None:
    """Print the GraphQL schema that this server serves."""
    from gql_server.schema.build import build_schema as build  # noqa: PLC0415  takes half a second to import

    typer.echo(str(build()))


@app.command("check")
def check(
    old: Annotated[Path, typer.Argument(help="A file with the schema as it was.")],
    new: Annotated[Path, typer.Argument(help="A file with the schema as it is to be.")],
) -> None:
    """List what would break callers of OLD on NEW; exit 1 when anything would."""
    before, after = _read(old), _read(new)
    breaking = find_breaking_changes(before, after)
    for change in breaking:
        typer.echo(f"breaking   {change.type.name.lower():<32} {change.description}")
    for change in find_dangerous_changes(before, after):
        typer.echo(f"dangerous  {change.type.name.lower():<32} {change.description}")
    if breaking:
        raise typer.Exit(1)
    typer.echo("Nothing breaks.")


def _read(path: Path) -> GraphQLSchema:
    try:
        return build_schema(Source(path.read_text(encoding="utf-8"), name=str(path)))
    except OSError as error:
        raise SettingError(f"{path} cannot be read: {error.strerror}.") from None
    except GraphQLError as error:
        place = "".join(f" (line {at.line}, column {at.column})" for at in error.locations or ())
        raise SettingError(f"{path} is not a GraphQL schema: {error.message.rstrip('.')}{place}.") from None
    except (TypeError, UnicodeDecodeError) as error:
        raise SettingError(f"{path} is not a GraphQL schema: {' '.join(str(error).split())}") from None
