"""Contents are changed in what is given, at the version that is expected, and by everybody at once."""

import asyncio
import json
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
    row_id,
    rows,
    stored,
    user_error,
)
from world import START, World, uuid_of

from gql_server.db.project_schema import ProjectSchema
from gql_server.schema.ids import IdKind, global_id, project_row_id

SELECTION = """{
  content { id title body metadata version createdAt updatedAt objectModel { name } }
  userErrors { code message path }
}"""
UPDATE = mutation("updateContent", SELECTION)
SEVERAL = mutations("updateContent", SELECTION, 3)
COLUMNS = "title, body, object_model_id, metadata::text, version"
OBJECT = user_error("INVALID", "Metadata are a JSON object of 100000 characters at the most.", "metadata")
PATCH = user_error("INVALID", "A patch is a JSON object of 100000 characters at the most.", "metadataPatch")
BAD_TITLE = user_error("INVALID", "A title has 1 to 255 characters.", "title")
ROW: tuple[Any, ...] = ("Oak", "The body of Oak.", uuid_of("object_model", "Article"), '{"a": 1}', 1)

RFC_7396 = [
    ('{"a":"b"}', '{"a":"c"}', '{"a":"c"}'),
    ('{"a":"b"}', '{"b":"c"}', '{"a":"b", "b":"c"}'),
    ('{"a":"b"}', '{"a":null}', "{}"),
    ('{"a":"b", "b":"c"}', '{"a":null}', '{"b":"c"}'),
    ('{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'),
    ('{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'),
    ('{"a": {"b": "c"}}', '{"a": {"b": "d", "c": null}}', '{"a": {"b": "d"}}'),
    ('{"a": [{"b":"c"}]}', '{"a": [1]}', '{"a": [1]}'),
    ('["a","b"]', '["c","d"]', '["c","d"]'),
    ('{"a":"b"}', '["c"]', '["c"]'),
    ('{"a":"foo"}', "null", "null"),
    ('{"a":"foo"}', '"bar"', '"bar"'),
    ('{"e":null}', '{"a":1}', '{"e":null, "a":1}'),
    ("[1,2]", '{"a":"b", "c":null}', '{"a":"b"}'),
    ("{}", '{"a": {"bb": {"ccc":null}}}', '{"a": {"bb": {}}}'),
]
"""The target, the patch and the result of each example in the appendix of the RFC."""


@pytest.fixture
async def garden(world: World) -> UUID:
    """With the content `Oak`."""
    garden = await make_garden(world)
    await world.content(garden, "Oak", uuid_of("object_model", "Article"), metadata={"a": 1})
    return garden


@pytest.fixture
def oak(garden: UUID) -> str:
    return row_id(IdKind.CONTENT, garden, "Oak")


async def set_metadata(connection: asyncpg.Connection, project_id: UUID, metadata: str | None) -> None:
    await connection.execute(f"UPDATE {ProjectSchema(project_id).quoted}.contents SET metadata = $1", metadata)


async def test_everything_is_changed_at_once(
    http: AsyncClient, garden: UUID, oak: str, connection: asyncpg.Connection
) -> None:
    changes = {"title": " Elm ", "body": " Bark. ", "objectModel": RECIPE, "metadata": {"b": [2]}}

    payload = await payload_of(http, UPDATE, {"content": oak, "expectedVersion": 1, **changes})

    [(updated_at, created_at)] = await rows(connection, garden, "updated_at, created_at", "contents")
    assert created_at == START < updated_at
    assert payload == {
        "content": {
            "id": oak,
            "title": "Elm",
            "body": " Bark. ",
            "metadata": {"b": [2]},
            "version": 2,
            "createdAt": START.isoformat(),
            "updatedAt": updated_at.isoformat(),
            "objectModel": {"name": "Recipe"},
        },
        "userErrors": [],
    }
    row = ("Elm", " Bark. ", uuid_of("object_model", "Recipe"), '{"b": [2]}', 2)
    assert await rows(connection, garden, COLUMNS, "contents") == [row]


