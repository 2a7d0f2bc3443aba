"""Entries of a project's metadata are added and changed all together, or not at all."""

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from conftest import client_of
from httpx import AsyncClient
from logins import bearing
from mutating import (
    ARTICLE,
    BREAKS,
    NOWHERE,
    REASONS,
    answer,
    assert_archived,
    assert_as_many_statements,
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
    stored,
    user_error,
)
from world import START, World, uuid_of

from gql_server.config import Config
from gql_server.db.database import Database

SELECTION = "{ entries { key value description updatedAt } userErrors { code message path } }"
SET = mutation("setMetadata", SELECTION)
SEVERAL = mutations("setMetadata", SELECTION, 3)
DELETE = mutation("deleteMetadata", "{ deletedKeys userErrors { code message path } }")
COLUMNS = "key, value::text, description"
KEPT = [("mood", '"calm"', "How it is."), ("tone", '{"voice": "warm"}', None)]


def bad_key(place: int) -> dict[str, Any]:
    return user_error("INVALID", "A key has 1 to 255 characters.", "entries", str(place), "key")


def bad_value(place: int) -> dict[str, Any]:
    return user_error("INVALID", "A value has 100000 characters at the most.", "entries", str(place), "value")


def unstorable(what: str, place: int, field: str) -> dict[str, Any]:
    return user_error("INVALID", f"{what} has a character that cannot be stored.", "entries", str(place), field)


def twin(place: int, first: int) -> dict[str, Any]:
    return user_error("INVALID", f"This key is in the list already, at {first}.", "entries", str(place), "key")


def entries(project_id: UUID, *items: str | dict[str, Any], **values: Any) -> dict[str, Any]:
    """An input of entries; of those that are only named, the value is 1."""
    whole = [{"key": item, "value": 1} if isinstance(item, str) else item for item in items]
    return {"project": str(project_id), "entries": whole, **values}


@pytest.fixture
async def garden(world: World) -> UUID:
    """With the entries `mood`, which has a description, and `tone`."""
    garden = await make_garden(world)
    await world.metadata(garden, "mood", "calm")
    await world.metadata(garden, "tone", {"voice": "warm"})
    schema = f"project_{str(garden).replace('-', '_')}"
    await world.connection.execute(f"UPDATE {schema}.metadata SET description = 'How it is.' WHERE key = 'mood'")
    return garden


async def test_entries_are_added_and_changed(http: AsyncClient, garden: UUID, connection: asyncpg.Connection) -> None:
    new = [
        {"key": " tone\n", "value": {"b": [1, None], "a": 12345678901234567890}, "description": " New. "},
        {"key": "mood", "value": "wild"},
        {"key": "Audience", "value": [], "description": ""},
    ]

    payload = await payload_of(http, SET, entries(garden, *new))

    kept = await rows(connection, garden, f"{COLUMNS}, updated_at", "metadata")
    assert [row[:3] for row in kept] == [
        ("Audience", "[]", ""),
        ("mood", '"wild"', "How it is."),
        ("tone", '{"a": 12345678901234567890, "b": [1, null]}', " New. "),
    ]
    [updated_at] = {row[3] for row in kept}
    assert updated_at > START
    values = [[], "wild", {"a": 12345678901234567890, "b": [1, None]}]
    assert payload == {
        "entries": [
            {"key": row[0], "value": value, "description": row[2], "updatedAt": updated_at.isoformat()}
            for row, value in zip(kept, values, strict=True)
        ],
        "userErrors": [],
    }


@pytest.mark.parametrize(
    ("description", "kept"),
    [
        ({}, ["How it is.", None, None]),
        ({"description": None}, [None, None, None]),
        ({"description": "New."}, ["New.", "New.", "New."]),
    ],
    ids=["absent", "null", "given"],
)
async def test_a_description_that_is_left_out_stays(
    description: dict[str, Any],
    kept: list[str | None],
    http: AsyncClient,
    garden: UUID,
    connection: asyncpg.Connection,
) -> None:
    new = [{"key": key, "value": 1, **description} for key in ("new", "mood", "tone")]

    payload = await payload_of(http, SET, entries(garden, *new))

    assert [entry["key"] for entry in payload["entries"]] == ["mood", "new", "tone"]
    expected = [kept[0], kept[1], kept[2]]
    assert [entry["description"] for entry in payload["entries"]] == expected
    assert [text for _, text in await rows(connection, garden, "key, description", "metadata")] == expected


async def test_a_value_is_any_json_but_null(http: AsyncClient, garden: UUID, connection: asyncpg.Connection) -> None:
    values = ["", "x", "null", 0, -1.5, True, False, [], [None], {}, {"a": None}, "x" * 99_998, "ü\u2028🌳"]
    given = [{"key": f"{place:02}", "value": value} for place, value in enumerate(values)]

    payload = await payload_of(http, SET, entries(garden, *given))

    assert [entry["value"] for entry in payload["entries"]] == values
    before = await stored(connection)
    body = await answer(http, SET, input=entries(garden, {"key": "none", "value": None}))
    assert "data" not in body or body["data"] is None
    assert await stored(connection) == before


