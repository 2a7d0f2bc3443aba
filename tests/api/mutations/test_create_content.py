"""Contents are added whole, or not at all."""

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
    RECIPE,
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
    object_of,
    payload_of,
    rows,
    user_error,
)
from world import World, uuid_of

from gql_server.schema.ids import IdKind, global_id, parse_id

SELECTION = """{
  content {
    id title body metadata version createdAt updatedAt objectModel { name } project { name contents { totalCount } }
  }
  userErrors { code message path }
}"""
CREATE = mutation("createContent", SELECTION)
DELETE = mutation("deleteContents", "{ userErrors { code } }")
SEVERAL = mutations("createContent", SELECTION, 3)
COLUMNS = "id, title, body, object_model_id, metadata::text, version, created_at, updated_at"
BAD_TITLE = user_error("INVALID", "A title has 1 to 255 characters.", "title")
UNSTORABLE_TITLE = user_error("INVALID", "A title has a character that cannot be stored.", "title")
UNSTORABLE_BODY = user_error("INVALID", "A body has a character that cannot be stored.", "body")
BAD_METADATA = user_error("INVALID", "Metadata are a JSON object of 100000 characters at the most.", "metadata")


def new(project_id: UUID, **values: Any) -> dict[str, Any]:
    return {"project": str(project_id), "objectModel": ARTICLE, "body": "Leaves.", **values}


@pytest.fixture
async def garden(world: World) -> UUID:
    return await make_garden(world)


async def test_a_content_is_added(http: AsyncClient, garden: UUID, connection: asyncpg.Connection) -> None:
    metadata = {"b": [1, None, {"ü": "\u2028"}], "a": 12345678901234567890}

    payload = await payload_of(http, CREATE, new(garden, title=" Oak\t", body=" Leaves.\n", metadata=metadata))

    [(id_, *row, created_at, updated_at)] = await rows(connection, garden, COLUMNS, "contents")
    model = uuid_of("object_model", "Article")
    text = '{"a": 12345678901234567890, "b": [1, null, {"ü": "\u2028"}]}'
    assert row == ["Oak", " Leaves.\n", model, text, 1]
    assert created_at == updated_at
    assert parse_id(payload["content"].pop("id")) == (IdKind.CONTENT, garden, id_)
    assert payload == {
        "content": {
            "title": "Oak",
            "body": " Leaves.\n",
            "metadata": metadata,
            "version": 1,
            "createdAt": created_at.isoformat(),
            "updatedAt": created_at.isoformat(),
            "objectModel": {"name": "Article"},
            "project": {"name": "Garden", "contents": {"totalCount": 1}},
        },
        "userErrors": [],
    }


@pytest.mark.parametrize("none", [{}, {"title": None, "metadata": None, "idempotencyKey": None}], ids=str)
async def test_what_is_left_out_is_null(
    none: dict[str, None], http: AsyncClient, garden: UUID, connection: asyncpg.Connection
) -> None:
    payload = await payload_of(http, CREATE, new(garden, **none))

    assert (payload["content"]["title"], payload["content"]["metadata"]) == (None, None)
    assert await rows(connection, garden, "title, metadata", "contents") == [(None, None)]


async def test_the_most_and_the_least(http: AsyncClient, garden: UUID, connection: asyncpg.Connection) -> None:
    cases: list[tuple[dict[str, Any], tuple[str | None, ...]]] = [
        ({"title": "x" * 255}, ("x" * 255, "Leaves.", None)),
        ({"title": f"  {'🌳' * 255}  "}, ("🌳" * 255, "Leaves.", None)),
        ({"body": ""}, (None, "", None)),
        ({"metadata": {}}, (None, "Leaves.", "{}")),
        ({"metadata": object_of(100_000)}, (None, "Leaves.", f'{{"a": "{"x" * 99_991}"}}')),
    ]
    for values, row in cases:
        payload = await payload_of(http, CREATE, new(garden, **values))
        assert payload["userErrors"] == []
        assert await rows(connection, garden, "title, body, metadata::text", "contents") == [row]
        await payload_of(http, DELETE, {"contents": [payload["content"]["id"]]})


