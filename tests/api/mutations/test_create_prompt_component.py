"""Pieces of a project's own are added whole, or not at all."""

import asyncio
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
from patience import BOUND_SECONDS
from world import World, uuid_of

from gql_server.schema.ids import IdKind, global_id, parse_id

SELECTION = """{
  promptComponent {
    id name content createdAt updatedAt basePrompt { name } project { name promptComponents { totalCount } }
  }
  userErrors { code message path }
}"""
CREATE = mutation("createPromptComponent", SELECTION)
SEVERAL = mutations("createPromptComponent", SELECTION, 3)
COLUMNS = "id, name, content, base_prompt_id, base_prompt_version, created_at, updated_at"
BAD_NAME = user_error("INVALID", "A name has 1 to 255 characters.", "name")
UNSTORABLE_NAME = user_error("INVALID", "A name has a character that cannot be stored.", "name")
UNSTORABLE_CONTENT = user_error("INVALID", "A content has a character that cannot be stored.", "content")
FILTERS = "capitalize, default, downcase, escape, first, join, last, size, strip, truncate, upcase"


def new(project_id: UUID, **values: Any) -> dict[str, Any]:
    return {"project": str(project_id), "name": "Intro", "content": "Hello {{ name }}.", **values}


def bad_content(message: str) -> dict[str, Any]:
    return user_error("INVALID", message, "content")


@pytest.fixture
async def garden(world: World) -> UUID:
    return await make_garden(world)


async def test_a_component_is_added(http: AsyncClient, garden: UUID, connection: asyncpg.Connection) -> None:
    content = " {% if tone %}{{ tone | upcase }}{% endif %}\n"

    payload = await payload_of(http, CREATE, new(garden, name=" Intro\t", content=content))

    [(id_, *row, created_at, updated_at)] = await rows(connection, garden, COLUMNS, "prompt_components")
    assert row == ["Intro", content, None, None]
    assert created_at == updated_at
    assert parse_id(payload["promptComponent"].pop("id")) == (IdKind.PROMPT_COMPONENT, garden, id_)
    assert payload == {
        "promptComponent": {
            "name": "Intro",
            "content": content,
            "createdAt": created_at.isoformat(),
            "updatedAt": created_at.isoformat(),
            "basePrompt": None,
            "project": {"name": "Garden", "promptComponents": {"totalCount": 1}},
        },
        "userErrors": [],
    }


async def test_the_most_and_the_least(http: AsyncClient, garden: UUID, connection: asyncpg.Connection) -> None:
    cases = [("x" * 255, ""), ("🌳" * 255, "x" * 100_000), ("x" * 255, "{{ a }}")]

    for name, content in cases:
        payload = await payload_of(http, CREATE, new(garden, name=name, content=content))
        assert payload["userErrors"] == []

    kept = await rows(connection, garden, "name, content", "prompt_components")
    assert sorted(kept) == sorted(cases)


async def test_what_cannot_be_a_component(http: AsyncClient, garden: UUID, connection: asyncpg.Connection) -> None:
    too_long = bad_content("A template has 100000 characters at the most.")
    unclosed = bad_content("Line 2, column 1: expected '}}', found end of file.")
    no_filter = bad_content(f"There is no filter 'date', only {FILTERS}.")
    cases = [
        ({"name": ""}, [BAD_NAME]),
        ({"name": " \n"}, [BAD_NAME]),
        ({"name": "x" * 256}, [BAD_NAME]),
        ({"name": "a\0b"}, [UNSTORABLE_NAME]),
        ({"name": "\ud800"}, [UNSTORABLE_NAME]),
        ({"content": "a\0b"}, [UNSTORABLE_CONTENT]),
        ({"content": "\udfff"}, [UNSTORABLE_CONTENT]),
        ({"content": "x" * 100_001}, [too_long]),
        ({"content": "a\n{{ b"}, [unclosed]),
        ({"content": "{{ a | date }}"}, [no_filter]),
        ({"content": "{% render 'a' %}"}, [bad_content("Line 1, column 4: unexpected tag 'render'.")]),
        ({"name": "", "content": "\0"}, [BAD_NAME, UNSTORABLE_CONTENT]),
        ({"name": "\0", "content": "{{ a | date }}"}, [UNSTORABLE_NAME, no_filter]),
        ({"project": str(NOWHERE)}, [missing("project", "project")]),
    ]
    inputs = [(new(garden, **values), errors) for values, errors in cases]

    await assert_refused(http, connection, CREATE, inputs, {"promptComponent": None})


