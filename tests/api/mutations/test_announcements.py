"""Every change of a project is announced once, with its commit, to those who watch it; what was not made is not."""

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from conftest import Listening, client_at, config_of, listening
from httpx import AsyncClient
from live import event_stream
from mutating import ARTICLE, answer, make_garden, mutation, mutations, payload_of, row_id, stored
from patience import PATIENCE_SECONDS
from world import World, uuid_of

from gql_server.db.changes import CHANNEL
from gql_server.db.project_schema import ProjectSchema
from gql_server.schema.ids import IdKind, global_id, parse_id

ERRORS = "userErrors { code }"
CREATE = mutation("createContent", f"{{ content {{ id }} {ERRORS} }}")
SEVERAL = mutations("createContent", f"{{ content {{ id }} {ERRORS} }}", 3)
UPDATE = mutation("updateContent", f"{{ content {{ id }} {ERRORS} }}")
DELETE = mutation("deleteContents", f"{{ deletedIds {ERRORS} }}")
SAVE = mutation("saveTerms", f"{{ terms {{ id }} {ERRORS} }}")
DELETE_TERMS = mutation("deleteTerms", f"{{ deletedIds {ERRORS} }}")
SET = mutation("setMetadata", f"{{ entries {{ key }} {ERRORS} }}")
DELETE_METADATA = mutation("deleteMetadata", f"{{ deletedKeys {ERRORS} }}")
CREATE_COMPONENT = mutation("createPromptComponent", f"{{ promptComponent {{ id }} {ERRORS} }}")
ADAPT = mutation("adaptPrompt", f"{{ promptComponent {{ id }} {ERRORS} }}")
UPDATE_COMPONENT = mutation("updatePromptComponent", f"{{ promptComponent {{ id }} {ERRORS} }}")
DELETE_COMPONENTS = mutation("deletePromptComponents", f"{{ deletedIds {ERRORS} }}")
GENERATE = mutation("generateContent", f"{{ generation {{ id }} {ERRORS} }}")
GENERATE_SEVERAL = mutation("generateContents", f"{{ generations {{ id }} {ERRORS} }}")
CANCEL = mutation("cancelGeneration", f"{{ generation {{ id }} {ERRORS} }}")
RETRY = mutation("retryGeneration", f"{{ generation {{ id }} {ERRORS} }}")

HELD = """
CREATE FUNCTION {schema}.hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body}; RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER held AFTER INSERT ON {schema}.contents DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION {schema}.hold()
"""
"""What happens when a transaction that has added a content commits, and not before."""


