"""A content is asked for, and what is asked for is kept as it was then."""

import asyncio
import json
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from conftest import client_of, config_of
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
from requesting import (
    LONG_AGO,
    PLAIN,
    RENDERED,
    STRUCTURE,
    TERMS,
    VARIABLES,
    WRITE,
    component,
    job_of,
    jobs,
    make_studio,
    new,
    runner_of,
    spend,
)
from world import World, uuid_of

from gql_server.config import Config
from gql_server.db.database import Database
from gql_server.db.project_schema import ProjectSchema
from gql_server.llm.sample import sample_output
from gql_server.schema.ids import IdKind, global_id, parse_id

ERRORS = "userErrors { code message path }"
SELECTION = f"""{{
  generation {{
    id status attempt model variables renderedPrompt promptVersion createdAt startedAt finishedAt
    error {{ code message pointer }} project {{ name }} prompt {{ name }} promptComponent {{ name }}
    objectModel {{ name }} content {{ title }} retryOf {{ id }} usage {{ id }}
  }}
  {ERRORS}
}}"""
GENERATE = mutation("generateContent", SELECTION)
BRIEFLY = mutation("generateContent", f"{{ generation {{ id status content {{ title body }} }} {ERRORS} }}")
SEVERAL = mutations("generateContent", f"{{ generation {{ id status }} {ERRORS} }}", 3)
PREVIEW = "query ($input: PreviewPromptInput!) { previewPrompt(input: $input) { renderedPrompt } }"
READ = """
query ($id: ID!) {
  generation(id: $id) { status renderedPrompt promptVersion content { title body metadata objectModel { name } } }
}
"""
COLUMNS = """
id, status, attempt, lease, model, prompt_id, prompt_version, prompt_component_id, object_model_id, structure::text,
variables::text, terms::text, rendered_prompt, retry_of, turn, sequence, error_code, error_message, error_pointer,
started_at, finished_at, created_at
"""
EVENTS = "generation_id, sequence, kind, attempt, text"
ONE_SOURCE = user_error("REQUIRED", "Name a prompt or a prompt component, and not both.", "prompt")
NOT_USABLE = user_error(
    "INVALID",
    "The structure of this object model is no JSON Schema that answers can be checked against.",
    "objectModel",
)
NO_OBJECT_MODEL = user_error("REQUIRED", "The prompt names no object model: name one.", "objectModel")
NEGATIVE_WAIT = user_error("INVALID", "The time to wait cannot be negative.", "waitSeconds")
BROKEN = global_id(IdKind.OBJECT_MODEL, uuid_of("object_model", "Broken"))
NOTHING = {"generation": None}


@pytest.fixture
async def garden(world: World) -> UUID:
    return await make_studio(world)


def wrong_variables(message: str, *path: str) -> dict[str, Any]:
    return user_error("INVALID", message, "variables", *path)


async def ids(connection: asyncpg.Connection, project_id: UUID) -> list[UUID]:
    return [id_ for (id_,) in await rows(connection, project_id, "id", "generations")]


async def until_asked_for(connection: asyncpg.Connection, project_id: UUID) -> UUID:
    async with asyncio.timeout(20):
        while True:
            found = await ids(connection, project_id)
            if found:
                return found[0]
            await asyncio.sleep(0.01)


async def test_a_content_is_asked_for(http: AsyncClient, garden: UUID, connection: asyncpg.Connection) -> None:
    payload = await payload_of(http, GENERATE, new(garden))

    [(id_, *row, created_at)] = await rows(connection, garden, COLUMNS, "generations")
    prompt, model = uuid_of("prompt", "Write"), uuid_of("object_model", "Article")
    structure, variables, terms = [json.loads(row.pop(8)) for _ in range(3)]
    assert (structure, variables, terms) == (STRUCTURE, VARIABLES, TERMS)
    asked = ["sample", prompt, 3, None, model, RENDERED, None, 0, 1]
    assert row == ["queued", 0, None, *asked, None, None, None, None, None]
    assert await rows(connection, garden, EVENTS, "generation_events") == [(id_, 1, "queued", 0, None)]
    assert await jobs(connection) == [job_of(garden, id_)]
    assert parse_id(payload["generation"].pop("id")) == (IdKind.GENERATION, garden, id_)
    assert payload == {
        "generation": {
            "status": "QUEUED",
            "attempt": 0,
            "model": "sample",
            "variables": VARIABLES,
            "renderedPrompt": RENDERED,
            "promptVersion": 3,
            "createdAt": created_at.isoformat(),
            "startedAt": None,
            "finishedAt": None,
            "error": None,
            "project": {"name": "Garden"},
            "prompt": {"name": "Write"},
            "promptComponent": None,
            "objectModel": {"name": "Article"},
            "content": None,
            "retryOf": None,
            "usage": [],
        },
        "userErrors": [],
    }


