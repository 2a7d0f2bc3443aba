"""Contents are asked for together: all of them, or none."""

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from httpx import AsyncClient
from logins import bearing
from mutating import (
    ARTICLE,
    NOWHERE,
    RECIPE,
    assert_archived,
    assert_bad_ids,
    assert_none_for_others,
    assert_refused,
    missing,
    mutation,
    payload_of,
    refused,
    rows,
    stored,
    user_error,
    wait_for_waiting,
)
from requesting import PLAIN, RENDERED, WRITE, component, job_of, jobs, make_studio, spend, wanted
from world import World, uuid_of

from gql_server.db.project_schema import ProjectSchema
from gql_server.schema.ids import IdKind, global_id, parse_id

SELECTION = """{
  generations { id status renderedPrompt prompt { name } promptComponent { name } objectModel { name } }
  userErrors { code message path }
}"""
GENERATE = mutation("generateContents", SELECTION)
BRIEFLY = mutation("generateContents", "{ generations { id } userErrors { code message path } }")
BAD_NUMBER = user_error("INVALID", "From 1 to 100 can be asked for at once.", "requests")
NOTHING: dict[str, Any] = {"generations": []}


@pytest.fixture
async def garden(world: World) -> UUID:
    return await make_studio(world)


def several(project_id: UUID, *requests: dict[str, Any], **values: Any) -> dict[str, Any]:
    return {"project": str(project_id), "requests": requests, **values}


def topics(count: int) -> list[dict[str, Any]]:
    return [wanted(variables={"topic": f"topic {number}"}) for number in range(count)]


def made_in(payload: Any) -> list[UUID]:
    return [parse_id(generation["id"]).id for generation in payload["generations"]]


async def test_contents_are_asked_for_in_order(http: AsyncClient, garden: UUID, connection: asyncpg.Connection) -> None:
    own = wanted(prompt=None, promptComponent=component(garden, "Own"))

    payload = await payload_of(http, GENERATE, several(garden, wanted(), own, wanted(objectModel=RECIPE), wanted()))

    ids = made_in(payload)
    shown = [{key: value for key, value in each.items() if key != "id"} for each in payload["generations"]]
    plain = {
        "status": "QUEUED",
        "renderedPrompt": RENDERED,
        "prompt": {"name": "Write"},
        "promptComponent": None,
        "objectModel": {"name": "Article"},
    }
    text = RENDERED.replace("Write 100 words about tuff and ROSES in a warm voice.", "Only tuff and ROSES.")
    adapted = {**plain, "renderedPrompt": text, "promptComponent": {"name": "Own"}}
    assert shown == [plain, adapted, {**plain, "objectModel": {"name": "Recipe"}}, plain]
    assert payload["userErrors"] == []
    assert len(set(ids)) == 4
    turns = await rows(connection, garden, "turn, id, status, sequence", "generations")
    assert turns == [(turn, id_, "queued", 1) for turn, id_ in enumerate(ids)]
    events = await rows(connection, garden, "generation_id, sequence, kind", "generation_events")
    assert events == [(id_, 1, "queued") for id_ in sorted(ids)]
    assert await jobs(connection) == [job_of(garden, id_, turn) for turn, id_ in enumerate(ids)]


async def test_a_hundred_at_once(http: AsyncClient, garden: UUID, connection: asyncpg.Connection) -> None:
    payload = await payload_of(http, GENERATE, several(garden, *topics(100)))

    assert payload["userErrors"] == []
    texts = [generation["renderedPrompt"].partition(" in a ")[0] for generation in payload["generations"]]
    assert texts == [f"Write 100 words about topic {number}" for number in range(100)]
    assert await jobs(connection) == [job_of(garden, id_, turn) for turn, id_ in enumerate(made_in(payload))]


async def test_as_many_statements_for_a_hundred_as_for_one(
    http: AsyncClient, garden: UUID, statements: list[str]
) -> None:
    counts: list[int] = []
    # The first makes connections, and what they have to know of types.
    for number in (1, 1, 2, 100):
        statements.clear()
        payload = await payload_of(http, GENERATE, several(garden, *topics(number)))
        assert payload["userErrors"] == []
        assert len(payload["generations"]) == number
        counts.append(len(statements))

    assert counts[1:] == [counts[1]] * 3
    assert counts[1] < 30


@pytest.mark.parametrize("count", [0, 101])
async def test_as_many_as_there_cannot_be(
    count: int, http: AsyncClient, garden: UUID, connection: asyncpg.Connection
) -> None:
    payload = await refused(http, connection, GENERATE, several(garden, *topics(count)))

    assert payload == {"generations": [], "userErrors": [BAD_NUMBER]}


