"""A change with an idempotency key is made once, and answered as often as it is asked for."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from httpx import AsyncClient
from logins import bearing
from mutating import (
    ARTICLE,
    answer,
    assert_refused,
    make_garden,
    mutation,
    payload_of,
    row_id,
    rows,
    stored,
    user_error,
    wait_for_waiting,
)
from patience import PATIENCE_SECONDS
from world import World, uuid_of

from gql_server.db.changes import CHANNEL
from gql_server.db.project_schema import ProjectSchema
from gql_server.schema.ids import IdKind, global_id
from gql_server.services.keys import digest

ERRORS = "userErrors { code message path }"
CREATE = mutation("createContent", f"{{ content {{ id title version }} {ERRORS} }}")
UPDATE = mutation("updateContent", f"{{ content {{ id title version }} {ERRORS} }}")
DELETE = mutation("deleteContents", f"{{ deletedIds {ERRORS} }}")
SAVE = mutation("saveTerms", f"{{ terms {{ id term definition }} {ERRORS} }}")
DELETE_TERMS = mutation("deleteTerms", f"{{ deletedIds {ERRORS} }}")
SET = mutation("setMetadata", f"{{ entries {{ key value updatedAt }} {ERRORS} }}")
DELETE_METADATA = mutation("deleteMetadata", f"{{ deletedKeys {ERRORS} }}")
CREATE_COMPONENT = mutation("createPromptComponent", f"{{ promptComponent {{ id name }} {ERRORS} }}")
ADAPT = mutation("adaptPrompt", f"{{ promptComponent {{ id name content }} {ERRORS} }}")
UPDATE_COMPONENT = mutation("updatePromptComponent", f"{{ promptComponent {{ id name updatedAt }} {ERRORS} }}")
DELETE_COMPONENTS = mutation("deletePromptComponents", f"{{ deletedIds {ERRORS} }}")
GENERATE = mutation("generateContent", f"{{ generation {{ id status }} {ERRORS} }}")
GENERATE_SEVERAL = mutation("generateContents", f"{{ generations {{ id status }} {ERRORS} }}")
CANCEL = mutation("cancelGeneration", f"{{ generation {{ id status finishedAt }} {ERRORS} }}")
RETRY = mutation("retryGeneration", f"{{ generation {{ id status retryOf {{ id }} }} {ERRORS} }}")
CREATE_CLIENT = mutation("createClient", f"{{ client {{ id name }} apiKey {ERRORS} }}")
ARCHIVE = mutation("archiveProject", f"{{ project {{ status }} {ERRORS} }}")
RESTORE = mutation("restoreProject", f"{{ project {{ status }} {ERRORS} }}")
ROTATE = mutation("rotateClientApiKey", f"{{ apiKey {ERRORS} }}")

OTHER_INPUT = user_error(
    "IDEMPOTENCY_CONFLICT", "This key came with another input before: it names one change.", "idempotencyKey"
)
REQUEST = {
    "prompt": global_id(IdKind.PROMPT, uuid_of("prompt", "Write")),
    "variables": {"topic": "oaks"},
    "objectModel": ARTICLE,
    "model": "sample",
}
KEYS = "caller, key, cardinality(made)"
AGE = "UPDATE {schema}.idempotency_keys SET created_at = created_at - $1::interval"

CHANGES: dict[str, tuple[str, Callable[[UUID], dict[str, Any]]]] = {
    "createContent": (CREATE, lambda id_: {"project": str(id_), "objectModel": ARTICLE, "body": "x", "title": "New"}),
    "updateContent": (UPDATE, lambda id_: {"content": row_id(IdKind.CONTENT, id_, "Oak"), "title": "Elm"}),
    "deleteContents": (DELETE, lambda id_: {"contents": [row_id(IdKind.CONTENT, id_, "Oak")]}),
    "saveTerms": (
        SAVE,
        lambda id_: {"project": str(id_), "terms": [{"term": term, "definition": "x"} for term in ("New", "Oak")]},
    ),
    "deleteTerms": (DELETE_TERMS, lambda id_: {"terms": [row_id(IdKind.TERM, id_, "Oak")]}),
    "setMetadata": (
        SET,
        lambda id_: {"project": str(id_), "entries": [{"key": key, "value": 1} for key in ("new", "tone")]},
    ),
    "deleteMetadata": (DELETE_METADATA, lambda id_: {"project": str(id_), "keys": ["tone"]}),
    "createPromptComponent": (CREATE_COMPONENT, lambda id_: {"project": str(id_), "name": "New", "content": "x"}),
    "adaptPrompt": (
        ADAPT,
        lambda id_: {"project": str(id_), "prompt": global_id(IdKind.PROMPT, uuid_of("prompt", "Write"))},
    ),
    "updatePromptComponent": (
        UPDATE_COMPONENT,
        lambda id_: {"promptComponent": row_id(IdKind.PROMPT_COMPONENT, id_, "Intro"), "name": "New"},
    ),
    "deletePromptComponents": (
        DELETE_COMPONENTS,
        lambda id_: {"promptComponents": [row_id(IdKind.PROMPT_COMPONENT, id_, "Intro")]},
    ),
    "generateContent": (GENERATE, lambda id_: {"project": str(id_), **REQUEST}),
    "generateContents": (GENERATE_SEVERAL, lambda id_: {"project": str(id_), "requests": [REQUEST] * 2}),
    "cancelGeneration": (CANCEL, lambda id_: {"generation": row_id(IdKind.GENERATION, id_, "Waiting")}),
    "retryGeneration": (RETRY, lambda id_: {"generation": row_id(IdKind.GENERATION, id_, "Failed")}),
}
"""Each mutation of what is in a project, and an input with which it can be made once or twice."""


async def fill(world: World, project_id: UUID) -> None:
    await world.content(project_id, "Oak", uuid_of("object_model", "Article"))
    await world.term(project_id, "Oak")
    await world.metadata(project_id, "tone", "warm")
    await world.prompt_component(project_id, "Intro", None)
    for label, status in (("Waiting", "queued"), ("Failed", "failed")):
        await world.generation(project_id, label, uuid_of("object_model", "Article"), status=status)


@pytest.fixture
async def garden(world: World) -> UUID:
    garden = await make_garden(world)
    await world.prompt()
    await fill(world, garden)
    return garden


def new(project_id: UUID, key: str, title: str | None = "New", **values: Any) -> dict[str, Any]:
    input_ = {"project": str(project_id), "objectModel": ARTICLE, "body": "x", "title": title}
    return {**input_, "idempotencyKey": key, **values}


async def titles(connection: asyncpg.Connection, project_id: UUID) -> list[str]:
    return [title for (title,) in await rows(connection, project_id, "title", "contents")]


async def age(connection: asyncpg.Connection, schema: str, span: timedelta) -> None:
    await connection.execute(AGE.format(schema=schema), span)


async def heard(connection: asyncpg.Connection, announced: list[object]) -> int:
    """How many announcements there were; a listener hears of them in the order of their commits."""
    await connection.execute("SELECT pg_notify($1, '')", CHANNEL)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while "" not in announced:
            await asyncio.sleep(0.01)
    announced.remove("")
    return len(announced)


@pytest.mark.parametrize("name", CHANGES)
async def test_a_change_is_made_once(
    name: str, http: AsyncClient, garden: UUID, connection: asyncpg.Connection
) -> None:
    query, input_of = CHANGES[name]
    announced: list[object] = []
    await connection.add_listener(CHANNEL, lambda *told: announced.append(told[3]))
    input_ = {**input_of(garden), "idempotencyKey": "1"}
    before = await stored(connection)

    first = await payload_of(http, query, input_)
    after = await stored(connection)
    again = [await payload_of(http, query, input_) for _ in range(2)]

    assert first["userErrors"] == []
    assert again == [first, first]
    assert after != before
    assert await stored(connection) == after
    assert await heard(connection, announced) == 1


async def test_json_is_the_same_input_however_it_is_spelled(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection
) -> None:
    input_ = {**new(garden, "1"), "metadata": {"a": 1, "b": {"c": [1, 2], "d": None}}}
    first = await payload_of(http, CREATE, input_)
    before = await stored(connection)

    again = await payload_of(http, CREATE, {**input_, "metadata": {"b": {"d": None, "c": [1, 2]}, "a": 1}})
    other = await payload_of(http, CREATE, {**input_, "metadata": {"a": 1, "b": {"c": [2, 1], "d": None}}})

    assert first["userErrors"] == []
    assert again == first
    assert other == {"content": None, "userErrors": [OTHER_INPUT]}
    assert await stored(connection) == before


async def test_another_input_of_the_same_key_is_refused(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection
) -> None:
    await payload_of(http, CREATE, new(garden, "1"))

    others = [
        new(garden, "1", title="Other"),
        new(garden, "1", metadata=None),
        new(garden, "1", metadata={}),
        new(garden, "1", body="y"),
        new(garden, "1", title="UNSET"),
    ]
    without_title = new(garden, "1")
    del without_title["title"]
    cases = [(input_, [OTHER_INPUT]) for input_ in [*others, without_title]]
    await assert_refused(http, connection, CREATE, cases, {"content": None})


async def test_what_is_left_out_is_not_what_it_looks_like(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection
) -> None:
    untitled = new(garden, "1")
    del untitled["title"]
    await payload_of(http, CREATE, untitled)

    cases = [(new(garden, "1", title=title), [OTHER_INPUT]) for title in ("UNSET", "null", "None", None)]
    await assert_refused(http, connection, CREATE, cases, {"content": None})


async def test_another_mutation_of_the_same_key_is_refused(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection
) -> None:
    await payload_of(http, CREATE, new(garden, "1"))

    lists = ("terms", "entries", "deletedIds", "deletedKeys", "generations")
    empty = {**{name: [] for name in lists}, "content": None, "promptComponent": None, "generation": None}
    for name, (query, input_of) in CHANGES.items():
        if name == "createContent":
            continue
        before = await stored(connection)
        payload = await payload_of(http, query, {**input_of(garden), "idempotencyKey": "1"})
        assert payload.pop("userErrors") == [OTHER_INPUT]
        [(field, value)] = payload.items()
        assert value == empty[field]
        assert await stored(connection) == before


async def test_mutations_of_the_same_input_are_told_apart(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection
) -> None:
    input_ = {"project": str(garden), "idempotencyKey": "1"}

    await payload_of(http, ARCHIVE, input_)

    await assert_refused(http, connection, RESTORE, [(input_, [OTHER_INPUT])], {"project": None})


async def test_an_alias_makes_no_other_mutation(http: AsyncClient, garden: UUID) -> None:
    first = await payload_of(http, CREATE, new(garden, "1"))

    assert await payload_of(http, CREATE.replace("createContent(", "other: createContent("), new(garden, "1")) == first


async def test_each_caller_has_keys_of_its_own(
    http: AsyncClient, garden: UUID, world: World, connection: asyncpg.Connection
) -> None:
    acme = uuid_of("client", "Acme")
    key = bearing(await world.key(acme))

    first = await payload_of(http, CREATE, new(garden, "1", title="Of the administrator"))
    second = await payload_of(http, CREATE, new(garden, "1", title="Of the client"), key)
    again = await payload_of(http, CREATE, new(garden, "1", title="Of the client"), key)

    assert (first["userErrors"], second["userErrors"], again) == ([], [], second)
    assert await titles(connection, garden) == ["Oak", "Of the administrator", "Of the client"]
    kept = sorted(await rows(connection, garden, KEYS, "idempotency_keys"))
    assert kept == sorted([("admin", "1", 1), (acme.hex, "1", 1)])


async def test_each_project_has_keys_of_its_own(http: AsyncClient, garden: UUID, world: World) -> None:
    park = await world.project("Park", uuid_of("client", "Acme"))

    payloads = [await payload_of(http, CREATE, new(id_, "1")) for id_ in (garden, park, garden, park)]

    assert payloads[:2] == payloads[2:]
    assert payloads[0] != payloads[1]
    assert await titles(world.connection, garden) == ["New", "Oak"]
    assert await titles(world.connection, park) == ["New"]


async def test_a_key_is_kept_for_24_hours(http: AsyncClient, garden: UUID, connection: asyncpg.Connection) -> None:
    schema = ProjectSchema(garden).quoted
    first = await payload_of(http, CREATE, new(garden, "1"))
    await payload_of(http, CREATE, new(garden, "old", title="Old"))

    await age(connection, schema, timedelta(hours=23, minutes=59))
    kept = await payload_of(http, CREATE, new(garden, "1"))
    await age(connection, schema, timedelta(minutes=1))
    anew = await payload_of(http, CREATE, new(garden, "1"))
    other = await payload_of(http, CREATE, new(garden, "other", title="Old"))

    assert kept == first
    assert (anew["userErrors"], anew["content"]["id"] != first["content"]["id"]) == ([], True)
    assert other["userErrors"] == []
    assert await titles(connection, garden) == ["New", "New", "Oak", "Old", "Old"]
    assert await rows(connection, garden, "key", "idempotency_keys") == [("1",), ("other",)]


async def test_an_old_key_takes_another_input(http: AsyncClient, garden: UUID, connection: asyncpg.Connection) -> None:
    await payload_of(http, CREATE, new(garden, "1"))
    await age(connection, ProjectSchema(garden).quoted, timedelta(hours=24))

    payload = await payload_of(http, CREATE, new(garden, "1", title="Other"))
    again = await payload_of(http, CREATE, new(garden, "1", title="Other"))

    assert (payload["content"]["title"], again) == ("Other", payload)
    assert await titles(connection, garden) == ["New", "Oak", "Other"]


async def test_old_keys_are_removed_a_hundred_at_a_time(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection
) -> None:
    await connection.execute(
        f"INSERT INTO {ProjectSchema(garden).quoted}.idempotency_keys (caller, key, digest, made, created_at)"
        " SELECT 'admin', 'old ' || number, '', '{}', now() - interval '2 days' FROM generate_series(1, 150) AS number"
    )
    left: list[int] = []
    for number in range(2):
        await payload_of(http, CREATE, new(garden, str(number)))
        left.append(len(await rows(connection, garden, "key", "idempotency_keys WHERE key LIKE 'old %'")))
    assert left == [50, 0]


async def test_what_is_refused_does_not_use_the_key_up(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection
) -> None:
    oak = row_id(IdKind.CONTENT, garden, "Oak")
    stale = {"content": oak, "title": "Elm", "expectedVersion": 2, "idempotencyKey": "1"}
    none = global_id(IdKind.OBJECT_MODEL, uuid_of("none"))
    for query, input_, code in (
        (CREATE, new(garden, "1", title=""), "INVALID"),
        (CREATE, new(garden, "1", objectModel=none), "NOT_FOUND"),
        (UPDATE, stale, "STALE_VERSION"),
    ):
        payload = await payload_of(http, query, input_)
        assert [error["code"] for error in payload["userErrors"]] == [code]
    assert await rows(connection, garden, KEYS, "idempotency_keys") == []

    # What was refused may be right by now.
    await payload_of(http, UPDATE, {"content": oak, "body": "x"})
    made = await payload_of(http, UPDATE, stale)
    again = await payload_of(http, UPDATE, stale)

    assert (made["content"], made["userErrors"]) == ({"id": oak, "title": "Elm", "version": 3}, [])
    assert again == made


async def test_what_fails_does_not_use_the_key_up(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection
) -> None:
    schema = ProjectSchema(garden).quoted
    await connection.execute(f"ALTER TABLE {schema}.contents RENAME COLUMN body TO text")
    body = await answer(http, CREATE, input=new(garden, "1"))
    await connection.execute(f"ALTER TABLE {schema}.contents RENAME COLUMN text TO body")

    payload = await payload_of(http, CREATE, new(garden, "1"))

    assert [error["extensions"]["code"] for error in body["errors"]] == ["PROJECT_UNAVAILABLE"]
    assert payload["userErrors"] == []
    assert await titles(connection, garden) == ["New", "Oak"]


async def test_twins_at_the_same_time_make_one_change(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection
) -> None:
    # The first holds its key, and waits for the table; the second waits for the first.
    async with connection.transaction():
        await connection.execute(f"LOCK TABLE {ProjectSchema(garden).quoted}.contents")
        twins = [asyncio.create_task(payload_of(http, CREATE, new(garden, "1"))) for _ in range(2)]
        await wait_for_waiting(connection, 2)
    payloads = await asyncio.gather(*twins)

    assert payloads[0] == payloads[1]
    assert payloads[0]["userErrors"] == []
    assert await titles(connection, garden) == ["New", "Oak"]


async def test_what_was_made_and_deleted_since_is_null_and_not_made_anew(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection
) -> None:
    content = (await payload_of(http, CREATE, new(garden, "1")))["content"]["id"]
    save = {**CHANGES["saveTerms"][1](garden), "idempotencyKey": "2"}
    terms = (await payload_of(http, SAVE, save))["terms"]
    update = {"content": row_id(IdKind.CONTENT, garden, "Oak"), "title": "Elm", "idempotencyKey": "3"}
    await payload_of(http, UPDATE, update)
    await payload_of(http, DELETE, {"contents": [content, update["content"]]})
    await payload_of(http, DELETE_TERMS, {"terms": [terms[0]["id"]]})
    before = await stored(connection)

    created = await payload_of(http, CREATE, new(garden, "1"))
    saved = await payload_of(http, SAVE, save)
    updated = await payload_of(http, UPDATE, update)

    assert created == {"content": None, "userErrors": []}
    assert saved == {"terms": [None, terms[1]], "userErrors": []}
    assert updated == {"content": None, "userErrors": []}
    assert await stored(connection) == before


async def test_a_repeat_shows_what_there_is_now(http: AsyncClient, garden: UUID) -> None:
    made = (await payload_of(http, CREATE, new(garden, "1")))["content"]
    await payload_of(http, UPDATE, {"content": made["id"], "title": "Elm"})

    again = await payload_of(http, CREATE, new(garden, "1"))

    assert again == {"content": {"id": made["id"], "title": "Elm", "version": 2}, "userErrors": []}


async def test_what_was_done_before_the_project_was_archived_is_answered(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection
) -> None:
    first = await payload_of(http, CREATE, new(garden, "1"))
    await connection.execute("UPDATE public.projects SET status = 'archived'")
    before = await stored(connection)

    assert await payload_of(http, CREATE, new(garden, "1")) == first
    for key, code in (("1", "IDEMPOTENCY_CONFLICT"), ("2", "CONFLICT")):
        payload = await payload_of(http, CREATE, new(garden, key, title="Other"))
        assert [error["code"] for error in payload["userErrors"]] == [code]
    assert await stored(connection) == before


async def test_a_key_that_is_none(http: AsyncClient, garden: UUID, connection: asyncpg.Connection) -> None:
    bounds = user_error("INVALID", "A key has 1 to 255 characters.", "idempotencyKey")
    unstorable = user_error("INVALID", "A key has a character that cannot be stored.", "idempotencyKey")
    cases = [
        (new(garden, ""), [bounds]),
        (new(garden, "x" * 256), [bounds]),
        (new(garden, "a\0b"), [unstorable]),
        (new(garden, "\ud800"), [unstorable]),
        (new(garden, "\0" * 256), [bounds, unstorable]),
    ]

    await assert_refused(http, connection, CREATE, cases, {"content": None})


async def test_a_key_is_any_text_as_it_is(http: AsyncClient, garden: UUID, connection: asyncpg.Connection) -> None:
    keys = ["x" * 255, "🔑" * 255, " ", "a", " a", "A", "'; --"]
    for key in keys:
        assert (await payload_of(http, CREATE, new(garden, key)))["userErrors"] == []

    assert sorted(key for _, key, _ in await rows(connection, garden, KEYS, "idempotency_keys")) == sorted(keys)
    assert await titles(connection, garden) == ["New"] * len(keys) + ["Oak"]


async def test_a_project_without_keys_is_changed_without_them(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection
) -> None:
    # As one that was not migrated since they are kept.
    await connection.execute(f"DROP TABLE {ProjectSchema(garden).quoted}.idempotency_keys")

    with_key = await answer(http, CREATE, input=new(garden, "1"))
    without = await payload_of(http, CREATE, {**new(garden, "1"), "idempotencyKey": None})

    assert [error["extensions"]["code"] for error in with_key["errors"]] == ["PROJECT_UNAVAILABLE"]
    assert (without["content"]["title"], without["userErrors"]) == ("New", [])
    assert await titles(connection, garden) == ["New", "Oak"]


async def test_a_client_s_key_is_shown_once(http: AsyncClient, connection: asyncpg.Connection) -> None:
    input_ = {"name": "Acme", "idempotencyKey": "1"}

    first = await payload_of(http, CREATE_CLIENT, input_)
    before = await stored(connection)
    again = await payload_of(http, CREATE_CLIENT, input_)
    other = await payload_of(http, CREATE_CLIENT, {"name": "Beacon", "idempotencyKey": "1"})

    assert (again["apiKey"], again["client"], again["userErrors"]) == (None, first["client"], [])
    assert other == {"client": None, "apiKey": None, "userErrors": [OTHER_INPUT]}
    assert await stored(connection) == before
    # The key that was shown is good, and nowhere to be found.
    viewer = await answer(http, "{ viewer { client { name } } }", bearing(first["apiKey"]))
    assert viewer == {"data": {"viewer": {"client": {"name": "Acme"}}}}
    assert first["apiKey"] not in str(before)
    assert await connection.fetchval("SELECT count(*) FROM public.idempotency_keys") == 1


async def test_a_replaced_key_is_shown_once(http: AsyncClient, world: World, connection: asyncpg.Connection) -> None:
    acme = await world.client()
    key = bearing(await world.key(acme))
    input_ = {"client": global_id(IdKind.CLIENT, acme), "idempotencyKey": "1"}

    first = await payload_of(http, ROTATE, input_, key)
    digests = "SELECT api_key, retired_api_key FROM public.clients"
    before = await connection.fetchrow(digests)
    # The key that it was made with stays good meanwhile, so that it can ask again.
    again = [await payload_of(http, ROTATE, input_, headers) for headers in (key, bearing(first["apiKey"]))]
    of_admin = await payload_of(http, ROTATE, input_)

    assert again == [{"apiKey": None, "userErrors": []}] * 2
    assert before is not None
    assert before["api_key"] == digest(first["apiKey"])
    # The administrator's keys are not the client's.
    assert of_admin["apiKey"] not in (None, first["apiKey"])
    assert await connection.fetchrow(digests) != before
    kept = await connection.fetch('SELECT caller, key FROM public.idempotency_keys ORDER BY caller COLLATE "C"')
    assert [tuple(record) for record in kept] == sorted([(acme.hex, "1"), ("admin", "1")])
