"""What calls may cost in a month is set by whom it concerns, exactly as it is given."""

from decimal import Decimal
from typing import Any

import asyncpg
import pytest
from httpx import AsyncClient
from logins import bearing
from mutating import answer, assert_none_for_others, assert_refused, missing, mutation, payload_of, user_error
from world import World, uuid_of

from gql_server.schema.ids import IdKind, global_id

ERRORS = "userErrors { code message path }"
UPDATE_CLIENT = mutation("updateClient", f"{{ client {{ name monthlyBudget }} {ERRORS} }}")
UPDATE_PROJECT = mutation("updateProject", f"{{ project {{ name monthlyBudget }} {ERRORS} }}")
LITERAL = """
mutation {{ updateProject(input: {{project: "{project}", monthlyBudget: {budget}}}) {{ project {{ monthlyBudget }} }} }}
"""
READ = "{ clients { nodes { name monthlyBudget projects { nodes { name monthlyBudget } } } } }"
STORED = """
SELECT c.monthly_budget, p.monthly_budget FROM public.clients AS c JOIN public.projects AS p ON p.client_id = c.id
"""
ACME = global_id(IdKind.CLIENT, uuid_of("client", "Acme"))
GARDEN = global_id(IdKind.PROJECT, uuid_of("project", "Garden"))
BOUNDS = user_error("INVALID", "A budget is from 0 to 1000000000 US dollars.", "monthlyBudget")
CHANGES = [("client", UPDATE_CLIENT, {"client": ACME}), ("project", UPDATE_PROJECT, {"project": GARDEN})]


@pytest.fixture(autouse=True)
async def garden(world: World) -> None:
    await world.project("Garden", await world.client())
    await world.connection.execute(
        "UPDATE public.clients SET monthly_budget = 7; UPDATE public.projects SET monthly_budget = 7"
    )


async def budgets(connection: asyncpg.Connection) -> dict[str, str | None]:
    """As they are stored, with all their digits."""
    [record] = await connection.fetch(STORED)
    client, project = [None if value is None else f"{value:f}" for value in record]
    return {"client": client, "project": project}


@pytest.mark.parametrize(("what", "query", "named"), CHANGES, ids=["client", "project"])
@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("12.50", "12.50"),
        ("0", "0"),
        ("0.00", "0.00"),
        ("-0", "0"),
        ("0.000000000000000000000000000001", "0.000000000000000000000000000001"),
        ("1000000000", "1000000000"),
        ("1e3", "1000"),
        ("1E+3", "1000"),
        (" 5 ", "5"),
        (5, "5"),
        (2.5, "2.5"),
        (None, None),
    ],
    ids=str,
)
async def test_a_budget_is_set_exactly(
    what: str,
    query: str,
    named: dict[str, str],
    given: object,
    shown: str | None,
    http: AsyncClient,
    connection: asyncpg.Connection,
) -> None:
    payload = await payload_of(http, query, {**named, "monthlyBudget": given})

    name = "Acme" if what == "client" else "Garden"
    other = "project" if what == "client" else "client"
    assert payload == {what: {"name": name, "monthlyBudget": shown}, "userErrors": []}
    assert await budgets(connection) == {what: shown, other: "7"}


@pytest.mark.parametrize(("what", "query", "named"), CHANGES, ids=["client", "project"])
async def test_what_is_no_budget(
    what: str, query: str, named: dict[str, str], http: AsyncClient, connection: asyncpg.Connection
) -> None:
    bad = ["-0.01", "-1", -1, "1000000000.01", "1000000001", "1e30", 10**12]
    name = user_error("INVALID", "A name has 1 to 255 characters.", "name")
    cases = [({**named, "monthlyBudget": value}, [BOUNDS]) for value in bad]

    await assert_refused(
        http, connection, query, [*cases, ({**named, "name": "", "monthlyBudget": "-1"}, [name, BOUNDS])], {what: None}
    )


@pytest.mark.parametrize(("what", "query", "named"), CHANGES, ids=["client", "project"])
async def test_what_is_no_decimal_number(
    what: str, query: str, named: dict[str, str], http: AsyncClient, connection: asyncpg.Connection
) -> None:
    longest = "1" * 30
    bad: list[Any] = ["", "x", "1,5", "$5", "NaN", "sNaN", "Infinity", "-inf", "1e31", "1e-31", "1e999999999999", "0x1"]
    bad += [f"{longest}.{longest}1", "9" * 5000, True, [], {}, [1], "\0", "1\0", "\ud800", 1e300]
    for value in bad:
        body = await answer(http, query, input={**named, "monthlyBudget": value})
        assert body.get("data") is None, value
        assert [error["extensions"]["code"] for error in body["errors"]] == ["BAD_REQUEST"], value
    assert await budgets(connection) == {"client": "7", "project": "7"}


@pytest.mark.parametrize(
    ("written", "shown"), [('"12.50"', "12.50"), ("12", "12"), ("12.5", "12.5"), ("null", None), ("1e2", "100.0")]
)
async def test_a_budget_that_is_written_in_the_document(
    written: str, shown: str | None, http: AsyncClient, connection: asyncpg.Connection
) -> None:
    body = await answer(http, LITERAL.format(project=GARDEN, budget=written))

    assert body["data"]["updateProject"]["project"]["monthlyBudget"] == shown


async def test_what_is_left_out_stays(http: AsyncClient, connection: asyncpg.Connection) -> None:
    for _, query, named in CHANGES:
        assert (await payload_of(http, query, {**named, "name": "Other"}))["userErrors"] == []

    assert await budgets(connection) == {"client": "7", "project": "7"}


async def test_a_client_sees_its_budget_and_does_not_set_it(
    http: AsyncClient, world: World, connection: asyncpg.Connection
) -> None:
    key = bearing(await world.key(uuid_of("client", "Acme")))
    for budget in ("8", None):
        body = await answer(http, UPDATE_CLIENT, key, input={"client": ACME, "monthlyBudget": budget})
        assert body["data"] == {"updateClient": None}
        assert [error["extensions"] for error in body["errors"]] == [{"code": "FORBIDDEN"}]

    assert await budgets(connection) == {"client": "7", "project": "7"}
    projects = {"nodes": [{"name": "Garden", "monthlyBudget": "7"}]}
    acme = {"name": "Acme", "monthlyBudget": "7", "projects": projects}
    assert (await answer(http, READ, key))["data"] == {"clients": {"nodes": [acme]}}


async def test_a_client_sets_its_projects_budgets_and_nobody_else_s(
    http: AsyncClient, world: World, connection: asyncpg.Connection
) -> None:
    key = bearing(await world.key(uuid_of("client", "Acme")))

    payload = await payload_of(http, UPDATE_PROJECT, {"project": GARDEN, "monthlyBudget": "0.5"}, key)

    assert payload["project"] == {"name": "Garden", "monthlyBudget": "0.5"}
    none = global_id(IdKind.PROJECT, uuid_of("none"))
    pair = ({"project": GARDEN, "monthlyBudget": "9"}, {"project": none, "monthlyBudget": "9"})
    await assert_none_for_others(http, world, UPDATE_PROJECT, [missing("project", "project")], pair)
    assert await connection.fetchval("SELECT monthly_budget FROM public.projects") == Decimal("0.5")
