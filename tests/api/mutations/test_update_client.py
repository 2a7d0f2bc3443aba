"""A client's name and address are changed in what is given, by the administrator."""

from typing import Any

import asyncpg
import pytest
from httpx import AsyncClient
from logins import bearing
from world import GraphQL, World, uuid_of

from gql_server.schema.ids import IdKind, global_id

UPDATE = """
mutation ($input: UpdateClientInput!) {
  updateClient(input: $input) { client { name contactEmail } userErrors { code message path } }
}
"""
ROWS = "SELECT name, contact_email FROM public.clients ORDER BY name"
ACME = global_id(IdKind.CLIENT, uuid_of("client", "Acme"))
BEFORE = ("Acme", "acme@example.com")


@pytest.mark.parametrize(
    ("changes", "row"),
    [
        ({}, BEFORE),
        ({"name": " Zenith "}, ("Zenith", "acme@example.com")),
        ({"contactEmail": None}, ("Acme", None)),
        ({"name": "Zenith", "contactEmail": "z@z.example"}, ("Zenith", "z@z.example")),
    ],
    ids=range(4),
)
async def test_a_client_is_changed_in_what_is_given(
    changes: dict[str, Any], row: tuple[str, str | None], data: GraphQL, world: World, connection: asyncpg.Connection
) -> None:
    await world.client("Acme")
    await world.client("Beacon")

    answer = await data(UPDATE, input={"client": ACME, **changes})

    assert answer["updateClient"] == {"client": {"name": row[0], "contactEmail": row[1]}, "userErrors": []}
    rows = {tuple(record) for record in await connection.fetch(ROWS)}
    assert rows == {row, ("Beacon", "beacon@example.com")}


@pytest.mark.parametrize(
    ("client", "changes", "errors"),
    [
        (ACME, {"name": None}, [("REQUIRED", "A name cannot be taken away.", "name")]),
        (ACME, {"name": " "}, [("INVALID", "A name has 1 to 255 characters.", "name")]),
        (ACME, {"contactEmail": ""}, [("INVALID", "'' is no address to write to.", "contactEmail")]),
        (
            ACME,
            {"name": "x" * 256, "contactEmail": "x"},
            [
                ("INVALID", "A name has 1 to 255 characters.", "name"),
                ("INVALID", "'x' is no address to write to.", "contactEmail"),
            ],
        ),
        (
            global_id(IdKind.CLIENT, uuid_of("none")),
            {"name": "Zenith"},
            [("NOT_FOUND", "There is no such client.", "client")],
        ),
        (global_id(IdKind.CLIENT, uuid_of("none")), {}, [("NOT_FOUND", "There is no such client.", "client")]),
    ],
    ids=range(6),
)
async def test_what_is_refused(
    client: str,
    changes: dict[str, Any],
    errors: list[tuple[str, str, str]],
    data: GraphQL,
    world: World,
    connection: asyncpg.Connection,
) -> None:
    await world.client()

    answer = await data(UPDATE, input={"client": client, **changes})

    shown = [{"code": code, "message": message, "path": ["input", field]} for code, message, field in errors]
    assert answer["updateClient"] == {"client": None, "userErrors": shown}
    assert [tuple(row) for row in await connection.fetch(ROWS)] == [BEFORE]


async def test_a_client_changes_none(http: AsyncClient, world: World, connection: asyncpg.Connection) -> None:
    key = bearing(await world.key(await world.client()))
    body = {"query": UPDATE, "variables": {"input": {"client": ACME, "name": "Zenith"}}}

    answer = (await http.post("/graphql", json=body, headers=key)).json()

    assert answer["data"] == {"updateClient": None}
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]
    assert [tuple(row) for row in await connection.fetch(ROWS)] == [BEFORE]
