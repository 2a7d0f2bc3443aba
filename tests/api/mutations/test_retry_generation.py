"""What came to nothing is tried again in a generation of its own, with the same prompt."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

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
    break_project,
    missing,
    mutation,
    mutations,
    payload_of,
    refused,
    rows,
    stored,
    user_error,
    wait_for_waiting,
)
from requesting import RENDERED, Steps, component, enqueue, job_of, jobs, make_studio, new, runner_of, spend
from world import World, uuid_of

from gql_server.config import Config
from gql_server.db.database import Database
from gql_server.db.project_schema import ProjectSchema
from gql_server.schema.ids import IdKind, parse_id, project_row_id

ERRORS = "userErrors { code message path }"
SELECTION = f"""{{
  generation {{
    id status attempt model variables renderedPrompt promptVersion finishedAt error {{ code }} content {{ id }}
    prompt {{ name }} promptComponent {{ name }} objectModel {{ name }} retryOf {{ id status retryOf {{ id }} }}
  }}
  {ERRORS}
}}"""
RETRY = mutation("retryGeneration", SELECTION)
BRIEFLY = mutation("retryGeneration", f"{{ generation {{ id status retryOf {{ id }} }} {ERRORS} }}")
SEVERAL = mutations("retryGeneration", f"{{ generation {{ status }} {ERRORS} }}", 3)
GENERATE = mutation("generateContent", f"{{ generation {{ id }} {ERRORS} }}")
CANCEL = mutation("cancelGeneration", ERRORS.join("{}"))
READ = "query ($id: ID!) { generation(id: $id) { status content { title } } }"
COPIED = """
model, prompt_id, prompt_version, prompt_component_id, object_model_id, structure::text, variables::text, terms::text,
rendered_prompt
"""
FRESH = "turn, id, retry_of, status, attempt, lease, sequence, error_code, error_message, error_pointer, started_at"


@pytest.fixture
async def garden(world: World) -> UUID:
    return await make_studio(world)


def retrying(project_id: UUID, generation_id: UUID, **values: Any) -> dict[str, Any]:
    return {"generation": project_row_id(IdKind.GENERATION, project_id, generation_id), **values}


async def failed(database: Database, project_id: UUID, count: int = 1) -> list[UUID]:
    ids = await enqueue(database, project_id, count)
    for id_ in ids:
        steps = Steps.of(database, project_id, id_)
        await steps.start()
        await steps.fail()
    return ids


async def test_one_that_failed(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection, config: Config, database: Database
) -> None:
    own = new(garden, prompt=None, promptComponent=component(garden, "Own"))
    asked = (await payload_of(http, GENERATE, own))["generation"]["id"]
    id_ = parse_id(asked).id
    steps = Steps.of(database, garden, id_)
    await steps.start()
    await steps.fail()
    # Nothing of what is made of is as it was.
    await connection.execute("UPDATE public.prompts SET template = '{{ gone }}'")
    await connection.execute(f"UPDATE {ProjectSchema(garden).quoted}.vocabulary SET term = 'Other ' || term")

    payload = await payload_of(http, RETRY, retrying(garden, id_))

    again = parse_id(payload["generation"].pop("id")).id
    text = RENDERED.replace("Write 100 words about tuff and ROSES in a warm voice.", "Only tuff and ROSES.")
    assert payload == {
        "generation": {
            "status": "QUEUED",
            "attempt": 0,
            "model": "sample",
            "variables": {"topic": "tuff and ROSES"},
            "renderedPrompt": text,
            "promptVersion": 3,
            "finishedAt": None,
            "error": None,
            "content": None,
            "prompt": {"name": "Write"},
            "promptComponent": {"name": "Own"},
            "objectModel": {"name": "Article"},
            "retryOf": {"id": asked, "status": "FAILED", "retryOf": None},
        },
        "userErrors": [],
    }
    copied = await rows(connection, garden, COPIED, "generations")
    assert len(copied) == 2
    assert copied[0] == copied[1]
    by_id = {row[1]: row[2:] for row in await rows(connection, garden, FRESH, "generations")}
    assert by_id[again] == (id_, "queued", 0, None, 1, None, None, None, None)
    assert by_id[id_][:4] == (None, "failed", 1, None)
    # The job of the first waits for a worker that finds out that it has ended.
    assert await jobs(connection) == [job_of(garden, id_), job_of(garden, again)]
    events = f"SELECT sequence, kind, attempt FROM {ProjectSchema(garden).quoted}.generation_events"
    found = await connection.fetch(f"{events} WHERE generation_id = $1", again)
    assert [tuple(row) for row in found] == [(1, "queued", 0)]

    await runner_of(config, database).perform(garden, again)
    done = (await answer(http, READ, id=project_row_id(IdKind.GENERATION, garden, again)))["data"]["generation"]
    assert done["status"] == "SUCCEEDED"
    assert (await answer(http, READ, id=asked))["data"]["generation"] == {"status": "FAILED", "content": None}


async def test_one_that_was_cancelled_and_a_try_of_a_try(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection, database: Database
) -> None:
    [id_] = await enqueue(database, garden)
    chain = [id_]
    for _ in range(3):
        await payload_of(http, CANCEL, retrying(garden, chain[-1]))
        payload = await payload_of(http, BRIEFLY, retrying(garden, chain[-1]))
        assert payload["generation"]["retryOf"] == {"id": retrying(garden, chain[-1])["generation"]}
        chain.append(parse_id(payload["generation"]["id"]).id)

    assert len(set(chain)) == 4
    found = {row[0]: row[1:] for row in await rows(connection, garden, "id, retry_of, status", "generations")}
    assert found == {
        chain[0]: (None, "cancelled"),
        chain[1]: (chain[0], "cancelled"),
        chain[2]: (chain[1], "cancelled"),
        chain[3]: (chain[2], "queued"),
    }


async def test_as_often_as_it_is_asked_for(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection, database: Database
) -> None:
    [id_] = await failed(database, garden)

    payloads = [await payload_of(http, BRIEFLY, retrying(garden, id_)) for _ in range(2)]

    ids = [parse_id(payload["generation"]["id"]).id for payload in payloads]
    assert ids[0] != ids[1]
    assert await jobs(connection) == [job_of(garden, one, turn) for one, turn in ((id_, 0), (ids[0], 0), (ids[1], 1))]


@pytest.mark.parametrize(
    ("status", "doing"),
    [("queued", "has not ended yet"), ("running", "has not ended yet"), ("succeeded", "has succeeded")],
)
async def test_one_that_did_not_come_to_nothing(
    status: str, doing: str, http: AsyncClient, garden: UUID, connection: asyncpg.Connection, database: Database
) -> None:
    [id_] = await enqueue(database, garden)
    steps = Steps.of(database, garden, id_)
    if status != "queued":
        await steps.start()
    if status == "succeeded":
        await steps.succeed()

    payload = await refused(http, connection, RETRY, retrying(garden, id_))

    message = f"The generation {doing}: those that failed or were cancelled can be tried again."
    assert payload == {"generation": None, "userErrors": [user_error("CONFLICT", message, "generation")]}


async def test_a_language_model_that_is_gone(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection, database: Database
) -> None:
    [id_] = await failed(database, garden)
    await connection.execute(f"UPDATE {ProjectSchema(garden).quoted}.generations SET model = 'old'")

    payload = await refused(http, connection, RETRY, retrying(garden, id_))

    message = "There is no language model 'old' any more: ask for the content anew."
    assert payload == {"generation": None, "userErrors": [user_error("CONFLICT", message, "generation")]}


async def test_an_object_model_that_is_gone(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection, database: Database
) -> None:
    [id_] = await failed(database, garden)
    await connection.execute(f"UPDATE {ProjectSchema(garden).quoted}.generations SET object_model_id = $1", uuid4())

    payload = await refused(http, connection, RETRY, retrying(garden, id_))

    message = "The object model of this generation is gone: ask for the content anew."
    assert payload == {"generation": None, "userErrors": [user_error("CONFLICT", message, "generation")]}


async def test_an_object_model_that_has_changed(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection, database: Database
) -> None:
    [id_] = await failed(database, garden)
    await connection.execute('UPDATE public.object_models SET structure = \'{"required": ["title"]}\'')

    payload = await refused(http, connection, RETRY, retrying(garden, id_))

    message = "The object model of this generation has changed since: ask for the content anew."
    assert payload == {"generation": None, "userErrors": [user_error("CONFLICT", message, "generation")]}


async def test_a_budget_that_is_spent(http: AsyncClient, garden: UUID, world: World, database: Database) -> None:
    [id_] = await failed(database, garden)
    await spend(world, "own", "0.50", project_id=garden)
    await world.connection.execute("UPDATE public.clients SET monthly_budget = 0.5")

    payload = await refused(http, world.connection, RETRY, retrying(garden, id_))

    message = "The client has spent 0.50 of its 0.5 US dollars for this month."
    assert payload == {"generation": None, "userErrors": [user_error("BUDGET_EXCEEDED", message, "generation")]}


async def test_the_same_key_tries_once(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection, database: Database
) -> None:
    ids = await failed(database, garden, 2)
    first = await payload_of(http, BRIEFLY, retrying(garden, ids[0], idempotencyKey="1"))
    before = await stored(connection)

    again = await payload_of(http, BRIEFLY, retrying(garden, ids[0], idempotencyKey="1"))
    other = await payload_of(http, BRIEFLY, retrying(garden, ids[1], idempotencyKey="1"))

    assert again == first
    message = "This key came with another input before: it names one change."
    conflict = user_error("IDEMPOTENCY_CONFLICT", message, "idempotencyKey")
    assert other == {"generation": None, "userErrors": [conflict]}
    assert await stored(connection) == before


async def test_twins_at_the_same_time_try_once(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection, database: Database
) -> None:
    [id_] = await failed(database, garden)
    async with connection.transaction():
        await connection.execute(f"LOCK TABLE {ProjectSchema(garden).quoted}.generation_events")
        input_ = retrying(garden, id_, idempotencyKey="1")
        twins = [asyncio.create_task(payload_of(http, BRIEFLY, input_)) for _ in range(2)]
        await wait_for_waiting(connection, 2)
    payloads = await asyncio.gather(*twins)

    assert payloads[0] == payloads[1]
    assert payloads[0]["userErrors"] == []
    assert len(await jobs(connection)) == 2


async def test_one_that_is_none(http: AsyncClient, garden: UUID, world: World, database: Database) -> None:
    park = await world.project("Park", uuid_of("client", "Acme"))
    [id_] = await failed(database, garden)
    none = {"generation": None, "userErrors": [missing("generation", "generation")]}

    for named in (retrying(garden, NOWHERE), retrying(park, id_), retrying(NOWHERE, id_)):
        assert await refused(http, world.connection, RETRY, named) == none


async def test_a_bad_id_is_a_bad_request(http: AsyncClient, garden: UUID, connection: asyncpg.Connection) -> None:
    await assert_bad_ids(http, connection, RETRY, [{"generation": id_} for id_ in (ARTICLE, "x", "", str(garden))])


async def test_an_archived_project_is_not_changed(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection, database: Database
) -> None:
    [id_] = await failed(database, garden)

    await assert_archived(http, connection, RETRY, garden, retrying(garden, id_), ["generation"])


async def test_another_s_is_none(http: AsyncClient, garden: UUID, world: World, database: Database) -> None:
    [id_] = await failed(database, garden)
    pairs = (retrying(garden, id_), retrying(garden, NOWHERE)), (retrying(garden, id_), retrying(NOWHERE, id_))

    await assert_none_for_others(http, world, RETRY, [missing("generation", "generation")], *pairs)


async def test_a_client_tries_its_own_again(http: AsyncClient, garden: UUID, world: World, database: Database) -> None:
    [id_] = await failed(database, garden)
    key = bearing(await world.key(uuid_of("client", "Acme")))

    assert (await payload_of(http, BRIEFLY, retrying(garden, id_), key))["generation"]["status"] == "QUEUED"


@pytest.mark.parametrize("how", BREAKS)
async def test_a_broken_project_is_an_error_of_its_own(
    how: str, http: AsyncClient, garden: UUID, world: World, database: Database
) -> None:
    park = await world.project("Park", uuid_of("client", "Acme"))
    [broken], fine = await failed(database, garden), await failed(database, park, 2)
    await break_project(world.connection, how, garden, "generations", "structure")

    around = [retrying(park, id_) for id_ in fine]
    payloads = await assert_broken_alone(http, SEVERAL, garden, REASONS[how], retrying(garden, broken), around)

    assert [payload["generation"]["status"] for payload in payloads] == ["QUEUED", "QUEUED"]