async def test_what_is_left_out_stays(
    http: AsyncClient, garden: UUID, oak: str, connection: asyncpg.Connection
) -> None:
    kept = list(ROW)
    for changes, place, value in (
        ({"title": "Elm"}, 0, "Elm"),
        ({"title": None}, 0, None),
        ({"title": "x" * 255}, 0, "x" * 255),
        ({"body": ""}, 1, ""),
        ({"objectModel": RECIPE}, 2, uuid_of("object_model", "Recipe")),
        ({"metadataPatch": {"a": None, "b": {"c": None, "d": 2}}}, 3, '{"b": {"d": 2}}'),
        ({"metadataPatch": {}, "expectedVersion": None}, 3, '{"b": {"d": 2}}'),
        ({"metadata": None}, 3, None),
        ({"metadata": object_of(100_000)}, 3, f'{{"a": "{"x" * 99_991}"}}'),
    ):
        payload = await payload_of(http, UPDATE, {"content": oak, **changes})
        kept[place], kept[4] = value, kept[4] + 1
        assert (payload["userErrors"], payload["content"]["version"]) == ([], kept[4])
        assert await rows(connection, garden, COLUMNS, "contents") == [tuple(kept)]


async def test_a_change_of_nothing_changes_nothing(http: AsyncClient, oak: str, connection: asyncpg.Connection) -> None:
    before = await stored(connection)

    for input_ in ({"content": oak}, {"content": oak, "expectedVersion": 1}):
        payload = await payload_of(http, UPDATE, input_)
        assert (payload["userErrors"], payload["content"]["version"]) == ([], 1)
    assert await stored(connection) == before


@pytest.mark.parametrize("changes", [{}, {"title": "Elm"}, {"metadataPatch": {}}], ids=str)
async def test_another_version_is_shown_and_not_changed(
    changes: dict[str, Any], http: AsyncClient, oak: str, connection: asyncpg.Connection
) -> None:
    before = await stored(connection)

    for expected in (0, 2, -1, 2**31 - 1):
        payload = await payload_of(http, UPDATE, {"content": oak, "expectedVersion": expected, **changes})

        message = f"The content is at version 1, not {expected}: it was changed by others."
        assert payload["userErrors"] == [user_error("STALE_VERSION", message, "expectedVersion")]
        shown = {name: payload["content"][name] for name in ("id", "title", "metadata", "version")}
        assert shown == {"id": oak, "title": "Oak", "metadata": {"a": 1}, "version": 1}
    assert await stored(connection) == before


async def test_writers_of_one_content_lose_nothing_of_each_other(
    http: AsyncClient, garden: UUID, oak: str, connection: asyncpg.Connection
) -> None:
    await set_metadata(connection, garden, '{"count": 0}')
    stale = 0

    async def write(times: int) -> None:
        nonlocal stale
        query = "query ($id: ID!) { node(id: $id) { ... on Content { version metadata } } }"
        content = (await answer(http, query, id=oak))["data"]["node"]
        while times:
            changes = {"metadataPatch": {"count": content["metadata"]["count"] + 1}}
            payload = await payload_of(http, UPDATE, {"content": oak, "expectedVersion": content["version"], **changes})
            content = payload["content"]
            if payload["userErrors"]:
                assert [error["code"] for error in payload["userErrors"]] == ["STALE_VERSION"]
                stale += 1
            else:
                times -= 1

    await asyncio.gather(*(write(5) for _ in range(8)))

    assert await rows(connection, garden, "metadata::text, version", "contents") == [('{"count": 40}', 41)]
    assert stale > 0


async def test_patches_without_a_version_are_all_kept(
    http: AsyncClient, garden: UUID, oak: str, connection: asyncpg.Connection
) -> None:
    patches = [{"content": oak, "metadataPatch": {f"key {number}": number}} for number in range(8)]

    await asyncio.gather(*(payload_of(http, UPDATE, patch) for patch in patches))

    merged = ", ".join(['"a": 1', *(f'"key {number}": {number}' for number in range(8))])
    assert await rows(connection, garden, "metadata::text, version", "contents") == [(f"{{{merged}}}", 9)]


async def test_a_patch_is_merged_as_the_rfc_says(connection: asyncpg.Connection) -> None:
    for target, patch, result in RFC_7396:
        merged = await connection.fetchval("SELECT public.merge_patch($1, $2)", target, patch)
        assert json.loads(merged) == json.loads(result)
    assert len(RFC_7396) == 15


async def test_the_examples_of_the_rfc_with_objects(
    http: AsyncClient, garden: UUID, oak: str, connection: asyncpg.Connection
) -> None:
    objects = [example for example in RFC_7396 if example[0].startswith("{") and example[1].startswith("{")]
    for target, patch, result in objects:
        await set_metadata(connection, garden, target)
        payload = await payload_of(http, UPDATE, {"content": oak, "metadataPatch": json.loads(patch)})
        assert (payload["content"]["metadata"], payload["userErrors"]) == (json.loads(result), [])
    assert len(objects) == 10