async def test_a_project_s_own_prompt_with_the_prompt_that_it_adapts(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection
) -> None:
    own = {"prompt": None, "promptComponent": component(garden, "Own"), "objectModel": RECIPE}

    generation = (await payload_of(http, GENERATE, new(garden, **own)))["generation"]

    assert (generation["prompt"], generation["promptVersion"]) == ({"name": "Write"}, 3)
    assert (generation["promptComponent"], generation["objectModel"]) == ({"name": "Own"}, {"name": "Recipe"})
    assert generation["renderedPrompt"].startswith("Only tuff and ROSES.\n\nUse these terms")
    columns = "prompt_id, prompt_version, prompt_component_id, object_model_id, structure::text"
    assert await rows(connection, garden, columns, "generations") == [
        (
            uuid_of("prompt", "Write"),
            3,
            uuid_of(garden, "prompt_component", "Own"),
            uuid_of("object_model", "Recipe"),
            '{"type": "object"}',
        )
    ]


async def test_a_piece_of_the_project_s_own(http: AsyncClient, garden: UUID, connection: asyncpg.Connection) -> None:
    piece = {"promptComponent": component(garden, "Piece"), "variables": {"anything": "x"}, "objectModel": ARTICLE}

    generation = (await payload_of(http, GENERATE, new(garden, prompt=None, **piece)))["generation"]

    assert (generation["prompt"], generation["promptVersion"]) == (None, None)
    columns = "prompt_id, prompt_version, prompt_component_id"
    assert await rows(connection, garden, columns, "generations") == [
        (None, None, uuid_of(garden, "prompt_component", "Piece"))
    ]


async def test_what_is_left_out(http: AsyncClient, garden: UUID, connection: asyncpg.Connection) -> None:
    none = {"promptComponent": None, "variables": None, "idempotencyKey": None}

    payload = await payload_of(http, GENERATE, new(garden, prompt=PLAIN, objectModel=ARTICLE, **none))

    assert payload["userErrors"] == []
    assert (payload["generation"]["variables"], payload["generation"]["renderedPrompt"][:9]) == ({}, "Anything.")
    assert await rows(connection, garden, "variables::text", "generations") == [("{}",)]


async def test_what_is_asked_for_is_what_a_preview_shows(http: AsyncClient, garden: UUID) -> None:
    for source in ({"prompt": WRITE}, {"prompt": None, "promptComponent": component(garden, "Own")}):
        input_ = {"project": str(garden), "variables": {"topic": "aphid", "words": 7}, **source}
        preview = (await answer(http, PREVIEW, input=input_))["data"]["previewPrompt"]

        payload = await payload_of(http, GENERATE, {**input_, "model": "sample"})

        assert payload["generation"]["renderedPrompt"] == preview["renderedPrompt"]


async def test_nothing_that_is_changed_later_changes_what_was_asked_for(
    http: AsyncClient, garden: UUID, world: World, config: Config, database: Database
) -> None:
    id_ = (await payload_of(http, BRIEFLY, new(garden)))["generation"]["id"]
    await world.connection.execute(
        "UPDATE public.prompts SET template = 'Other.', parameters = NULL, version = 9, object_model_id = NULL"
    )
    await world.connection.execute("UPDATE public.object_models SET structure = $1", '{"required": ["other"]}')
    schema = ProjectSchema(garden).quoted
    await world.connection.execute(f"UPDATE {schema}.vocabulary SET term = 'Other ' || term, definition = 'x'")
    await world.connection.execute(f"DELETE FROM {schema}.metadata; DELETE FROM {schema}.prompt_components")

    assert await runner_of(config, database).perform(garden, parse_id(id_).id) is None

    made = sample_output(STRUCTURE, seed=RENDERED, variables=VARIABLES, terms=TERMS)
    content = {"title": made["title"], "body": made["body"], "metadata": {"words": made["words"]}}
    assert (await answer(http, READ, id=id_))["data"]["generation"] == {
        "status": "SUCCEEDED",
        "renderedPrompt": RENDERED,
        "promptVersion": 3,
        "content": {**content, "objectModel": {"name": "Article"}},
    }


