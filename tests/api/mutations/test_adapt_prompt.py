"""Prompts are copied into projects as they are now."""

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
    payload_of,
    rows,
    user_error,
)
from world import World, uuid_of

from gql_server.schema.ids import IdKind, global_id, parse_id

SELECTION = """{
  promptComponent {
    id name content createdAt updatedAt basePrompt { name } project { name promptComponents { totalCount } }
  }
  userErrors { code message path }
}"""
ADAPT = mutation("adaptPrompt", SELECTION)
SEVERAL = mutations("adaptPrompt", SELECTION, 3)
COLUMNS = "id, name, content, base_prompt_id, base_prompt_version, created_at, updated_at"
WRITE = uuid_of("prompt", "Write")
TEMPLATE = "Write about {{ topic }}."
BAD_NAME = user_error("INVALID", "A name has 1 to 255 characters.", "name")
UNSTORABLE = user_error("INVALID", "A name has a character that cannot be stored.", "name")
NO_PROMPT = missing("prompt", "prompt")


def copy(project_id: UUID, **values: Any) -> dict[str, Any]:
    return {"project": str(project_id), "prompt": global_id(IdKind.PROMPT, WRITE), **values}


@pytest.fixture
async def garden(world: World) -> UUID:
    """Beside the prompt `Write`, which is at its third version."""
    await world.prompt("Write", version=3)
    return await make_garden(world)


async def test_a_prompt_is_copied(http: AsyncClient, garden: UUID, connection: asyncpg.Connection) -> None:
    prompts = await connection.fetch("SELECT * FROM public.prompts")

    payload = await payload_of(http, ADAPT, copy(garden))

    [(id_, *row, created_at, updated_at)] = await rows(connection, garden, COLUMNS, "prompt_components")
    assert row == ["Write", TEMPLATE, WRITE, 3]
    assert created_at == updated_at
    assert parse_id(payload["promptComponent"].pop("id")) == (IdKind.PROMPT_COMPONENT, garden, id_)
    assert payload == {
        "promptComponent": {
            "name": "Write",
            "content": TEMPLATE,
            "createdAt": created_at.isoformat(),
            "updatedAt": created_at.isoformat(),
            "basePrompt": {"name": "Write"},
            "project": {"name": "Garden", "promptComponents": {"totalCount": 1}},
        },
        "userErrors": [],
    }
    assert await connection.fetch("SELECT * FROM public.prompts") == prompts


@pytest.mark.parametrize(
    ("given", "name"),
    [({"name": None}, "Write"), ({"name": " Ours "}, "Ours"), ({"name": "x" * 255}, "x" * 255)],
    ids=["null", "given", "255 characters"],
)
async def test_the_copy_has_the_prompt_s_name_or_another(
    given: dict[str, Any], name: str, http: AsyncClient, garden: UUID, connection: asyncpg.Connection
) -> None:
    payload = await payload_of(http, ADAPT, copy(garden, **given))

    assert payload["promptComponent"]["name"] == name
    kept = await rows(connection, garden, "name, content, base_prompt_version", "prompt_components")
    assert kept == [(name, TEMPLATE, 3)]


async def test_a_copy_stays_as_it_was_made(http: AsyncClient, garden: UUID, connection: asyncpg.Connection) -> None:
    await payload_of(http, ADAPT, copy(garden, name="Old"))
    await connection.execute("UPDATE public.prompts SET template = 'Other.', version = 4, name = 'Other'")
    await payload_of(http, ADAPT, copy(garden))

    kept = await rows(connection, garden, "name, content, base_prompt_version", "prompt_components")
    assert sorted(kept) == [("Old", TEMPLATE, 3), ("Other", "Other.", 4)]


async def test_what_cannot_be_adapted(http: AsyncClient, garden: UUID, connection: asyncpg.Connection) -> None:
    nothing = global_id(IdKind.PROMPT, NOWHERE)
    cases = [
        ({"name": ""}, [BAD_NAME]),
        ({"name": "\t "}, [BAD_NAME]),
        ({"name": "x" * 256}, [BAD_NAME]),
        ({"name": "a\0b"}, [UNSTORABLE]),
        ({"name": "\udbff"}, [UNSTORABLE]),
        ({"name": "\0" * 256}, [BAD_NAME, UNSTORABLE]),
        ({"prompt": nothing}, [NO_PROMPT]),
        ({"project": str(NOWHERE)}, [missing("project", "project")]),
        ({"project": str(NOWHERE), "prompt": nothing}, [missing("project", "project")]),
    ]
    inputs = [(copy(garden, **values), errors) for values, errors in cases]

    await assert_refused(http, connection, ADAPT, inputs, {"promptComponent": None})


async def test_a_bad_id_is_a_bad_request(http: AsyncClient, garden: UUID, connection: asyncpg.Connection) -> None:
    inputs = [{"project": ARTICLE}, {"project": "x"}, {"prompt": ARTICLE}, {"prompt": str(WRITE)}, {"prompt": ""}]

    await assert_bad_ids(http, connection, ADAPT, [copy(garden, **values) for values in inputs])


async def test_another_s_project_is_none(http: AsyncClient, garden: UUID, world: World) -> None:
    nothing = {"prompt": global_id(IdKind.PROMPT, NOWHERE)}
    pairs = [(copy(garden, **values), copy(NOWHERE, **values)) for values in ({}, nothing)]

    await assert_none_for_others(http, world, ADAPT, [missing("project", "project")], *pairs)


async def test_a_client_adapts_for_its_own(http: AsyncClient, garden: UUID, world: World) -> None:
    key = bearing(await world.key(uuid_of("client", "Acme")))

    payload = await payload_of(http, ADAPT, copy(garden, idempotencyKey="1"), key)

    assert (payload["promptComponent"]["basePrompt"], payload["userErrors"]) == ({"name": "Write"}, [])
    kept = await rows(world.connection, garden, "name, base_prompt_id", "prompt_components")
    assert kept == [("Write", WRITE)]


async def test_an_archived_project_is_not_changed(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection
) -> None:
    await assert_archived(http, connection, ADAPT, garden, copy(garden), ["project"])


@pytest.mark.parametrize("how", BREAKS)
async def test_a_broken_project_is_an_error_of_its_own(how: str, http: AsyncClient, garden: UUID, world: World) -> None:
    park = await world.project("Park", uuid_of("client", "Acme"))
    # As in a project that was not migrated since the versions of base prompts are noted.
    await break_project(world.connection, how, garden, "prompt_components", "base_prompt_version")

    around = await assert_broken_alone(http, SEVERAL, garden, REASONS[how], copy(garden), [copy(park), copy(park)])

    counts = [payload["promptComponent"]["project"]["promptComponents"]["totalCount"] for payload in around]
    assert counts == [1, 2]


async def test_each_change_of_an_operation_knows_of_those_before(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection
) -> None:
    inputs = {"input0": copy(garden, name="A"), "input1": copy(garden, name=""), "input2": copy(garden, name="B")}

    data = (await answer(http, SEVERAL, **inputs))["data"]

    assert data["change1"] == {"promptComponent": None, "userErrors": [BAD_NAME]}
    made = [data[name]["promptComponent"] for name in ("change0", "change2")]
    assert [(one["name"], one["project"]["promptComponents"]["totalCount"]) for one in made] == [("A", 1), ("B", 2)]
    assert await rows(connection, garden, "name", "prompt_components") == [("A",), ("B",)]
