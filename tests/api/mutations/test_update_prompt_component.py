"""Prompt components are changed in what is given, and follow the versions that their base prompt has had."""

from typing import Any
from uuid import UUID

import asyncpg
import pytest
from httpx import AsyncClient
from logins import bearing
from mutating import (
    ARTICLE,
    BREAKS,
    NOWHERE,
    REASONS,
    answer,
    assert_archived,
    assert_bad_ids,
    assert_broken_alone,
    assert_none_for_others,
    assert_refused,
    break_project,
    make_garden,
    missing,
    mutation,
    mutations,
    numbered,
    payload_of,
    row_id,
    rows,
    stored,
    user_error,
)
from world import START, World, uuid_of

from gql_server.schema.ids import IdKind, project_row_id

SELECTION = """{
  promptComponent { id name content createdAt updatedAt basePrompt { name } }
  userErrors { code message path }
}"""
UPDATE = mutation("updatePromptComponent", SELECTION)
SEVERAL = mutations("updatePromptComponent", SELECTION, 3)
COLUMNS = "name, content, base_prompt_id, base_prompt_version"
WRITE = uuid_of("prompt", "Write")
OWN = ("Own", "The Own of it.", None, None)
COPY = ("Copy", "The Copy of it.", WRITE, 2)
BAD_NAME = user_error("INVALID", "A name has 1 to 255 characters.", "name")
NO_BASE = user_error("INVALID", "This component has no base prompt whose version it could follow.", "basePromptVersion")


def component(project_id: UUID, name: str, /, **values: Any) -> dict[str, Any]:
    return {"promptComponent": row_id(IdKind.PROMPT_COMPONENT, project_id, name), **values}


@pytest.fixture
async def garden(world: World) -> UUID:
    """With the component `Own`, and `Copy`, which follows the second of the three versions of its base prompt."""
    garden = await make_garden(world)
    await world.prompt("Write", version=3)
    await world.prompt_component(garden, "Own", None)
    await world.prompt_component(garden, "Copy", WRITE, base_prompt_version=2)
    return garden


async def test_everything_is_changed_at_once(http: AsyncClient, garden: UUID, connection: asyncpg.Connection) -> None:
    changes = {"name": " New ", "content": " {{ a }} ", "basePromptVersion": 3}

    payload = await payload_of(http, UPDATE, component(garden, "Copy", **changes))

    kept = await rows(connection, garden, f"{COLUMNS}, created_at, updated_at", "prompt_components")
    [new, own] = kept
    assert new[:5] == ("New", " {{ a }} ", WRITE, 3, START)
    assert new[5] > START
    assert own == (*OWN, START, START)
    assert payload == {
        "promptComponent": {
            "id": row_id(IdKind.PROMPT_COMPONENT, garden, "Copy"),
            "name": "New",
            "content": " {{ a }} ",
            "createdAt": START.isoformat(),
            "updatedAt": new[5].isoformat(),
            "basePrompt": {"name": "Write"},
        },
        "userErrors": [],
    }


async def test_what_is_left_out_stays(http: AsyncClient, garden: UUID, connection: asyncpg.Connection) -> None:
    kept: list[Any] = list(COPY)
    for changes, place, value in (
        ({"name": "x" * 255}, 0, "x" * 255),
        ({"content": ""}, 1, ""),
        ({"content": "x" * 100_000}, 1, "x" * 100_000),
        ({"basePromptVersion": 1}, 3, 1),
        ({"basePromptVersion": 3}, 3, 3),
        ({"name": "A"}, 0, "A"),
    ):
        payload = await payload_of(http, UPDATE, component(garden, "Copy", **changes))
        kept[place] = value
        assert payload["userErrors"] == []
        assert tuple(kept) in await rows(connection, garden, COLUMNS, "prompt_components")


async def test_a_change_of_nothing_changes_nothing(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection
) -> None:
    before = await stored(connection)

    payload = await payload_of(http, UPDATE, component(garden, "Copy"))

    assert (payload["promptComponent"]["name"], payload["userErrors"]) == ("Copy", [])
    assert await stored(connection) == before


async def test_what_cannot_become_of_a_component(http: AsyncClient, garden: UUID, world: World) -> None:
    await world.prompt_component(garden, "Orphan", uuid_of("prompt", "gone"), base_prompt_version=1)
    bounds = user_error("INVALID", "The base prompt has the versions 1 to 3.", "basePromptVersion")
    no_name = user_error("REQUIRED", "A name cannot be taken away.", "name")
    no_content = user_error("REQUIRED", "A content cannot be taken away.", "content")
    no_version = user_error("REQUIRED", "The version of a base prompt cannot be taken away.", "basePromptVersion")
    unclosed = user_error("INVALID", "Line 1, column 1: expected '}}', found end of file.", "content")
    unstorable = user_error("INVALID", "A content has a character that cannot be stored.", "content")
    none = missing("prompt component", "promptComponent")
    nothing = project_row_id(IdKind.PROMPT_COMPONENT, garden, NOWHERE)
    nowhere = project_row_id(IdKind.PROMPT_COMPONENT, NOWHERE, NOWHERE)
    cases = [
        (component(garden, "Copy", name=""), [BAD_NAME]),
        (component(garden, "Copy", name=" "), [BAD_NAME]),
        (component(garden, "Copy", name="x" * 256), [BAD_NAME]),
        (component(garden, "Copy", name=None), [no_name]),
        (component(garden, "Copy", content=None), [no_content]),
        (component(garden, "Copy", content="\ud800"), [unstorable]),
        (component(garden, "Copy", content="{{ a"), [unclosed]),
        (component(garden, "Copy", basePromptVersion=None), [no_version]),
        (component(garden, "Copy", name=None, content=None, basePromptVersion=None), [no_name, no_content, no_version]),
        (component(garden, "Copy", name="", content="{{ a", basePromptVersion=9), [BAD_NAME, unclosed]),
        *[(component(garden, "Copy", name="A", basePromptVersion=n), [bounds]) for n in (0, 4, -1, 2**31 - 1)],
        (component(garden, "Own", name="A", basePromptVersion=1), [NO_BASE]),
        (component(garden, "Orphan", name="A", basePromptVersion=1), [NO_BASE]),
        ({"promptComponent": nothing}, [none]),
        ({"promptComponent": nothing, "name": "A", "basePromptVersion": 1}, [none]),
        ({"promptComponent": nowhere, "name": "A"}, [none]),
    ]

    await assert_refused(http, world.connection, UPDATE, cases, {"promptComponent": None})