async def test_a_content_that_never_ends_is_refused_at_once(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection
) -> None:
    unclosed = [bad_content("Too much is opened in the template and not closed.")]
    long = [bad_content("No 100 spaces may follow an opening, and no tag has a name of 100 letters.")]
    cases = [
        (new(garden, content=(part * 50_000)[:100_000]), errors)
        for part, errors in (
            ("{", unclosed),
            ("{{", unclosed),
            ("{%a", unclosed),
            ("{% raw %}", unclosed),
            ("{%- doc -%}", unclosed),
        )
    ]
    cases += [(new(garden, content=opening + " " * 99_000), long) for opening in ("{{", "{%-", "{{ a }}{%", "{% if")]
    cases += [(new(garden, content="{% " + "a" * 99_000), long)]

    # Each would take minutes otherwise, in which nobody else is answered.
    async with asyncio.timeout(BOUND_SECONDS):
        await assert_refused(http, connection, CREATE, cases, {"promptComponent": None})


async def test_a_bad_id_is_a_bad_request(http: AsyncClient, garden: UUID, connection: asyncpg.Connection) -> None:
    await assert_bad_ids(http, connection, CREATE, [new(garden, project=id_) for id_ in ("", "x", ARTICLE)])


async def test_another_s_project_is_none(http: AsyncClient, garden: UUID, world: World) -> None:
    await assert_none_for_others(http, world, CREATE, [missing("project", "project")], (new(garden), new(NOWHERE)))


async def test_a_client_adds_to_its_own(http: AsyncClient, garden: UUID, world: World) -> None:
    key = bearing(await world.key(uuid_of("client", "Acme")))
    project = global_id(IdKind.PROJECT, garden)

    payload = await payload_of(http, CREATE, new(garden, project=project, idempotencyKey="1"), key)

    assert payload["promptComponent"]["project"] == {"name": "Garden", "promptComponents": {"totalCount": 1}}
    assert await rows(world.connection, garden, "name", "prompt_components") == [("Intro",)]


async def test_an_archived_project_is_not_changed(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection
) -> None:
    await assert_archived(http, connection, CREATE, garden, new(garden), ["project"])


@pytest.mark.parametrize("how", BREAKS)
async def test_a_broken_project_is_an_error_of_its_own(how: str, http: AsyncClient, garden: UUID, world: World) -> None:
    park = await world.project("Park", uuid_of("client", "Acme"))
    # As in a project that was not migrated since the versions of base prompts are noted.
    await break_project(world.connection, how, garden, "prompt_components", "base_prompt_version")

    around = await assert_broken_alone(http, SEVERAL, garden, REASONS[how], new(garden), [new(park), new(park)])

    counts = [payload["promptComponent"]["project"]["promptComponents"]["totalCount"] for payload in around]
    assert counts == [1, 2]


async def test_each_change_of_an_operation_knows_of_those_before(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection
) -> None:
    inputs = {"input0": new(garden, name="A"), "input1": new(garden, name=""), "input2": new(garden, name="B")}

    data = (await answer(http, SEVERAL, **inputs))["data"]

    assert data["change1"] == {"promptComponent": None, "userErrors": [BAD_NAME]}
    made = [data[name]["promptComponent"] for name in ("change0", "change2")]
    assert [(one["name"], one["project"]["promptComponents"]["totalCount"]) for one in made] == [("A", 1), ("B", 2)]
    assert await rows(connection, garden, "name", "prompt_components") == [("A",), ("B",)]