async def test_none_is_asked_for_when_one_is_wrong(
    http: AsyncClient, garden: UUID, world: World, connection: asyncpg.Connection
) -> None:
    park = await world.project("Park", uuid_of("client", "Acme"))
    await world.prompt_component(park, "Theirs", None)
    theirs = wanted(prompt=None, promptComponent=component(park, "Theirs"))
    unknown = user_error("NOT_FOUND", "There is no language model 'gpt'. Known are: sample.", "requests", "1", "model")
    one = "Name a prompt or a prompt component, and not both."
    undefined = "Line 1, column 4: 'anything' is undefined."
    short = '"ab" is shorter than 3 characters.'
    piece = wanted(prompt=None, promptComponent=component(garden, "Piece"), variables={}, objectModel=ARTICLE)
    cases: list[tuple[dict[str, Any], list[dict[str, Any]]]] = [
        (several(NOWHERE, wanted()), [missing("project", "project")]),
        (several(garden, wanted(), wanted(model="gpt"), wanted()), [unknown]),
        (
            several(garden, *topics(3), theirs),
            [missing("prompt component", "requests", "3", "promptComponent")],
        ),
        (
            several(garden, *topics(99), wanted(variables={"topic": "ab"})),
            [user_error("INVALID", short, "requests", "99", "variables", "topic")],
        ),
        # Everything that is wrong is said at once.
        (
            several(
                garden,
                {"model": "sample"},
                wanted(variables={"topic": "ab", "more": 1}),
                wanted(),
                wanted(prompt=PLAIN),
                piece,
                wanted(prompt=global_id(IdKind.PROMPT, NOWHERE)),
                wanted(objectModel=global_id(IdKind.OBJECT_MODEL, NOWHERE)),
            ),
            [
                user_error("REQUIRED", one, "requests", "0", "prompt"),
                user_error("INVALID", short, "requests", "1", "variables", "topic"),
                user_error(
                    "INVALID",
                    "Additional properties are not allowed ('more' was unexpected).",
                    "requests",
                    "1",
                    "variables",
                ),
                user_error("REQUIRED", "The prompt names no object model: name one.", "requests", "3", "objectModel"),
                user_error("TEMPLATE_ERROR", undefined, "requests", "4", "promptComponent"),
                missing("prompt", "requests", "5", "prompt"),
                missing("object model", "requests", "6", "objectModel"),
            ],
        ),
    ]

    await assert_refused(http, connection, GENERATE, cases, NOTHING)


async def test_a_bad_id_is_a_bad_request(http: AsyncClient, garden: UUID, connection: asyncpg.Connection) -> None:
    own = component(garden, "Own")
    bad = [
        several(garden, wanted(), project=WRITE),
        several(garden, wanted(), wanted(prompt=own)),
        several(garden, wanted(prompt=None, promptComponent=WRITE)),
        several(garden, wanted(objectModel="x")),
    ]

    await assert_bad_ids(http, connection, GENERATE, bad)


async def test_an_archived_project_generates_nothing(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection
) -> None:
    await assert_archived(http, connection, GENERATE, garden, several(garden, *topics(2)), ["project"])


async def test_another_s_project_is_none(http: AsyncClient, garden: UUID, world: World) -> None:
    own = wanted(prompt=None, promptComponent=component(garden, "Own"))
    pairs = [(several(garden, one), several(NOWHERE, one)) for one in (wanted(), own)]

    await assert_none_for_others(http, world, GENERATE, [missing("project", "project")], *pairs)


async def test_a_client_generates_for_its_own(http: AsyncClient, garden: UUID, world: World) -> None:
    key = bearing(await world.key(uuid_of("client", "Acme")))

    payload = await payload_of(http, BRIEFLY, several(garden, *topics(2)), key)

    assert payload["userErrors"] == []
    assert await jobs(world.connection) == [job_of(garden, id_, turn) for turn, id_ in enumerate(made_in(payload))]


async def test_a_budget_that_is_spent(http: AsyncClient, garden: UUID, world: World) -> None:
    await spend(world, "own", "1", project_id=garden)
    await world.connection.execute("UPDATE public.projects SET monthly_budget = 1")

    payload = await refused(http, world.connection, GENERATE, several(garden, *topics(2)))

    message = "The project has spent 1 of its 1 US dollars for this month."
    assert payload == {"generations": [], "userErrors": [user_error("BUDGET_EXCEEDED", message, "project")]}


async def test_the_same_key_asks_once(http: AsyncClient, garden: UUID, connection: asyncpg.Connection) -> None:
    input_ = several(garden, *topics(3), idempotencyKey="1")
    first = await payload_of(http, GENERATE, input_)
    before = await stored(connection)

    again = await payload_of(http, GENERATE, input_)
    other = [
        await payload_of(http, GENERATE, several(garden, *requests, idempotencyKey="1"))
        for requests in (topics(2), topics(3)[::-1], [wanted(model="gpt")])
    ]

    assert again == first
    message = "This key came with another input before: it names one change."
    conflict = user_error("IDEMPOTENCY_CONFLICT", message, "idempotencyKey")
    assert other == [{"generations": [], "userErrors": [conflict]}] * 3
    assert await stored(connection) == before


async def test_a_repeat_is_answered_though_it_could_not_be_asked_for_any_more(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection
) -> None:
    input_ = several(garden, *topics(3), idempotencyKey="1")
    first = await payload_of(http, BRIEFLY, input_)
    await connection.execute("UPDATE public.prompts SET template = '{{ gone }}'")
    before = await stored(connection)

    assert await payload_of(http, BRIEFLY, input_) == first
    assert await stored(connection) == before


async def test_twins_at_the_same_time_ask_once(http: AsyncClient, garden: UUID, connection: asyncpg.Connection) -> None:
    # The first holds its key, and waits for the table; the second waits for the first.
    async with connection.transaction():
        await connection.execute(f"LOCK TABLE {ProjectSchema(garden).quoted}.generation_events")
        input_ = several(garden, *topics(2), idempotencyKey="1")
        twins = [asyncio.create_task(payload_of(http, BRIEFLY, input_)) for _ in range(2)]
        await wait_for_waiting(connection, 2)
    payloads = await asyncio.gather(*twins)

    assert payloads[0] == payloads[1]
    assert await jobs(connection) == [job_of(garden, id_, turn) for turn, id_ in enumerate(made_in(payloads[0]))]


async def test_what_fails_at_the_end_asks_for_nothing(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection
) -> None:
    await connection.execute("ALTER TABLE jobs.pgqueuer ADD CONSTRAINT full_up CHECK (priority > -2)")

    before = await stored(connection)
    response = await http.post("/graphql", json={"query": BRIEFLY, "variables": {"input": several(garden, *topics(3))}})

    assert response.json()["data"] == {"generateContents": None}
    assert await stored(connection) == before
