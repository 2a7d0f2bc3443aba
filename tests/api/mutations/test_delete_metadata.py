"""Entries of a project's metadata are deleted all together, or not at all."""

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
    numbered,
    payload_of,
    rows,
    user_error,
)
from world import World, uuid_of

from gql_server.config import Config
from gql_server.db.database import Database
from gql_server.db.project_schema import ProjectSchema

SELECTION = "{ deletedKeys userErrors { code message path } }"
DELETE = mutation("deleteMetadata", SELECTION)
SEVERAL = mutations("deleteMetadata", SELECTION, 3)
KEYS = ["Tone", "mood", "tone"]


@pytest.fixture
async def garden(world: World) -> UUID:
    garden = await make_garden(world)
    for key in KEYS:
        await world.metadata(garden, key, 1)
    return garden


def named(project_id: UUID, *keys: str, **values: Any) -> dict[str, Any]:
    return {"project": str(project_id), "keys": list(keys), **values}


async def insert_many(connection: asyncpg.Connection, project_id: UUID, count: int) -> list[str]:
    records = await connection.fetch(
        f"INSERT INTO {ProjectSchema(project_id).quoted}.metadata (key, value)"
        " SELECT 'key ' || number, '1' FROM generate_series(1, $1) AS number RETURNING key",
        count,
    )
    return [record[0] for record in records]


async def left(connection: asyncpg.Connection, project_id: UUID) -> list[str]:
    return sorted([key for (key,) in await rows(connection, project_id, "key", "metadata")])


async def test_those_that_are_named_are_deleted(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection
) -> None:
    payload = await payload_of(http, DELETE, named(garden, "tone", "mood"))

    assert payload == {"deletedKeys": ["tone", "mood"], "userErrors": []}
    assert await left(connection, garden) == ["Tone"]


async def test_a_key_that_was_stored_otherwise_can_be_named(http: AsyncClient, garden: UUID, world: World) -> None:
    for key in ("", " tone "):
        await world.metadata(garden, key, 1)

    payload = await payload_of(http, DELETE, named(garden, " tone ", ""))

    assert payload == {"deletedKeys": [" tone ", ""], "userErrors": []}
    assert await left(world.connection, garden) == KEYS


async def test_what_cannot_be_deleted(http: AsyncClient, garden: UUID, connection: asyncpg.Connection) -> None:
    none = "From 1 to 1000 can be changed at once."
    twin = "This key is in the list already, at 0."
    unstorable = "A key has a character that cannot be stored."
    cases = [
        (named(garden), [user_error("INVALID", none, "keys")]),
        (named(garden, "tone", "x", "mood", "TONE"), [missing("key", "keys", place) for place in ("1", "3")]),
        (named(garden, "tone", " tone "), [missing("key", "keys", "1")]),
        (named(garden, "tone", "x" * 1000, ""), [missing("key", "keys", place) for place in ("1", "2")]),
        (named(garden, "tone", "mood", "tone", "tone"), [user_error("INVALID", twin, "keys", n) for n in ("2", "3")]),
        (named(garden, "tone", "a\0b", "\ud800"), [user_error("INVALID", unstorable, "keys", n) for n in ("1", "2")]),
        (
            named(garden, "a\0b", "a\0b"),
            [
                user_error("INVALID", unstorable, "keys", "0"),
                user_error("INVALID", unstorable, "keys", "1"),
                user_error("INVALID", twin, "keys", "1"),
            ],
        ),
        (named(NOWHERE, "tone"), [missing("project", "project")]),
    ]

    await assert_refused(http, connection, DELETE, cases, {"deletedKeys": []})


async def test_a_thousand_are_deleted_by_as_many_statements_as_one(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection, statements: list[str]
) -> None:
    many = await insert_many(connection, garden, 1000)

    await assert_as_many_statements(http, statements, DELETE, named(garden, "tone"), named(garden, *many))

    assert await left(connection, garden) == ["Tone", "mood"]


async def test_more_than_a_thousand_are_too_many(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection, config: Config, database: Database
) -> None:
    many = named(garden, *await insert_many(connection, garden, 1001))

    body = await answer(http, DELETE, input=many)
    async with client_of(config.model_copy(update={"list_length_limit": 2000}), database) as patient:
        payload = await payload_of(patient, DELETE, many)

    assert [error["extensions"] for error in body["errors"]] == [{"code": "LIMIT_EXCEEDED", "limit": "LIST_LENGTH"}]
    message = "From 1 to 1000 can be changed at once."
    assert payload == {"deletedKeys": [], "userErrors": [user_error("INVALID", message, "keys")]}
    assert len(await left(connection, garden)) == 1004


async def test_a_bad_id_is_a_bad_request(http: AsyncClient, garden: UUID, connection: asyncpg.Connection) -> None:
    await assert_bad_ids(http, connection, DELETE, [named(garden, "tone", project=id_) for id_ in ("", "x", ARTICLE)])


async def test_another_s_project_is_none(http: AsyncClient, garden: UUID, world: World) -> None:
    pairs = [(named(garden, *keys), named(NOWHERE, *keys)) for keys in (["tone"], ["none"])]

    await assert_none_for_others(http, world, DELETE, [missing("project", "project")], *pairs)


async def test_a_client_deletes_its_own(http: AsyncClient, garden: UUID, world: World) -> None:
    key = bearing(await world.key(uuid_of("client", "Acme")))

    payload = await payload_of(http, DELETE, named(garden, *KEYS), key)

    assert payload == {"deletedKeys": KEYS, "userErrors": []}
    assert await left(world.connection, garden) == []


async def test_an_archived_project_is_not_changed(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection
) -> None:
    await assert_archived(http, connection, DELETE, garden, named(garden, "tone"), ["project"])


@pytest.mark.parametrize("how", BREAKS)
async def test_a_broken_project_is_an_error_of_its_own(how: str, http: AsyncClient, garden: UUID, world: World) -> None:
    park = await world.project("Park", uuid_of("client", "Acme"))
    for key in KEYS:
        await world.metadata(park, key, 1)
    await break_project(world.connection, how, garden, "metadata", "key")
    fine = [named(park, "tone"), named(park, "mood")]

    await assert_broken_alone(http, SEVERAL, garden, REASONS[how], named(garden, "tone"), fine)

    assert await left(world.connection, park) == ["Tone"]


async def test_each_change_of_an_operation_knows_of_those_before(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection
) -> None:
    inputs = [named(garden, *keys) for keys in (["tone"], ["mood", "tone"], ["mood"])]

    data = (await answer(http, SEVERAL, **numbered(inputs)))["data"]

    assert [payload["userErrors"] for payload in data.values()] == [[], [missing("key", "keys", "1")], []]
    assert await left(connection, garden) == ["Tone"]