async def test_what_cannot_be_entries(http: AsyncClient, garden: UUID, connection: asyncpg.Connection) -> None:
    too_long = {"key": "a", "value": "x" * 99_999}
    cases = [
        (entries(garden), [user_error("INVALID", "From 1 to 1000 can be changed at once.", "entries")]),
        (entries(garden, "a", "", " "), [bad_key(1), bad_key(2), twin(2, 1)]),
        (entries(garden, "x" * 256, "x" * 255), [bad_key(0)]),
        (entries(garden, "a\0b", "\ud800"), [unstorable("A key", 0, "key"), unstorable("A key", 1, "key")]),
        (entries(garden, "mood", too_long), [bad_value(1)]),
        (
            entries(garden, {"key": "a", "value": 1, "description": "\0"}),
            [unstorable("A description", 0, "description")],
        ),
        (entries(garden, "a", "b", " a", "b "), [twin(2, 0), twin(3, 1)]),
        (
            entries(garden, "a", {"key": "", "value": "x" * 99_999, "description": "\udfff"}, "a"),
            [bad_value(1), unstorable("A description", 1, "description"), bad_key(1), twin(2, 0)],
        ),
        (entries(NOWHERE, "a"), [missing("project", "project")]),
    ]

    await assert_refused(http, connection, SET, cases, {"entries": []})


async def test_a_thousand_are_set_by_as_many_statements_as_one(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection, statements: list[str]
) -> None:
    many = [f"key {number:04}" for number in range(1000)][::-1]

    await assert_as_many_statements(http, statements, SET, entries(garden, "tone"), entries(garden, *many))
    payload = await payload_of(http, SET, entries(garden, *many))

    assert [entry["key"] for entry in payload["entries"]] == many[::-1]
    assert len(await rows(connection, garden, "key", "metadata")) == 1002


async def test_more_than_a_thousand_are_too_many(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection, config: Config, database: Database
) -> None:
    many = entries(garden, *(f"key {number}" for number in range(1001)))

    body = await answer(http, SET, input=many)
    async with client_of(config.model_copy(update={"list_length_limit": 2000}), database) as patient:
        payload = await payload_of(patient, SET, many)

    assert [error["extensions"] for error in body["errors"]] == [{"code": "LIMIT_EXCEEDED", "limit": "LIST_LENGTH"}]
    message = "From 1 to 1000 can be changed at once."
    assert payload == {"entries": [], "userErrors": [user_error("INVALID", message, "entries")]}
    assert await rows(connection, garden, COLUMNS, "metadata") == KEPT


async def test_two_who_set_the_same_entries_in_opposite_orders_and_one_who_deletes_them(
    http: AsyncClient, garden: UUID
) -> None:
    keys = [f"key {number:03}" for number in range(200)]
    for _ in range(5):
        await payload_of(http, SET, entries(garden, *keys[::-1]))
        answers = await asyncio.gather(
            answer(http, SET, input=entries(garden, *keys)),
            answer(http, SET, input=entries(garden, *keys[::-1])),
            answer(http, DELETE, input={"project": str(garden), "keys": keys[100:] + keys[:100]}),
        )
        assert [body.get("errors") for body in answers] == [None, None, None]


async def test_a_bad_id_is_a_bad_request(http: AsyncClient, garden: UUID, connection: asyncpg.Connection) -> None:
    await assert_bad_ids(http, connection, SET, [entries(garden, "a", project=id_) for id_ in ("", "x", ARTICLE)])


async def test_another_s_project_is_none(http: AsyncClient, garden: UUID, world: World) -> None:
    pairs = [(entries(garden, *keys), entries(NOWHERE, *keys)) for keys in (["tone"], ["new", "mood"])]

    await assert_none_for_others(http, world, SET, [missing("project", "project")], *pairs)


async def test_a_client_sets_its_own(http: AsyncClient, garden: UUID, world: World) -> None:
    key = bearing(await world.key(uuid_of("client", "Acme")))

    payload = await payload_of(http, SET, entries(garden, "mood", "new", idempotencyKey="1"), key)

    assert [entry["key"] for entry in payload["entries"]] == ["mood", "new"]
    kept = [("mood", "1", "How it is."), ("new", "1", None), KEPT[1]]
    assert await rows(world.connection, garden, COLUMNS, "metadata") == kept


async def test_an_archived_project_is_not_changed(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection
) -> None:
    await assert_archived(http, connection, SET, garden, entries(garden, "tone"), ["project"])


@pytest.mark.parametrize("how", BREAKS)
async def test_a_broken_project_is_an_error_of_its_own(how: str, http: AsyncClient, garden: UUID, world: World) -> None:
    park = await world.project("Park", uuid_of("client", "Acme"))
    await break_project(world.connection, how, garden, "metadata", "description")

    fine = [entries(park, "a"), entries(park, "a", "b")]
    around = await assert_broken_alone(http, SEVERAL, garden, REASONS[how], entries(garden, "tone"), fine)

    assert [[entry["key"] for entry in payload["entries"]] for payload in around] == [["a"], ["a", "b"]]


async def test_each_change_of_an_operation_knows_of_those_before(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection
) -> None:
    described = {"key": "new", "value": 1, "description": "First."}
    inputs = {
        "input0": entries(garden, described),
        "input1": entries(garden, "", "tone"),
        "input2": entries(garden, {"key": "new", "value": 2}),
    }

    data = (await answer(http, SEVERAL, **inputs))["data"]

    assert [[(entry["value"], entry["description"]) for entry in payload["entries"]] for payload in data.values()] == [
        [(1, "First.")],
        [],
        [(2, "First.")],
    ]
    assert await rows(connection, garden, COLUMNS, "metadata") == [KEPT[0], ("new", "2", "First."), KEPT[1]]
