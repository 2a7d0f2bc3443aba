"""Generations, what came of them and what they cost can be read by those whose they are."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from conftest import client_of, config_of
from httpx import AsyncClient
from logins import bearing
from mutating import answer
from requesting import RENDERED, STRUCTURE, TERMS, VARIABLES, Steps, enqueue, make_studio, runner_of
from world import START, GraphQL, World, moment, uuid_of

from gql_server.config import Config
from gql_server.db.database import Database
from gql_server.db.project_schema import ProjectSchema
from gql_server.llm.exchange import Answer, OnText, Question, TokenUsage
from gql_server.llm.sample import sample_output
from gql_server.schema.ids import IdKind, global_id, project_row_id

GENERATION = """
fragment generation on Generation {
  __typename id status attempt model variables renderedPrompt promptVersion createdAt startedAt finishedAt
  error { code message pointer }
  project { name } prompt { name } promptComponent { name } objectModel { name }
  content { id title generation { id } } retryOf { id }
  usage { id model status tokensIn tokensOut cost isEstimated details finishedAt generation { id } }
}
"""
READ = f"query ($id: ID!) {{ generation(id: $id) {{ ...generation }} node(id: $id) {{ ...generation }} }} {GENERATION}"
BRIEFLY = "query ($id: ID!) { generation(id: $id) { status } node(id: $id) { id } }"
LIST = """
query ($project: ID!, $where: GenerationFilter, $orderBy: [GenerationOrder!], $first: Int, $after: String) {
  project(id: $project) {
    generations(where: $where, orderBy: $orderBy, first: $first, after: $after) {
      totalCount nodes { model } edges { cursor } pageInfo { hasNextPage }
    }
  }
}
"""
USAGE_OF = """
query ($id: ID!) { node(id: $id) { ... on LlmUsage {
  model status tokensIn tokensOut cost isEstimated details createdAt finishedAt projectName
  generation { id } project { name } prompt { name }
} } }
"""
CALLS = """
query ($where: UsageFilter) {
  llmUsage(where: $where) { nodes { id status } }
  usage(groupBy: [], where: $where) { calls }
}
"""
SUMS = "{ usage(groupBy: []) { calls tokensIn tokensOut cost unpricedCalls } }"
MODELS = "{ models { name isDefault } }"

GARDEN = global_id(IdKind.PROJECT, uuid_of("project", "Garden"))


@pytest.fixture
async def garden(world: World) -> UUID:
    return await make_studio(world)


def id_of(project_id: UUID, generation_id: UUID) -> str:
    return project_row_id(IdKind.GENERATION, project_id, generation_id)


async def made_of(world: World, project_id: UUID, label: str, **values: Any) -> str:
    """One that has succeeded, by its global id."""
    id_ = await world.generation(project_id, label, uuid_of("object_model", "Article"), **values)
    return id_of(project_id, id_)


class Clumsy:
    """Answers wrongly at first, and says what it used."""

    def __init__(self) -> None:
        self.answers = [("Sure!", TokenUsage(1000, 2, {"cache_read_tokens": 7})), ('{"title": "Oak"}', None)]

    async def answer(self, question: Question, on_text: OnText) -> Answer:
        text, usage = self.answers.pop(0) if self.answers else ('{"title": "Oak", "body": "x", "words": 3}', None)
        await on_text(text)
        return Answer(text, usage or TokenUsage(10 + len(question.rejected), 5, {}, is_estimated=True))


async def test_all_of_one(garden: UUID, world: World, data: GraphQL, connection: asyncpg.Connection) -> None:
    first = await made_of(world, garden, "First")
    component = uuid_of(garden, "prompt_component", "Own")
    id_ = await made_of(
        world,
        garden,
        "Second",
        status="failed",
        attempt=2,
        model="large",
        prompt_id=uuid_of("prompt", "Write"),
        prompt_version=7,
        prompt_component_id=component,
        variables={"b": [1, None], "a": 12345678901234567890},
        rendered_prompt="Write.\n\u2028🌳",
        retry_of=uuid_of(garden, "generation", "First"),
        error_code="VALIDATION_FAILED",
        error_message="It is wrong.",
        error_pointer="/a~1b",
        created_at=moment(1),
        started_at=moment(2),
        finished_at=moment(3),
    )
    usage = await world.llm_usage(
        "call",
        project_id=garden,
        generation_id=uuid_of(garden, "generation", "Second"),
        status="invalid",
        is_estimated=True,
        details={"cache_read_tokens": 5},
        cost=None,
        finished_at=moment(3),
    )

    answer = await data(READ, id=id_)

    assert answer["generation"] == answer["node"]
    assert answer["node"] == {
        "__typename": "Generation",
        "id": id_,
        "status": "FAILED",
        "attempt": 2,
        "model": "large",
        "variables": {"a": 12345678901234567890, "b": [1, None]},
        "renderedPrompt": "Write.\n\u2028🌳",
        "promptVersion": 7,
        "createdAt": moment(1).isoformat(),
        "startedAt": moment(2).isoformat(),
        "finishedAt": moment(3).isoformat(),
        "error": {"code": "VALIDATION_FAILED", "message": "It is wrong.", "pointer": "/a~1b"},
        "project": {"name": "Garden"},
        "prompt": {"name": "Write"},
        "promptComponent": {"name": "Own"},
        "objectModel": {"name": "Article"},
        "content": None,
        "retryOf": {"id": first},
        "usage": [
            {
                "id": global_id(IdKind.LLM_USAGE, usage),
                "model": "sample",
                "status": "INVALID",
                "tokensIn": 100,
                "tokensOut": 10,
                "cost": None,
                "isEstimated": True,
                "details": {"cache_read_tokens": 5},
                "finishedAt": moment(3).isoformat(),
                "generation": {"id": id_},
            }
        ],
    }


async def test_what_a_worker_has_done(
    garden: UUID, data: GraphQL, config: Config, database: Database, connection: asyncpg.Connection
) -> None:
    [id_] = await enqueue(database, garden)

    await runner_of(config, database, Clumsy()).perform(garden, id_)

    [content] = await connection.fetch(f"SELECT * FROM {ProjectSchema(garden).quoted}.contents")
    [started] = await connection.fetch(f"SELECT * FROM {ProjectSchema(garden).quoted}.generations")
    assert (content["title"], content["body"], json.loads(content["metadata"])) == ("Oak", "x", {"words": 3})
    assert content["generation_id"] == id_
    read = (await data(READ, id=id_of(garden, id_)))["generation"]
    usage = read.pop("usage")
    content_id = project_row_id(IdKind.CONTENT, garden, content["id"])
    assert read["content"] == {"id": content_id, "title": "Oak", "generation": {"id": id_of(garden, id_)}}
    assert (read["status"], read["attempt"], read["error"]) == ("SUCCEEDED", 1, None)
    assert read["startedAt"] == started["started_at"].isoformat()
    assert read["finishedAt"] == started["finished_at"].isoformat()
    shown = [
        (each["status"], each["tokensIn"], each["tokensOut"], each["cost"], each["isEstimated"], each["details"])
        for each in usage
    ]
    assert shown == [
        ("INVALID", 1000, 2, "0", False, {"cache_read_tokens": 7}),
        ("INVALID", 11, 5, "0", True, None),
        ("SUCCEEDED", 12, 5, "0", True, None),
    ]
    assert {each["generation"]["id"] for each in usage} == {id_of(garden, id_)}


async def test_what_the_sample_model_makes_of_a_prompt(
    garden: UUID, http: AsyncClient, data: GraphQL, config: Config, database: Database
) -> None:
    generate = """
    mutation ($input: GenerateContentInput!) { generateContent(input: $input) { generation { id } } }
    """
    write = global_id(IdKind.PROMPT, uuid_of("prompt", "Write"))
    input_ = {"project": GARDEN, "prompt": write, "variables": VARIABLES, "model": "sample"}
    made = (await data(generate, input=input_))["generateContent"]["generation"]["id"]
    rows = f"SELECT id FROM {ProjectSchema(garden).quoted}.generations"
    async with database.transaction() as transaction:
        [[id_]] = await transaction.fetch(rows)  # pyright: ignore[reportArgumentType]

    await runner_of(config, database).perform(garden, id_)

    read = (await data(READ, id=made))["generation"]
    expected = sample_output(STRUCTURE, seed=RENDERED, variables=VARIABLES, terms=TERMS)
    assert (read["status"], read["content"]["title"]) == ("SUCCEEDED", expected["title"])
    assert [each["status"] for each in read["usage"]] == ["SUCCEEDED"]


async def test_what_is_gone_is_null(garden: UUID, world: World, graphql: GraphQL) -> None:
    id_ = await made_of(
        world,
        garden,
        "One",
        prompt_id=uuid_of("none"),
        prompt_component_id=uuid_of("none"),
        retry_of=uuid_of("none"),
    )
    lost = await world.generation(garden, "Lost", uuid_of("no object model"))

    one = await graphql(READ, id=id_)
    other = await graphql(READ, id=id_of(garden, lost))

    for body, field, message in (
        (one, "prompt", f"What is referred to here, a prompt with the id {uuid_of('none')}, is gone."),
        (
            other,
            "objectModel",
            f"What is referred to here, an object model with the id {uuid_of('no object model')}, is gone.",
        ),
    ):
        assert [(error["message"], error["path"][-1]) for error in body["errors"]] == [(message, field)] * 2
        assert body["data"]["generation"][field] is None
    read = one["data"]["generation"]
    assert [read[field] for field in ("promptComponent", "retryOf", "content")] == [None, None, None]


async def test_a_content_that_was_written_or_whose_generation_is_gone(
    garden: UUID, world: World, data: GraphQL
) -> None:
    article = uuid_of("object_model", "Article")
    await world.content(garden, "Written", article)
    await world.content(garden, "Lost", article, generation_id=uuid_of("none"))
    await world.generation(garden, "Made", article)
    made = uuid_of(garden, "generation", "Made")
    await world.content(garden, "Made", article, generation_id=made)

    answer = await data("{ contents(orderBy: {field: TITLE}) { nodes { title generation { id status } } } }")

    assert answer["contents"]["nodes"] == [
        {"title": "Lost", "generation": None},
        {"title": "Made", "generation": {"id": id_of(garden, made), "status": "SUCCEEDED"}},
        {"title": "Written", "generation": None},
    ]


@pytest.fixture
async def five(garden: UUID, world: World) -> UUID:
    """Generations of five models, an hour apart."""
    own, write = uuid_of(garden, "prompt_component", "Own"), uuid_of("prompt", "Write")
    rows: list[tuple[str, str, UUID | None, UUID | None, str]] = [
        ("a", "queued", write, None, "Article"),
        ("b", "running", None, None, "Recipe"),
        ("c", "succeeded", write, own, "Article"),
        ("d", "failed", None, own, "Recipe"),
        ("E", "cancelled", None, None, "Recipe"),
    ]
    for hour, (model, status, prompt, component, object_model) in enumerate(rows):
        values = {"model": model, "status": status, "prompt_id": prompt, "prompt_component_id": component}
        created = moment(hour)
        await world.generation(garden, model, uuid_of("object_model", object_model), **values, created_at=created)
    return garden


OWN = project_row_id(
    IdKind.PROMPT_COMPONENT,
    uuid_of("project", "Garden"),
    uuid_of(uuid_of("project", "Garden"), "prompt_component", "Own"),
)
IDS = {
    model: id_of(uuid_of("project", "Garden"), uuid_of(uuid_of("project", "Garden"), "generation", model))
    for model in "abcdE"
}


@pytest.mark.parametrize(
    ("where", "models"),
    [
        ({}, "Edcba"),
        ({"status": {"eq": "QUEUED"}}, "a"),
        ({"status": {"eq": "SUCCEEDED"}}, "c"),
        ({"status": {"in": ["FAILED", "CANCELLED", "RUNNING"]}}, "Edb"),
        ({"status": {"in": []}}, ""),
        ({"not": {"status": {"eq": "QUEUED"}}}, "Edcb"),
        ({"model": {"eq": "b"}}, "b"),
        ({"model": {"in": ["b", "E", "x"]}}, "Eb"),
        ({"model": {"contains": "e"}}, "E"),
        ({"prompt": {"eq": global_id(IdKind.PROMPT, uuid_of("prompt", "Write"))}}, "ca"),
        ({"prompt": {"isNull": True}}, "Edb"),
        ({"promptComponent": {"eq": OWN}}, "dc"),
        ({"promptComponent": {"in": [OWN]}}, "dc"),
        ({"promptComponent": {"isNull": True}}, "Eba"),
        ({"promptComponent": {"isNull": False}}, "dc"),
        ({"not": {"promptComponent": {"eq": OWN}}}, "Eba"),
        ({"objectModel": {"eq": global_id(IdKind.OBJECT_MODEL, uuid_of("object_model", "Article"))}}, "ca"),
        ({"id": {"eq": IDS["d"]}}, "d"),
        ({"id": {"in": [IDS["d"], IDS["a"]]}}, "da"),
        ({"id": {"eq": project_row_id(IdKind.GENERATION, uuid_of("other"), uuid_of("none"))}}, ""),
        ({"createdAt": {"lt": moment(2).isoformat()}}, "ba"),
        ({"createdAt": {"gte": moment(2).isoformat()}, "status": {"eq": "FAILED"}}, "d"),
        ({"and": [{"prompt": {"isNull": False}}, {"promptComponent": {"isNull": True}}]}, "a"),
        ({"or": [{"model": {"eq": "a"}}, {"status": {"eq": "CANCELLED"}}]}, "Ea"),
    ],
    ids=str,
)
async def test_a_filter(where: dict[str, Any], models: str, five: UUID, data: GraphQL) -> None:
    found = (await data(LIST, project=str(five), where=where))["project"]["generations"]

    assert "".join(node["model"] for node in found["nodes"]) == models
    assert found["totalCount"] == len(models)


async def test_orders_and_pages(five: UUID, data: GraphQL) -> None:
    for direction, models in (("ASC", "abcdE"), ("DESC", "Edcba")):
        order = [{"field": "CREATED_AT", "direction": direction}]
        after, found = None, ""
        while True:
            page = (await data(LIST, project=str(five), orderBy=order, first=2, after=after))["project"]["generations"]
            found += "".join(node["model"] for node in page["nodes"])
            if not page["pageInfo"]["hasNextPage"]:
                break
            after = page["edges"][-1]["cursor"]
        assert found == models


async def test_another_client_sees_nothing_of_it(five: UUID, http: AsyncClient, world: World) -> None:
    usage = await world.llm_usage("call", project_id=five, generation_id=uuid_of(five, "generation", "a"))
    beacon = await world.client("Beacon")
    beach = await world.project("Beach", beacon)
    await world.generation(beach, "own", uuid_of("object_model", "Article"), model="own")
    stranger = bearing(await world.key(beacon))
    same = id_of(beach, uuid_of(five, "generation", "a"))

    for id_ in (IDS["a"], same, id_of(uuid_of("none"), uuid_of(five, "generation", "a"))):
        assert await answer(http, BRIEFLY, stranger, id=id_) == {"data": {"generation": None, "node": None}}
    assert await answer(http, LIST, stranger, project=str(five)) == {"data": {"project": None}}
    for where in ({"id": {"eq": IDS["a"]}}, {"promptComponent": {"eq": OWN}}, {"model": {"eq": "a"}}):
        found = await answer(http, LIST, stranger, project=str(beach), where=where)
        assert found["data"]["project"]["generations"]["totalCount"] == 0
    id_ = global_id(IdKind.LLM_USAGE, usage)
    assert await answer(http, USAGE_OF, stranger, id=id_) == {"data": {"node": None}}
    found = await answer(http, CALLS, stranger, where={"id": {"eq": id_}})
    assert found["data"] == {"llmUsage": {"nodes": []}, "usage": [{"calls": 0}]}
    of_acme = bearing(await world.key(uuid_of("client", "Acme")))
    found = await answer(http, BRIEFLY, of_acme, id=IDS["a"])
    assert found == {"data": {"generation": {"status": "QUEUED"}, "node": {"id": IDS["a"]}}}


async def test_usage_of_twins_in_two_projects_is_each_one_s_own(garden: UUID, world: World, data: GraphQL) -> None:
    """As when a project was copied, with the ids of all that is in it."""
    park = await world.project("Park", uuid_of("client", "Acme"))
    article, same = uuid_of("object_model", "Article"), uuid_of("same")
    calls: dict[UUID, str] = {}
    for project_id in (garden, park):
        await world.generation(project_id, "Same", article, id=same)
        usage = await world.llm_usage(project_id, project_id=project_id, generation_id=same)
        calls[project_id] = global_id(IdKind.LLM_USAGE, usage)
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Generation { usage { id generation { id } } } } }"

    answer = await data(query, ids=[id_of(project_id, same) for project_id in calls])

    assert answer["nodes"] == [
        {"usage": [{"id": call, "generation": {"id": id_of(project_id, same)}}]} for project_id, call in calls.items()
    ]


async def test_usage_comes_in_the_order_in_which_it_was_made(garden: UUID, world: World, data: GraphQL) -> None:
    id_ = await made_of(world, garden, "One")
    of = {"project_id": garden, "generation_id": uuid_of(garden, "generation", "One")}
    for hour in (2, 0, 1):
        await world.llm_usage(hour, **of, created_at=moment(hour), model=f"of {hour}")

    usage = (await data(READ, id=id_))["generation"]["usage"]

    assert [call["model"] for call in usage] == ["of 0", "of 1", "of 2"]


async def test_as_many_statements_for_the_usage_of_ten_as_of_one(
    garden: UUID, world: World, data: GraphQL, statements: list[str]
) -> None:
    for number in range(10):
        await made_of(world, garden, f"G{number}")
        await world.llm_usage(number, project_id=garden, generation_id=uuid_of(garden, "generation", f"G{number}"))
    query = """
    query ($project: ID!, $first: Int!) { project(id: $project) { generations(first: $first) { nodes {
      content { id } retryOf { id } objectModel { id } usage { id project { id } generation { id } }
    } } } }
    """
    counts: list[int] = []
    for number in (1, 10):
        statements.clear()
        await data(query, project=GARDEN, first=number)
        counts.append(len(statements))

    assert counts == [counts[0]] * 2
    assert counts[0] < 10


async def test_all_of_a_call(garden: UUID, world: World, data: GraphQL) -> None:
    id_ = await made_of(world, garden, "One")
    usage = await world.llm_usage(
        "call",
        project_id=garden,
        prompt_id=uuid_of("prompt", "Write"),
        generation_id=uuid_of(garden, "generation", "One"),
        status="aborted",
        is_estimated=True,
        details={"cache_read_tokens": 5},
        cost=Decimal("0.00000001234"),
        finished_at=START + timedelta(seconds=1),
    )
    old = await world.llm_usage("old")

    assert (await data(USAGE_OF, id=global_id(IdKind.LLM_USAGE, usage)))["node"] == {
        "model": "sample",
        "status": "ABORTED",
        "tokensIn": 100,
        "tokensOut": 10,
        "cost": "0.00000001234",
        "isEstimated": True,
        "details": {"cache_read_tokens": 5},
        "createdAt": START.isoformat(),
        "finishedAt": (START + timedelta(seconds=1)).isoformat(),
        "projectName": "Garden",
        "generation": {"id": id_},
        "project": {"name": "Garden"},
        "prompt": {"name": "Write"},
    }
    # Of before generations there were calls of which less was known.
    assert (await data(USAGE_OF, id=global_id(IdKind.LLM_USAGE, old)))["node"] == {
        "model": "sample",
        "status": "SUCCEEDED",
        "tokensIn": 100,
        "tokensOut": 10,
        "cost": "0.001",
        "isEstimated": False,
        "details": None,
        "createdAt": START.isoformat(),
        "finishedAt": None,
        "projectName": None,
        "generation": None,
        "project": None,
        "prompt": None,
    }


async def test_a_call_outlives_what_it_was_made_for(garden: UUID, world: World, data: GraphQL) -> None:
    id_ = await made_of(world, garden, "One")
    usage = await world.llm_usage("call", project_id=garden, generation_id=uuid_of(garden, "generation", "One"))
    delete = "mutation ($input: DeleteProjectInput!) { deleteProject(input: $input) { deletedId } }"
    await data(delete, input={"project": GARDEN, "confirmName": "Garden"})

    call = (await data(USAGE_OF, id=global_id(IdKind.LLM_USAGE, usage)))["node"]

    assert (call["projectName"], call["project"], call["generation"]) == ("Garden", None, None)
    assert (await data(BRIEFLY, id=id_)) == {"generation": None, "node": None}


@pytest.mark.parametrize("status", ["started", "succeeded", "invalid", "failed", "aborted", "lost"])
async def test_calls_by_what_became_of_them(status: str, world: World, data: GraphQL) -> None:
    for each in ("started", "succeeded", "invalid", "failed", "aborted", "lost"):
        await world.llm_usage(each, status=each)

    answer = await data(CALLS, where={"status": {"eq": status.upper()}})
    others = await data(CALLS, where={"not": {"status": {"in": [status.upper()]}}})

    id_ = global_id(IdKind.LLM_USAGE, uuid_of("llm_usage", status))
    assert answer == {"llmUsage": {"nodes": [{"id": id_, "status": status.upper()}]}, "usage": [{"calls": 1}]}
    assert others["usage"] == [{"calls": 5}]


async def test_many_calls_of_a_small_price_do_not_sum_to_nothing(
    world: World, data: GraphQL, connection: asyncpg.Connection
) -> None:
    # One token of a model that costs two cents for a million.
    await connection.execute(
        """
        INSERT INTO public.llm_usage (model, tokens_in, tokens_out, cost)
        SELECT 'small', 1, 0, 0.00000002 FROM generate_series(1, 20000)
        """
    )
    for number in range(3):
        await world.llm_usage(number, cost=None)

    sums = {"calls": 20_003, "tokensIn": 20_300, "tokensOut": 30, "unpricedCalls": 3}
    assert await data(SUMS) == {"usage": [{**sums, "cost": "0.00040000"}]}


async def test_the_language_models(dsn: str, database: Database, data: GraphQL) -> None:
    assert await data(MODELS) == {"models": [{"name": "sample", "isDefault": False}]}
    async with client_of(config_of(dsn, default_model="sample"), database) as http:
        found = await answer(http, MODELS)
    assert found == {"data": {"models": [{"name": "sample", "isDefault": True}]}}


async def test_the_language_models_of_a_file(dsn: str, database: Database, tmp_path: Any, world: World) -> None:
    file = tmp_path / "models.toml"
    file.write_text('[fast]\nmodel = "openai:gpt-5-mini"\n[good]\nmodel = "anthropic:claude-sonnet-4-5"\n')
    key = bearing(await world.key(await world.client()))
    async with client_of(config_of(dsn, models_file=file, default_model="good"), database) as http:
        found = await answer(http, MODELS, key)

    assert found["data"]["models"] == [
        {"name": "sample", "isDefault": False},
        {"name": "fast", "isDefault": False},
        {"name": "good", "isDefault": True},
    ]


async def test_a_project_that_is_not_migrated_yet_is_an_error_of_its_own(
    garden: UUID, world: World, graphql: GraphQL, connection: asyncpg.Connection
) -> None:
    await world.content(garden, "Old", uuid_of("object_model", "Article"))
    schema = ProjectSchema(garden).quoted
    await connection.execute(f"DROP TABLE {schema}.generations; ALTER TABLE {schema}.contents DROP generation_id")

    body = await graphql("{ projects { nodes { name contents { nodes { title } } generations { totalCount } } } }")

    [error] = body["errors"]
    assert error["extensions"]["code"] == "PROJECT_UNAVAILABLE"
    [project] = body["data"]["projects"]["nodes"]
    assert project == {"name": "Garden", "contents": {"nodes": [{"title": "Old"}]}, "generations": None}


async def test_steps_that_are_under_way_are_shown(garden: UUID, data: GraphQL, database: Database) -> None:
    [id_] = await enqueue(database, garden)
    steps = Steps.of(database, garden, id_)
    await steps.start()

    read = (await data(READ, id=id_of(garden, id_)))["generation"]

    assert (read["status"], read["attempt"], read["finishedAt"]) == ("RUNNING", 1, None)
    assert read["startedAt"] is not None