async def test_what_cannot_be_generated(
    http: AsyncClient, garden: UUID, world: World, connection: asyncpg.Connection
) -> None:
    park = await world.project("Park", uuid_of("client", "Acme"))
    await world.prompt_component(park, "Theirs", None)
    none = {"prompt": global_id(IdKind.PROMPT, NOWHERE)}
    of_component: dict[str, Any] = {"prompt": None, "variables": {}, "objectModel": ARTICLE}
    key = user_error("INVALID", "A key has 1 to 255 characters.", "idempotencyKey")
    no_component = [missing("prompt component", "promptComponent")]
    undefined = user_error("TEMPLATE_ERROR", "Line 1, column 4: 'anything' is undefined.", "promptComponent")
    unknown = user_error("NOT_FOUND", "There is no language model 'gpt'. Known are: sample.", "model")
    unnamed = "Name a language model: neither the project nor the server does. Known are: sample."
    cases: list[tuple[dict[str, Any], list[dict[str, Any]]]] = [
        ({"project": str(NOWHERE)}, [missing("project", "project")]),
        ({"prompt": None}, [ONE_SOURCE]),
        ({"promptComponent": component(garden, "Own")}, [ONE_SOURCE]),
        (none, [missing("prompt", "prompt")]),
        ({**of_component, "promptComponent": component(garden, "none")}, no_component),
        ({**of_component, "promptComponent": component(park, "Theirs")}, no_component),
        ({**of_component, "promptComponent": component(park, "Own")}, no_component),
        ({**of_component, "promptComponent": component(garden, "Piece")}, [undefined]),
        ({"variables": None}, [wrong_variables('"topic" is a required property.')]),
        ({"variables": []}, [wrong_variables("Variables are a JSON object.")]),
        ({"variables": "x"}, [wrong_variables("Variables are a JSON object.")]),
        ({"variables": {"topic": "ab"}}, [wrong_variables('"ab" is shorter than 3 characters.', "topic")]),
        (
            {"variables": {"topic": 1, "words": "x"}},
            [
                wrong_variables('1 is not of type "string".', "topic"),
                wrong_variables('"x" is not of type "integer".', "words"),
            ],
        ),
        ({"objectModel": global_id(IdKind.OBJECT_MODEL, NOWHERE)}, [missing("object model", "objectModel")]),
        ({"objectModel": BROKEN}, [NOT_USABLE]),
        ({"prompt": PLAIN}, [NO_OBJECT_MODEL]),
        ({"model": "gpt"}, [unknown]),
        ({"model": "x" * 300}, [user_error("NOT_FOUND", unknown["message"].replace("gpt", "x" * 300), "model")]),
        ({"model": None}, [user_error("REQUIRED", unnamed, "model")]),
        ({"model": ""}, [user_error("REQUIRED", unnamed, "model")]),
        ({"waitSeconds": -1}, [NEGATIVE_WAIT]),
        ({"waitSeconds": -(2**31)}, [NEGATIVE_WAIT]),
        ({"idempotencyKey": ""}, [key]),
    ]

    await assert_refused(
        http, connection, GENERATE, [(new(garden, **values), errors) for values, errors in cases], NOTHING
    )


async def test_a_bad_id_is_a_bad_request(http: AsyncClient, garden: UUID, connection: asyncpg.Connection) -> None:
    own = component(garden, "Own")
    bad = [
        {"project": ARTICLE},
        {"project": "prj_x"},
        {"prompt": own},
        {"prompt": str(uuid_of("prompt", "Write"))},
        {"prompt": None, "promptComponent": WRITE},
        {"objectModel": WRITE},
        {"objectModel": "x"},
    ]

    await assert_bad_ids(http, connection, GENERATE, [new(garden, **values) for values in bad])


async def test_json_that_cannot_be_stored_is_a_bad_request(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection
) -> None:
    for topic in ("a\0b", "\ud800"):
        body = await answer(http, GENERATE, input=new(garden, variables={"topic": topic}))
        assert body.get("data") is None
        assert [error["extensions"] for error in body["errors"]] == [{"code": "BAD_REQUEST"}]
    assert await ids(connection, garden) == []


@pytest.mark.parametrize("adopted", ["true", "[]", '{"type": "nope"}', '{"$ref": "http://127.0.0.1/"}'])
async def test_an_adopted_object_model_that_is_not_usable(
    adopted: str, http: AsyncClient, garden: UUID, connection: asyncpg.Connection
) -> None:
    await connection.execute("UPDATE public.object_models SET structure = $1", adopted)

    payload = await refused(http, connection, GENERATE, new(garden))

    assert payload == {"generation": None, "userErrors": [NOT_USABLE]}