async def test_what_cannot_be_a_content(http: AsyncClient, garden: UUID, connection: asyncpg.Connection) -> None:
    cases = [
        ({"title": ""}, [BAD_TITLE]),
        ({"title": " \n"}, [BAD_TITLE]),
        ({"title": "x" * 256}, [BAD_TITLE]),
        ({"title": "a\0b"}, [UNSTORABLE_TITLE]),
        ({"title": "a\ud800"}, [UNSTORABLE_TITLE]),
        ({"body": "a\0b"}, [UNSTORABLE_BODY]),
        ({"body": "\udfff"}, [UNSTORABLE_BODY]),
        ({"metadata": []}, [BAD_METADATA]),
        ({"metadata": "{}"}, [BAD_METADATA]),
        ({"metadata": 1}, [BAD_METADATA]),
        ({"metadata": True}, [BAD_METADATA]),
        ({"metadata": object_of(100_001)}, [BAD_METADATA]),
        ({"title": "", "body": "\0", "metadata": [{}]}, [BAD_TITLE, UNSTORABLE_BODY, BAD_METADATA]),
        ({"objectModel": global_id(IdKind.OBJECT_MODEL, NOWHERE)}, [missing("object model", "objectModel")]),
        ({"project": str(NOWHERE)}, [missing("project", "project")]),
    ]
    inputs = [(new(garden, **values), errors) for values, errors in cases]

    await assert_refused(http, connection, CREATE, inputs, {"content": None})


async def test_json_that_cannot_be_stored_is_a_bad_request(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection
) -> None:
    for value in ("a\0b", {"a\0": 1}, ["\ud800"]):
        body = await answer(http, CREATE, input=new(garden, metadata={"a": value}))
        assert body.get("data") is None
        assert [error["extensions"] for error in body["errors"]] == [{"code": "BAD_REQUEST"}]
    assert await rows(connection, garden, "id", "contents") == []


async def test_a_bad_id_is_a_bad_request(http: AsyncClient, garden: UUID, connection: asyncpg.Connection) -> None:
    bad = [{"project": ARTICLE}, {"project": "prj_x"}, {"objectModel": "x"}, {"objectModel": str(garden)}]

    await assert_bad_ids(http, connection, CREATE, [new(garden, **values) for values in bad])


async def test_another_s_project_is_none(http: AsyncClient, garden: UUID, world: World) -> None:
    await assert_none_for_others(http, world, CREATE, [missing("project", "project")], (new(garden), new(NOWHERE)))


async def test_a_client_adds_to_its_own(http: AsyncClient, garden: UUID, world: World) -> None:
    key = bearing(await world.key(uuid_of("client", "Acme")))
    project = global_id(IdKind.PROJECT, garden)

    payload = await payload_of(http, CREATE, new(garden, project=project, idempotencyKey="1"), key)

    assert payload["content"]["project"] == {"name": "Garden", "contents": {"totalCount": 1}}
    assert await rows(world.connection, garden, "body", "contents") == [("Leaves.",)]


async def test_an_archived_project_is_not_changed(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection
) -> None:
    await assert_archived(http, connection, CREATE, garden, new(garden), ["project"])


@pytest.mark.parametrize("how", BREAKS)
async def test_a_broken_project_is_an_error_of_its_own(how: str, http: AsyncClient, garden: UUID, world: World) -> None:
    park = await world.project("Park", uuid_of("client", "Acme"))
    await break_project(world.connection, how, garden, "contents", "body")

    around = await assert_broken_alone(http, SEVERAL, garden, REASONS[how], new(garden), [new(park), new(park)])

    assert [payload["content"]["project"]["contents"]["totalCount"] for payload in around] == [1, 2]


async def test_an_older_project_is_added_to(http: AsyncClient, garden: UUID, world: World) -> None:
    await break_project(world.connection, "its column is dropped", garden, "contents", "version")

    payload = await payload_of(http, CREATE, new(garden))

    assert (payload["content"]["version"], payload["userErrors"]) == (1, [])


async def test_each_change_of_an_operation_knows_of_those_before(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection
) -> None:
    inputs = {"input0": new(garden, title="A"), "input1": new(garden, title=""), "input2": new(garden, title="B")}

    data = (await answer(http, SEVERAL, **inputs))["data"]

    assert data["change1"] == {"content": None, "userErrors": [BAD_TITLE]}
    made = [data[name]["content"] for name in ("change0", "change2")]
    assert [(content["title"], content["project"]["contents"]["totalCount"]) for content in made] == [
        ("A", 1),
        ("B", 2),
    ]
    assert await rows(connection, garden, "title", "contents") == [("A",), ("B",)]


async def test_the_object_model_may_be_any(http: AsyncClient, garden: UUID, connection: asyncpg.Connection) -> None:
    payload = await payload_of(http, CREATE, new(garden, objectModel=RECIPE))

    assert payload["content"]["objectModel"] == {"name": "Recipe"}
    model = uuid_of("object_model", "Recipe")
    assert await rows(connection, garden, "object_model_id", "contents") == [(model,)]
