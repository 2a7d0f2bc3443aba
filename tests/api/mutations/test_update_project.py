"""A project's name and settings are changed in what is given."""

import json
from typing import Any

import asyncpg
import pytest
from httpx import AsyncClient
from logins import bearing
from world import START, GraphQL, World, uuid_of

from gql_server.schema.ids import IdKind, global_id

UPDATE = """
mutation ($input: UpdateProjectInput!) {
  updateProject(input: $input) { project { name settings status } userErrors { code message path } }
}
"""
ROW = "SELECT name, settings, status, updated_at > $2 FROM public.projects WHERE id = $1"
SETTINGS = {"tone": "warm", "limits": {"words": 300, "price": 1.50}}
BAD_NAME = ("INVALID", "A name has 1 to 255 characters.", "name")
BAD_SETTINGS = ("INVALID", "Settings are a JSON object of 100000 characters at the most.", "settings")


def refused(*errors: tuple[str, str, str]) -> dict[str, Any]:
    shown = [{"code": code, "message": message, "path": ["input", field]} for code, message, field in errors]
    return {"updateProject": {"project": None, "userErrors": shown}}


@pytest.fixture
async def garden(world: World) -> str:
    return global_id(
        IdKind.PROJECT, await world.project("Garden", await world.client(), settings=SETTINGS, updated_at=START)
    )


async def row(connection: asyncpg.Connection) -> tuple[Any, ...]:
    """The garden's name, settings and status, and whether it was changed."""
    [[name, settings, status, changed]] = await connection.fetch(ROW, uuid_of("project", "Garden"), START)
    return name, settings and json.loads(settings), status, changed


@pytest.mark.parametrize(
    ("changes", "name", "settings"),
    [
        ({"name": " Park "}, "Park", SETTINGS),
        ({"name": "x" * 255}, "x" * 255, SETTINGS),
        ({"settings": {"a": [1]}}, "Garden", {"a": [1]}),
        ({"settings": None}, "Garden", None),
        (
            {"settingsPatch": {"tone": None, "limits": {"words": 500}}},
            "Garden",
            {"limits": {"words": 500, "price": 1.5}},
        ),
        ({"settingsPatch": {}}, "Garden", SETTINGS),
        ({"name": "Park", "settingsPatch": {"new": {"a": None, "b": 1}}}, "Park", {**SETTINGS, "new": {"b": 1}}),
    ],
    ids=str,
)
async def test_what_is_given_is_changed(
    changes: dict[str, Any], name: str, settings: object, garden: str, data: GraphQL, connection: asyncpg.Connection
) -> None:
    answer = await data(UPDATE, input={"project": garden, **changes})

    project = {"name": name, "settings": settings, "status": "ACTIVE"}
    assert answer == {"updateProject": {"project": project, "userErrors": []}}
    assert await row(connection) == (name, settings, "active", True)


async def test_nothing_given_changes_nothing(garden: str, data: GraphQL, connection: asyncpg.Connection) -> None:
    answer = await data(UPDATE, input={"project": garden})

    assert answer["updateProject"]["project"]["name"] == "Garden"
    assert await row(connection) == ("Garden", SETTINGS, "active", False)


async def test_settings_that_there_are_none_of_can_be_patched(
    garden: str, data: GraphQL, connection: asyncpg.Connection
) -> None:
    await data(UPDATE, input={"project": garden, "settings": None})

    answer = await data(UPDATE, input={"project": garden, "settingsPatch": {"a": 1, "b": None}})

    assert answer["updateProject"]["project"]["settings"] == {"a": 1}


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"name": None}, [("REQUIRED", "A name cannot be taken away.", "name")]),
        ({"name": " "}, [BAD_NAME]),
        ({"name": "x" * 256}, [BAD_NAME]),
        ({"settings": [1]}, [BAD_SETTINGS]),
        ({"settings": {"a": "x" * 100_000}}, [BAD_SETTINGS]),
        ({"settingsPatch": None}, [("INVALID", "A patch is a JSON object.", "settingsPatch")]),
        (
            {"settingsPatch": "x"},
            [("INVALID", "A patch is a JSON object of 100000 characters at the most.", "settingsPatch")],
        ),
        (
            {"settingsPatch": {"b": "x" * 99_960}},
            [("INVALID", "Settings have 100000 characters at the most, and would have 100025.", "settingsPatch")],
        ),
        (
            {"name": "", "settings": {}, "settingsPatch": {}},
            [BAD_NAME, ("INVALID", "Settings are replaced or patched, not both.", "settingsPatch")],
        ),
    ],
    ids=range(9),
)
async def test_what_is_refused(
    changes: dict[str, Any],
    errors: list[tuple[str, str, str]],
    garden: str,
    data: GraphQL,
    connection: asyncpg.Connection,
) -> None:
    assert await data(UPDATE, input={"project": garden, **changes}) == refused(*errors)
    assert await row(connection) == ("Garden", SETTINGS, "active", False)


async def test_an_archived_project_is_not_changed(garden: str, data: GraphQL, connection: asyncpg.Connection) -> None:
    await connection.execute("UPDATE public.projects SET status = 'archived'")

    answer = await data(UPDATE, input={"project": garden, "name": "Park"})

    message = "This project is archived: it can be read, not changed."
    assert answer == refused(("CONFLICT", message, "project"))
    assert await row(connection) == ("Garden", SETTINGS, "archived", False)


async def test_whose_project_it_is(
    garden: str, http: AsyncClient, world: World, connection: asyncpg.Connection
) -> None:
    acme, beacon = [bearing(await world.key(id_)) for id_ in (uuid_of("client", "Acme"), await world.client("Beacon"))]

    async def update(key: dict[str, str], project: str) -> Any:
        body = {"query": UPDATE, "variables": {"input": {"project": project, "name": "Park"}}}
        return (await http.post("/graphql", json=body, headers=key)).json()["data"]

    none = refused(("NOT_FOUND", "There is no such project.", "project"))
    assert await update(beacon, garden) == none
    assert await row(connection) == ("Garden", SETTINGS, "active", False)
    assert await update(beacon, global_id(IdKind.PROJECT, uuid_of("none"))) == none
    assert (await update(acme, garden))["updateProject"]["project"]["name"] == "Park"
    assert (await update(acme, str(uuid_of("project", "Garden"))))["updateProject"]["userErrors"] == []


async def test_settings_that_are_longer_as_they_are_stored_keep_nobody_from_other_changes(
    garden: str, data: GraphQL, connection: asyncpg.Connection
) -> None:
    # As text, PostgreSQL writes all 301 digits of each.
    for changes in ({"settings": {"a": [1e300] * 1000}}, {"name": "Park"}):
        assert (await data(UPDATE, input={"project": garden, **changes}))["updateProject"]["userErrors"] == []
    assert await connection.fetchval("SELECT name FROM public.projects WHERE length(settings::text) > 300000") == "Park"