@pytest.mark.parametrize(
    ("settings", "default", "given", "model"),
    [
        ({"model": "sample"}, None, None, "sample"),
        (None, "sample", None, "sample"),
        ({"model": 1}, "sample", None, "sample"),
        ({"model": None}, "sample", None, "sample"),
        ({"model": "gpt"}, "sample", "sample", "sample"),
        ({"model": "gpt"}, "sample", None, ", which the project's settings name"),
        ({"model": "gpt"}, None, "gpt", ""),
    ],
    ids=range(7),
)
async def test_which_language_model_is_asked(
    settings: dict[str, Any] | None,
    default: str | None,
    given: str | None,
    model: str,
    garden: UUID,
    dsn: str,
    database: Database,
    connection: asyncpg.Connection,
) -> None:
    encoded = None if settings is None else json.dumps(settings)
    await connection.execute("UPDATE public.projects SET settings = $1", encoded)
    async with client_of(config_of(dsn, default_model=default), database) as http:
        payload = await payload_of(http, GENERATE, new(garden, model=given))

    if model == "sample":
        assert (payload["generation"]["model"], payload["userErrors"]) == ("sample", [])
        assert [job[0] for job in await jobs(connection)] == ["sample"]
    else:
        message = f"There is no language model 'gpt'{model}. Known are: sample."
        assert payload == {"generation": None, "userErrors": [user_error("NOT_FOUND", message, "model")]}
        assert await jobs(connection) == []


async def test_an_archived_project_generates_nothing(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection
) -> None:
    await assert_archived(http, connection, GENERATE, garden, new(garden), ["project"])


async def test_another_s_project_is_none(http: AsyncClient, garden: UUID, world: World) -> None:
    own = {"prompt": None, "promptComponent": component(garden, "Own")}
    pairs = [(new(garden, **values), new(NOWHERE, **values)) for values in ({}, own, {"model": "gpt"})]

    await assert_none_for_others(http, world, GENERATE, [missing("project", "project")], *pairs)
    assert await jobs(world.connection) == []


async def test_another_s_prompt_component_is_none(http: AsyncClient, garden: UUID, world: World) -> None:
    beacon = await world.client("Beacon")
    beach = await world.project("Beach", beacon)
    theirs = {"prompt": None, "promptComponent": component(garden, "Own")}

    payload = await payload_of(http, GENERATE, new(beach, **theirs), bearing(await world.key(beacon)))

    assert payload == {"generation": None, "userErrors": [missing("prompt component", "promptComponent")]}


async def test_a_client_generates_for_its_own(http: AsyncClient, garden: UUID, world: World) -> None:
    key = bearing(await world.key(uuid_of("client", "Acme")))

    payload = await payload_of(http, GENERATE, new(garden, project=global_id(IdKind.PROJECT, garden)), key)

    [id_] = await ids(world.connection, garden)
    assert (payload["userErrors"], payload["generation"]["status"]) == ([], "QUEUED")
    assert await jobs(world.connection) == [job_of(garden, id_)]


@pytest.mark.parametrize("how", BREAKS)
async def test_a_broken_project_is_an_error_of_its_own(how: str, http: AsyncClient, garden: UUID, world: World) -> None:
    park = await world.project("Park", uuid_of("client", "Acme"))
    await world.metadata(park, "tone", {"voice": "warm"})
    await break_project(world.connection, how, garden, "generations", "lease" if "column" in how else "id")
    if "column" in how:
        await break_project(world.connection, how, garden, "generations", "turn")

    around = await assert_broken_alone(http, SEVERAL, garden, REASONS[how], new(garden), [new(park), new(park)])

    assert [payload["generation"]["status"] for payload in around] == ["QUEUED", "QUEUED"]
    assert len(await jobs(world.connection)) == 2