async def test_a_component_whose_base_prompt_is_gone_can_be_changed(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection
) -> None:
    await connection.execute("DELETE FROM public.prompts")

    body = await answer(http, UPDATE, input=component(garden, "Copy", name="A", content="B"))

    payload = body["data"]["updatePromptComponent"]
    assert (payload["promptComponent"]["basePrompt"], payload["userErrors"]) == (None, [])
    [error] = body["errors"]
    assert error["path"] == ["updatePromptComponent", "promptComponent", "basePrompt"]
    assert error["extensions"] == {"code": "NOT_FOUND"}
    assert await rows(connection, garden, COLUMNS, "prompt_components") == [("A", "B", WRITE, 2), OWN]


async def test_a_bad_id_is_a_bad_request(http: AsyncClient, garden: UUID, connection: asyncpg.Connection) -> None:
    copy = row_id(IdKind.PROMPT_COMPONENT, garden, "Copy")
    bad = ["", str(garden), ARTICLE, f"{copy}A", copy.replace("cmp", "cnt")]

    await assert_bad_ids(http, connection, UPDATE, [{"promptComponent": id_, "name": "A"} for id_ in bad])


async def test_another_s_component_is_none(http: AsyncClient, garden: UUID, world: World) -> None:
    copy = row_id(IdKind.PROMPT_COMPONENT, garden, "Copy")
    nothing = project_row_id(IdKind.PROMPT_COMPONENT, NOWHERE, uuid_of("Copy"))
    changes = [{}, {"name": "A"}, {"basePromptVersion": 9}]
    pairs = [({"promptComponent": copy, **each}, {"promptComponent": nothing, **each}) for each in changes]

    errors = [missing("prompt component", "promptComponent")]
    await assert_none_for_others(http, world, UPDATE, errors, *pairs)


async def test_a_client_changes_its_own(http: AsyncClient, garden: UUID, world: World) -> None:
    key = bearing(await world.key(uuid_of("client", "Acme")))

    payload = await payload_of(http, UPDATE, component(garden, "Copy", name="A", basePromptVersion=3), key)

    assert (payload["promptComponent"]["name"], payload["userErrors"]) == ("A", [])
    kept = [("A", "The Copy of it.", WRITE, 3), OWN]
    assert await rows(world.connection, garden, COLUMNS, "prompt_components") == kept


async def test_an_archived_project_is_not_changed(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection
) -> None:
    await assert_archived(http, connection, UPDATE, garden, component(garden, "Own", name="A"), ["promptComponent"])


@pytest.mark.parametrize("how", BREAKS)
async def test_a_broken_project_is_an_error_of_its_own(how: str, http: AsyncClient, garden: UUID, world: World) -> None:
    park = await world.project("Park", uuid_of("client", "Acme"))
    await world.prompt_component(park, "Own", None)
    await break_project(world.connection, how, garden, "prompt_components", "name")
    fine = [component(park, "Own", name="A"), component(park, "Own", content="B")]

    around = await assert_broken_alone(http, SEVERAL, garden, REASONS[how], component(garden, "Own", name="A"), fine)

    shown = [(payload["promptComponent"]["name"], payload["promptComponent"]["content"]) for payload in around]
    assert shown == [("A", "The Own of it."), ("A", "B")]


async def test_an_older_project_is_changed_but_for_what_it_lacks(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection
) -> None:
    await break_project(connection, "its column is dropped", garden, "prompt_components", "base_prompt_version")

    named = await answer(http, UPDATE, input=component(garden, "Copy", name="A"))
    followed = await answer(http, UPDATE, input=component(garden, "Copy", name="B", basePromptVersion=3))

    assert named["data"]["updatePromptComponent"]["promptComponent"]["name"] == "A"
    assert [error["extensions"]["code"] for error in followed["errors"]] == ["PROJECT_UNAVAILABLE"]
    assert [name for (name,) in await rows(connection, garden, "name", "prompt_components")] == ["A", "Own"]


async def test_each_change_of_an_operation_knows_of_those_before(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection
) -> None:
    inputs = [{"name": "A"}, {"name": "", "content": "x"}, {"content": "B"}]

    changes = [component(garden, "Own", **each) for each in inputs]
    data = (await answer(http, SEVERAL, **numbered(changes)))["data"]

    assert [payload["userErrors"] for payload in data.values()] == [[], [BAD_NAME], []]
    shown = data["change2"]["promptComponent"]
    assert (shown["name"], shown["content"]) == ("A", "B")
    assert await rows(connection, garden, COLUMNS, "prompt_components") == [("A", "B", None, None), COPY]