async def test_a_patch_of_no_metadata_makes_some(
    http: AsyncClient, garden: UUID, oak: str, connection: asyncpg.Connection
) -> None:
    for target in (None, "[1]", "null", '"a"'):
        await set_metadata(connection, garden, target)
        payload = await payload_of(http, UPDATE, {"content": oak, "metadataPatch": {"b": {"c": 1, "d": None}}})
        assert (payload["content"]["metadata"], payload["userErrors"]) == ({"b": {"c": 1}}, [])


async def test_numbers_keep_all_their_digits_beside_a_patch(
    http: AsyncClient, garden: UUID, oak: str, connection: asyncpg.Connection
) -> None:
    numbers = '{"big": 12345678901234567890, "long": 1.10, "deep": {"tiny": 0.1234567890123456789}}'
    await set_metadata(connection, garden, numbers)
    patch = {"large": 98765432109876543210, "deep": {"other": 1}}

    await payload_of(http, UPDATE, {"content": oak, "metadataPatch": patch})

    [(metadata,)] = await rows(connection, garden, "metadata::text", "contents")
    assert metadata == (
        '{"big": 12345678901234567890, "deep": {"tiny": 0.1234567890123456789, "other": 1}, "long": 1.10,'
        ' "large": 98765432109876543210}'
    )
    await set_metadata(connection, garden, '{"huge": 1e400}')
    await payload_of(http, UPDATE, {"content": oak, "metadataPatch": {"a": 1}})
    assert await rows(connection, garden, "metadata::text", "contents") == [(f'{{"a": 1, "huge": 1{"0" * 400}}}',)]


async def test_a_patch_may_not_make_metadata_too_long(
    http: AsyncClient, garden: UUID, oak: str, connection: asyncpg.Connection
) -> None:
    await set_metadata(connection, garden, f'{{"a": "{"x" * 99_000}"}}')
    before = await stored(connection)

    # The other key, and what is around it.
    refused = await payload_of(http, UPDATE, {"content": oak, "metadataPatch": {"b": "y" * 983}})
    assert await stored(connection) == before
    made = await payload_of(http, UPDATE, {"content": oak, "metadataPatch": {"b": "y" * 982}})

    message = "Metadata have 100000 characters at the most, and would have 100001."
    assert refused == {"content": None, "userErrors": [user_error("INVALID", message, "metadataPatch")]}
    assert made["userErrors"] == []
    assert await rows(connection, garden, "length(metadata::text), version", "contents") == [(100_000, 2)]


async def test_metadata_that_are_longer_as_they_are_stored_keep_nobody_from_other_changes(
    http: AsyncClient, garden: UUID, oak: str, connection: asyncpg.Connection
) -> None:
    # As text, PostgreSQL writes all 301 digits of each.
    metadata = {"a": [1e300] * 1000}
    first = await payload_of(http, UPDATE, {"content": oak, "metadata": metadata})
    second = await payload_of(http, UPDATE, {"content": oak, "title": "Elm"})

    assert (first["userErrors"], second["userErrors"]) == ([], [])
    assert await rows(connection, garden, "title, version, length(metadata::text) > 300000", "contents") == [
        ("Elm", 3, True)
    ]


async def test_what_cannot_become_of_a_content(
    http: AsyncClient, garden: UUID, oak: str, connection: asyncpg.Connection
) -> None:
    both = user_error("INVALID", "Metadata are replaced or patched, not both.", "metadataPatch")
    no_body = user_error("REQUIRED", "A body cannot be taken away.", "body")
    no_model = user_error("REQUIRED", "An object model cannot be taken away.", "objectModel")
    none = project_row_id(IdKind.CONTENT, garden, NOWHERE)
    cases = [
        ({"title": ""}, [BAD_TITLE]),
        ({"title": "  "}, [BAD_TITLE]),
        ({"title": "x" * 256}, [BAD_TITLE]),
        ({"title": "\0"}, [user_error("INVALID", "A title has a character that cannot be stored.", "title")]),
        ({"body": "\ud800"}, [user_error("INVALID", "A body has a character that cannot be stored.", "body")]),
        ({"body": None}, [no_body]),
        ({"objectModel": None}, [no_model]),
        ({"metadata": [1]}, [OBJECT]),
        ({"metadata": "{}"}, [OBJECT]),
        ({"metadata": object_of(100_001)}, [OBJECT]),
        ({"metadataPatch": [1]}, [PATCH]),
        ({"metadataPatch": object_of(100_001)}, [PATCH]),
        ({"metadataPatch": None}, [user_error("INVALID", "A patch is a JSON object.", "metadataPatch")]),
        ({"metadata": {}, "metadataPatch": {}}, [both]),
        ({"metadata": None, "metadataPatch": {}}, [both]),
        (
            {"title": "", "body": None, "objectModel": None, "metadata": 1, "metadataPatch": 1},
            [BAD_TITLE, no_body, no_model, OBJECT, PATCH, both],
        ),
        ({"objectModel": global_id(IdKind.OBJECT_MODEL, NOWHERE)}, [missing("object model", "objectModel")]),
        ({"content": none}, [missing("content", "content")]),
        ({"content": none, "title": "Elm", "expectedVersion": 1}, [missing("content", "content")]),
        ({"content": project_row_id(IdKind.CONTENT, NOWHERE, NOWHERE)}, [missing("content", "content")]),
    ]
    inputs = [({"content": oak, **values}, errors) for values, errors in cases]

    await assert_refused(http, connection, UPDATE, inputs, {"content": None})