@pytest.mark.parametrize(
    ("budgets", "message"),
    [
        ({"projects": "2.5"}, "The project has spent 2.50 of its 2.5 US dollars for this month."),
        ({"projects": "2.49"}, "The project has spent 2.50 of its 2.49 US dollars for this month."),
        ({"projects": "0"}, "The project has spent 2.50 of its 0 US dollars for this month."),
        # Another project's and a deleted one's count with the client's.
        ({"clients": "10.75"}, "The client has spent 10.75 of its 10.75 US dollars for this month."),
        ({"projects": "2.51", "clients": "1"}, "The client has spent 10.75 of its 1 US dollars for this month."),
        ({"projects": "1", "clients": "1"}, "The project has spent 2.50 of its 1 US dollars for this month."),
        ({"projects": "2.51"}, None),
        ({"clients": "10.76"}, None),
        ({}, None),
    ],
    ids=range(9),
)
async def test_a_budget_that_is_spent(
    budgets: dict[str, str], message: str | None, http: AsyncClient, garden: UUID, world: World
) -> None:
    acme, connection = uuid_of("client", "Acme"), world.connection
    park, lake = await world.project("Park", acme), await world.project("Lake", acme)
    beach = await world.project("Beach", await world.client("Beacon"))
    for path, cost, project_id in (
        ("own", "1.25", garden),
        ("own again", "1.25", garden),
        ("park", "4.00", park),
        ("lake", "4.25", lake),
        ("beach", "1000", beach),
        ("nobody's", "1000", None),
    ):
        await spend(world, path, cost, project_id=project_id)
    await spend(world, "long ago", "1000", project_id=garden, created_at=LONG_AGO)
    await world.llm_usage("unpriced", project_id=garden, cost=None)
    deletion = mutation("deleteProject", "{ deletedId }")
    await payload_of(http, deletion, {"project": str(lake), "confirmName": "Lake"})
    for table, budget in budgets.items():
        column = "id" if table == "projects" else "name"
        which = garden if table == "projects" else "Acme"
        sql = f"UPDATE public.{table} SET monthly_budget = $1 WHERE {column} = $2"
        await connection.execute(sql, Decimal(budget), which)

    headers = bearing(await world.key(acme))
    before = await stored(connection)
    payload = await payload_of(http, GENERATE, new(garden), headers)

    if message is None:
        assert (payload["generation"]["status"], payload["userErrors"]) == ("QUEUED", [])
    else:
        error = user_error("BUDGET_EXCEEDED", message, "project")
        assert payload == {"generation": None, "userErrors": [error]}
        after = await stored(connection)
        assert {name for name in after if after[name] != before[name]} <= {"public.clients"}


async def test_the_same_key_asks_once(http: AsyncClient, garden: UUID, connection: asyncpg.Connection) -> None:
    first = await payload_of(http, GENERATE, new(garden, idempotencyKey="1"))
    before = await stored(connection)

    again = await payload_of(http, GENERATE, new(garden, idempotencyKey="1"))
    other = [
        await payload_of(http, GENERATE, new(garden, idempotencyKey="1", **values))
        for values in ({"variables": {"topic": "moss"}}, {"objectModel": RECIPE})
    ]
    longer = await payload_of(http, GENERATE, new(garden, idempotencyKey="1", waitSeconds=1))

    assert again == first
    # It is the same generation, however long it is waited for.
    assert longer == first
    message = "This key came with another input before: it names one change."
    conflict = user_error("IDEMPOTENCY_CONFLICT", message, "idempotencyKey")
    assert other == [{"generation": None, "userErrors": [conflict]}] * 2
    assert await stored(connection) == before
    [id_] = await ids(connection, garden)
    assert await jobs(connection) == [job_of(garden, id_)]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE public.prompts SET template = '{{ gone }}'",
        'UPDATE public.prompts SET parameters = \'{"required": ["other"]}\'',
        "UPDATE public.object_models SET structure = '[]'",
        "DELETE FROM public.prompts",
        "UPDATE public.projects SET status = 'archived'",
        "UPDATE public.projects SET monthly_budget = 0",
    ],
    ids=range(6),
)
async def test_what_was_asked_for_is_answered_though_it_could_not_be_any_more(
    change: str, http: AsyncClient, garden: UUID, connection: asyncpg.Connection
) -> None:
    input_ = new(garden, idempotencyKey="1")
    first = await payload_of(http, BRIEFLY, input_)
    await connection.execute(f"DELETE FROM {ProjectSchema(garden).quoted}.prompt_components")
    await connection.execute(change)
    before = await stored(connection)

    assert await payload_of(http, BRIEFLY, input_) == first
    assert await stored(connection) == before