class Announced:
    """What is announced, as PostgreSQL tells it to whoever listens."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._payloads: list[str] = []

    def hear(self, *told: object) -> None:
        self._payloads.append(str(told[3]))

    async def next(self) -> list[Any]:
        """What was announced since this was asked for last, up to now."""
        await self._connection.execute("SELECT pg_notify($1, 'the end')", CHANNEL)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while self._payloads[-1:] != ["the end"]:
                await asyncio.sleep(0.01)
        payloads, self._payloads = self._payloads[:-1], []
        return [json.loads(payload) for payload in payloads]


@pytest.fixture
async def announced(connection: asyncpg.Connection) -> Announced:
    announced = Announced(connection)
    await connection.add_listener(CHANNEL, announced.hear)
    return announced


@pytest.fixture
async def garden(world: World, announced: Announced) -> UUID:
    garden = await make_garden(world)
    await world.prompt()
    await world.content(garden, "Oak", uuid_of("object_model", "Article"))
    await world.prompt_component(garden, "Intro", None)
    await announced.next()
    return garden


@pytest.fixture
async def server(dsn: str) -> AsyncGenerator[Listening]:
    async with listening(config_of(dsn, pool_size=2)) as server:
        yield server


def new(project_id: UUID, **values: Any) -> dict[str, Any]:
    return {"project": str(project_id), "objectModel": ARTICLE, "body": "x", **values}


def terms(project_id: UUID, *names: str) -> dict[str, Any]:
    return {"project": str(project_id), "terms": [{"term": name, "definition": "x"} for name in names]}


def announcement(project_id: UUID, table: str, *ids: str) -> dict[str, Any]:
    return {"project": str(project_id), "rows": {table: [str(parse_id(id_).id) for id_ in ids]}}


async def test_a_subscriber_hears_of_each_change(server: Listening, garden: UUID) -> None:
    project = str(garden)
    oak, intro = row_id(IdKind.CONTENT, garden, "Oak"), row_id(IdKind.PROMPT_COMPONENT, garden, "Intro")
    itself = global_id(IdKind.PROJECT, garden)
    prompt = global_id(IdKind.PROMPT, uuid_of("prompt", "Write"))
    async with (
        client_at(server.port) as http,
        event_stream(server.port, id=project) as events,
    ):
        await events.next()

        async def make(query: str, **input_: Any) -> tuple[Any, list[str]]:
            """The payload, and the ids that the subscriber hears of."""
            payload = await payload_of(http, query, input_)
            assert payload["userErrors"] == []
            _, heard = await events.next()
            return payload, heard["data"]["projectChanged"]["ids"]

        payload, heard = await make(CREATE, **new(garden))
        assert heard == [payload["content"]["id"]]
        assert (await make(UPDATE, content=oak, metadataPatch={}))[1] == [oak]
        both = [oak, payload["content"]["id"]]
        assert (await make(DELETE, contents=both))[1] == both

        payload, heard = await make(SAVE, **terms(garden, "Yew", "Ash"))
        saved = [term["id"] for term in payload["terms"]]
        assert heard == saved
        assert (await make(DELETE_TERMS, terms=saved[::-1]))[1] == saved[::-1]

        entries = [{"key": key, "value": 1} for key in ("a", "b")]
        assert (await make(SET, project=project, entries=entries))[1] == [itself]
        assert (await make(DELETE_METADATA, project=project, keys=["b", "a"]))[1] == [itself]

        payload, heard = await make(CREATE_COMPONENT, project=project, name="New", content="x")
        created = payload["promptComponent"]["id"]
        assert heard == [created]
        payload, heard = await make(ADAPT, project=project, prompt=prompt)
        assert heard == [payload["promptComponent"]["id"]]
        assert (await make(UPDATE_COMPONENT, promptComponent=intro, name="Other"))[1] == [intro]
        assert (await make(DELETE_COMPONENTS, promptComponents=[intro, created]))[1] == [intro, created]

        request = {"prompt": prompt, "variables": {"topic": "oaks"}, "objectModel": ARTICLE, "model": "sample"}
        payload, heard = await make(GENERATE, project=project, **request)
        generated = payload["generation"]["id"]
        assert heard == [generated]
        payload, heard = await make(GENERATE_SEVERAL, project=project, requests=[request] * 100)
        assert heard == [generation["id"] for generation in payload["generations"]]
        assert (await make(CANCEL, generation=generated))[1] == [generated]
        payload, heard = await make(RETRY, generation=generated)
        assert heard == [payload["generation"]["id"]]


async def test_another_project_s_subscriber_hears_of_nothing(
    server: Listening, garden: UUID, world: World, http: AsyncClient
) -> None:
    park = await world.project("Park", uuid_of("client", "Acme"))
    async with event_stream(server.port, id=str(park)) as events:
        await events.next()
        await payload_of(http, CREATE, new(garden))
        made = await payload_of(http, CREATE, new(park))

        _, heard = await events.next()

    assert heard["data"]["projectChanged"]["ids"] == [made["content"]["id"]]


async def test_nothing_is_heard_before_the_commit(
    http: AsyncClient, garden: UUID, announced: Announced, dsn: str
) -> None:
    schema = ProjectSchema(garden).quoted
    holder = await asyncpg.connect(dsn)
    await holder.execute(HELD.format(schema=schema, body="PERFORM pg_advisory_xact_lock_shared(7)"))
    await holder.execute("SELECT pg_advisory_lock(7)")
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 7 AND NOT granted"

    change = asyncio.create_task(payload_of(http, CREATE, new(garden)))
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await holder.fetchval(waiting):
            await asyncio.sleep(0.01)
    before = await announced.next()
    await holder.execute("SELECT pg_advisory_unlock(7)")
    made = await change
    after = await announced.next()
    await holder.close()

    assert before == []
    assert after == [announcement(garden, "contents", made["content"]["id"])]


async def test_what_fails_to_commit_is_not_announced(
    http: AsyncClient, garden: UUID, announced: Announced, connection: asyncpg.Connection
) -> None:
    fail = HELD.format(schema=ProjectSchema(garden).quoted, body="RAISE undefined_table")
    await connection.execute(fail)
    before = await stored(connection)

    body = await answer(http, CREATE, input=new(garden))

    assert body["data"] == {"createContent": None}
    assert await announced.next() == []
    assert await stored(connection) == before


async def test_what_is_refused_is_not_announced(http: AsyncClient, garden: UUID, announced: Announced) -> None:
    oak, intro = row_id(IdKind.CONTENT, garden, "Oak"), row_id(IdKind.PROMPT_COMPONENT, garden, "Intro")
    none = row_id(IdKind.CONTENT, garden, "none")
    long = {"a": "x" * 99_991}
    await payload_of(http, UPDATE, {"content": oak, "metadata": long})
    await announced.next()
    for query, input_ in (
        (CREATE, new(garden, title="")),
        (CREATE, new(garden, objectModel=global_id(IdKind.OBJECT_MODEL, uuid_of("none")))),
        (UPDATE, {"content": oak, "title": "Elm", "expectedVersion": 1}),
        (UPDATE, {"content": oak, "metadataPatch": {"b": 1}}),
        (DELETE, {"contents": [oak, none]}),
        (DELETE_TERMS, {"terms": [row_id(IdKind.TERM, garden, "none")]}),
        (DELETE_METADATA, {"project": str(garden), "keys": ["none"]}),
        (UPDATE_COMPONENT, {"promptComponent": intro, "name": "A", "basePromptVersion": 1}),
        (DELETE_COMPONENTS, {"promptComponents": [intro, row_id(IdKind.PROMPT_COMPONENT, garden, "none")]}),
        (GENERATE, {"project": str(garden)}),
        (GENERATE_SEVERAL, {"project": str(garden), "requests": []}),
        (CANCEL, {"generation": row_id(IdKind.GENERATION, garden, "none")}),
        (RETRY, {"generation": row_id(IdKind.GENERATION, garden, "none")}),
    ):
        assert len((await payload_of(http, query, input_))["userErrors"]) == 1
    assert await announced.next() == []


async def test_a_change_of_nothing_is_not_announced(http: AsyncClient, garden: UUID, announced: Announced) -> None:
    oak, intro = row_id(IdKind.CONTENT, garden, "Oak"), row_id(IdKind.PROMPT_COMPONENT, garden, "Intro")

    for query, input_ in (
        (UPDATE, {"content": oak}),
        (UPDATE, {"content": oak, "expectedVersion": 1, "idempotencyKey": "1"}),
        (UPDATE_COMPONENT, {"promptComponent": intro}),
    ):
        assert (await payload_of(http, query, input_))["userErrors"] == []
    assert await announced.next() == []


async def test_many_rows_are_one_announcement(http: AsyncClient, garden: UUID, announced: Announced) -> None:
    few = await payload_of(http, SAVE, terms(garden, "Yew", "Ash", "Elm"))
    assert await announced.next() == [announcement(garden, "vocabulary", *(term["id"] for term in few["terms"]))]

    many = await payload_of(http, SAVE, terms(garden, *(f"Term {number}" for number in range(1000))))
    # More than fit into one: which rows they are is not said.
    assert await announced.next() == [{"project": str(garden)}]

    await payload_of(http, DELETE_TERMS, {"terms": [term["id"] for term in many["terms"]]})
    assert await announced.next() == [{"project": str(garden)}]


async def test_each_change_of_an_operation_is_announced_by_itself(
    http: AsyncClient, garden: UUID, announced: Announced
) -> None:
    body = await answer(http, SEVERAL, input0=new(garden), input1=new(garden, title=""), input2=new(garden))

    made = [body["data"][name]["content"]["id"] for name in ("change0", "change2")]
    assert await announced.next() == [announcement(garden, "contents", id_) for id_ in made]