async def test_a_bad_id_is_a_bad_request(
    http: AsyncClient, garden: UUID, oak: str, connection: asyncpg.Connection
) -> None:
    inputs = [
        {"content": str(garden)},
        {"content": f"{oak}A"},
        {"content": oak.replace("cnt", "trm")},
        {"content": ARTICLE},
        {"content": oak, "objectModel": oak},
    ]
    await assert_bad_ids(http, connection, UPDATE, inputs)


async def test_another_s_content_is_none(http: AsyncClient, garden: UUID, oak: str, world: World) -> None:
    nothing = project_row_id(IdKind.CONTENT, NOWHERE, uuid_of(garden, "content", "Oak"))
    changes = [{}, {"title": "Elm"}, {"metadataPatch": {}, "expectedVersion": 1}, {"expectedVersion": 7}]
    pairs = [({"content": oak, **values}, {"content": nothing, **values}) for values in changes]

    await assert_none_for_others(http, world, UPDATE, [missing("content", "content")], *pairs)


async def test_a_client_changes_its_own(http: AsyncClient, garden: UUID, oak: str, world: World) -> None:
    key = bearing(await world.key(uuid_of("client", "Acme")))

    payload = await payload_of(http, UPDATE, {"content": oak, "metadataPatch": {"b": 2}, "objectModel": RECIPE}, key)

    assert (payload["content"]["metadata"], payload["userErrors"]) == ({"a": 1, "b": 2}, [])
    assert await rows(world.connection, garden, "metadata::text, version", "contents") == [('{"a": 1, "b": 2}', 2)]


async def test_an_archived_project_is_not_changed(
    http: AsyncClient, garden: UUID, oak: str, connection: asyncpg.Connection
) -> None:
    await assert_archived(http, connection, UPDATE, garden, {"content": oak, "title": "Elm"}, ["content"])


@pytest.mark.parametrize("how", BREAKS)
async def test_a_broken_project_is_an_error_of_its_own(
    how: str, http: AsyncClient, garden: UUID, oak: str, world: World
) -> None:
    park = await world.project("Park", uuid_of("client", "Acme"))
    await world.content(park, "Elm", uuid_of("object_model", "Article"))
    elm = row_id(IdKind.CONTENT, park, "Elm")
    await break_project(world.connection, how, garden, "contents", "version")
    fine = [{"content": elm, "body": "One."}, {"content": elm, "expectedVersion": 2}]

    around = await assert_broken_alone(http, SEVERAL, garden, REASONS[how], {"content": oak, "title": "Ash"}, fine)

    assert [payload["content"]["version"] for payload in around] == [2, 2]


async def test_each_change_of_an_operation_knows_of_those_before(
    http: AsyncClient, garden: UUID, oak: str, connection: asyncpg.Connection
) -> None:
    inputs = {
        f"input{number}": {"content": oak, "expectedVersion": expected, "title": title}
        for number, (expected, title) in enumerate([(1, "A"), (1, "B"), (2, "C")])
    }

    data = (await answer(http, SEVERAL, **inputs))["data"]

    shown = [(payload["content"]["title"], payload["content"]["version"]) for payload in data.values()]
    assert shown == [("A", 2), ("A", 2), ("C", 3)]
    assert [len(payload["userErrors"]) for payload in data.values()] == [0, 1, 0]
    assert await rows(connection, garden, "title, version", "contents") == [("C", 3)]