async def test_twins_at_the_same_time_ask_once(http: AsyncClient, garden: UUID, connection: asyncpg.Connection) -> None:
    # The first holds its key, and waits for the table; the second waits for the first.
    async with connection.transaction():
        await connection.execute(f"LOCK TABLE {ProjectSchema(garden).quoted}.generation_events")
        input_ = new(garden, idempotencyKey="1")
        twins = [asyncio.create_task(payload_of(http, BRIEFLY, input_)) for _ in range(2)]
        await wait_for_waiting(connection, 2)
    payloads = await asyncio.gather(*twins)

    assert payloads[0] == payloads[1]
    [id_] = await ids(connection, garden)
    assert parse_id(payloads[0]["generation"]["id"]).id == id_
    assert await jobs(connection) == [job_of(garden, id_)]


async def test_who_waits_is_answered_with_the_content(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection, config: Config, database: Database
) -> None:
    asking = asyncio.create_task(payload_of(http, BRIEFLY, new(garden, waitSeconds=600)))
    id_ = await until_asked_for(connection, garden)

    await runner_of(config, database).perform(garden, id_)
    payload = await asking

    made = sample_output(STRUCTURE, seed=RENDERED, variables=VARIABLES, terms=TERMS)
    assert payload["userErrors"] == []
    assert payload["generation"]["status"] == "SUCCEEDED"
    assert payload["generation"]["content"] == {"title": made["title"], "body": made["body"]}


async def test_who_waits_too_short_is_answered_with_what_goes_on(http: AsyncClient, garden: UUID) -> None:
    payload = await payload_of(http, BRIEFLY, new(garden, waitSeconds=1))

    assert payload["userErrors"] == []
    assert (payload["generation"]["status"], payload["generation"]["content"]) == ("QUEUED", None)


async def test_nobody_waits_longer_than_an_operation_may_take(dsn: str, garden: UUID, database: Database) -> None:
    async with client_of(config_of(dsn, operation_timeout_seconds=5), database) as http:
        payload = await payload_of(http, BRIEFLY, new(garden, waitSeconds=2**31 - 1))

    assert payload["userErrors"] == []
    assert (payload["generation"]["status"], payload["generation"]["content"]) == ("QUEUED", None)


async def test_who_waits_for_what_was_asked_for_before_gets_its_content(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection, config: Config, database: Database
) -> None:
    input_ = new(garden, waitSeconds=1, idempotencyKey="1")
    first = await payload_of(http, BRIEFLY, input_)
    await runner_of(config, database).perform(garden, (await ids(connection, garden))[0])

    again = await payload_of(http, BRIEFLY, input_)

    assert (first["generation"]["status"], again["generation"]["status"]) == ("QUEUED", "SUCCEEDED")
    assert again["generation"]["id"] == first["generation"]["id"]


async def test_who_cannot_hear_of_changes_is_answered_all_the_same(
    dsn: str, garden: UUID, database: Database, connection: asyncpg.Connection
) -> None:
    deaf = config_of(dsn, listen_database_url="postgresql://postgres@127.0.0.1:1/none", connect_timeout_seconds=0.5)
    async with client_of(deaf, database) as http:
        payload = await payload_of(http, BRIEFLY, new(garden, waitSeconds=1))

    [id_] = await ids(connection, garden)
    assert payload["userErrors"] == []
    assert parse_id(payload["generation"]["id"]).id == id_


async def test_who_waits_for_a_project_that_is_deleted_is_answered(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection
) -> None:
    # Changes are listened to from here on.
    await payload_of(http, BRIEFLY, new(garden, waitSeconds=1))
    asking = asyncio.create_task(answer(http, BRIEFLY, input=new(garden, waitSeconds=600)))
    while len(await ids(connection, garden)) < 2:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.5)
    deletion = mutation("deleteProject", "{ deletedId }")
    begun = asyncio.get_running_loop().time()
    await payload_of(http, deletion, {"project": str(garden), "confirmName": "Garden"})

    body = await asking

    assert body["data"]["generateContent"] == {"generation": None, "userErrors": []}
    assert asyncio.get_running_loop().time() - begun < 20


async def test_each_of_an_operation_is_asked_for_by_itself(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection
) -> None:
    inputs = {"input0": new(garden), "input1": new(garden, model="gpt"), "input2": new(garden)}

    data = (await answer(http, SEVERAL, **inputs))["data"]

    assert [data[name]["generation"] is None for name in data] == [False, True, False]
    made = [parse_id(data[name]["generation"]["id"]).id for name in ("change0", "change2")]
    assert sorted(await ids(connection, garden)) == sorted(made)
    # The second waits behind the first.
    assert await jobs(connection) == [job_of(garden, id_, turn) for turn, id_ in enumerate(made)]
