"""An object model is deleted by the administrator, when neither contents nor prompts need it."""

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from httpx import AsyncClient
from logins import bearing
from mutating import wait_for_waiting
from world import GraphQL, World, uuid_of

from gql_server.db.project_schema import ProjectSchema
from gql_server.schema.ids import IdKind, global_id

DELETE = """
mutation ($input: DeleteObjectModelInput!) {
  deleteObjectModel(input: $input) { deletedId userErrors { code message path } }
}
"""
CREATE_CONTENT = """
mutation ($input: CreateContentInput!) { createContent(input: $input) { userErrors { code message path } } }
"""
CREATE_PROMPT = """
mutation ($input: CreatePromptInput!) { createPrompt(input: $input) { userErrors { code message path } } }
"""
ID = uuid_of("object_model", "Article")
ARTICLE = global_id(IdKind.OBJECT_MODEL, ID)
COUNT = "SELECT count(*) FROM public.object_models"
DELETED = {"deleteObjectModel": {"deletedId": ARTICLE, "userErrors": []}}
MISSING = {"code": "NOT_FOUND", "message": "There is no such object model.", "path": ["input", "objectModel"]}
USED = "Contents are made after this object model, or wait to be, so that it cannot go."
NAMED = "Prompts name this object model, so that it cannot go."


def refused(code: str, message: str, field: str = "objectModel") -> dict[str, Any]:
    error = {"code": code, "message": message, "path": ["input", field]}
    return {"deleteObjectModel": {"deletedId": None, "userErrors": [error]}}


@pytest.fixture(autouse=True)
async def article(world: World) -> UUID:
    return await world.object_model()


@pytest.fixture
async def garden(world: World) -> UUID:
    return await world.project("Garden", await world.client())


@pytest.mark.usefixtures("garden")
async def test_an_object_model_is_deleted(data: GraphQL, connection: asyncpg.Connection) -> None:
    assert await data(DELETE, input={"objectModel": ARTICLE}) == DELETED
    assert await connection.fetchval(COUNT) == 0
    assert await data(DELETE, input={"objectModel": ARTICLE}) == refused("NOT_FOUND", MISSING["message"])


async def test_what_contents_are_made_after_cannot_go(
    garden: UUID, data: GraphQL, world: World, connection: asyncpg.Connection
) -> None:
    await world.content(garden, "Roses", ID)
    await connection.execute("UPDATE public.projects SET status = 'archived'")

    assert await data(DELETE, input={"objectModel": ARTICLE}) == refused("CONFLICT", USED)
    assert await connection.fetchval(COUNT) == 1


async def test_what_a_prompt_names_cannot_go(data: GraphQL, world: World, connection: asyncpg.Connection) -> None:
    await world.prompt(object_model_id=ID)

    assert await data(DELETE, input={"objectModel": ARTICLE}) == refused("CONFLICT", NAMED)
    assert await connection.fetchval(COUNT) == 1


async def test_a_project_that_cannot_be_asked_may_have_contents(
    garden: UUID, graphql: GraphQL, connection: asyncpg.Connection
) -> None:
    await connection.execute(f"DROP TABLE {ProjectSchema(garden).quoted}.contents")

    body = await graphql(DELETE, input={"objectModel": ARTICLE})

    assert body["data"] == {"deleteObjectModel": None}
    assert [(error["message"], error["extensions"]["code"]) for error in body["errors"]] == [
        (f"Project {garden} cannot be read: a table of its schema is missing.", "PROJECT_UNAVAILABLE")
    ]
    assert await connection.fetchval(COUNT) == 1


@pytest.mark.parametrize(
    ("status", "answer"), [("queued", "CONFLICT"), ("running", "CONFLICT"), ("succeeded", None), ("failed", None)]
)
async def test_what_a_content_waits_to_be_made_after_cannot_go(
    status: str, answer: str | None, garden: UUID, data: GraphQL, world: World
) -> None:
    await world.generation(garden, "Roses", ID, status=status)

    assert await data(DELETE, input={"objectModel": ARTICLE}) == (refused(answer, USED) if answer else DELETED)


async def test_whoever_makes_a_content_after_it_is_waited_for(
    garden: UUID, data: GraphQL, world: World, connection: asyncpg.Connection
) -> None:
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute("SELECT pg_advisory_xact_lock_shared($1)", int.from_bytes(ID.bytes[8:], signed=True))
    await world.content(garden, "Roses", ID)

    deleting = asyncio.ensure_future(data(DELETE, input={"objectModel": ARTICLE}))
    await wait_for_waiting(connection, 1)
    await transaction.commit()

    assert await deleting == refused("CONFLICT", USED)
    assert await connection.fetchval(COUNT) == 1


@pytest.mark.parametrize("first", ["delete", "create"])
async def test_no_content_is_left_without_its_object_model(
    first: str, garden: UUID, data: GraphQL, connection: asyncpg.Connection
) -> None:
    contents = f"SELECT count(*) FROM {ProjectSchema(garden).quoted}.contents"
    for number in range(10):
        content = {"project": str(garden), "objectModel": ARTICLE, "body": f"{number}"}
        deleting, creating = (DELETE, {"objectModel": ARTICLE}), (CREATE_CONTENT, content)
        changes = [deleting, creating] if first == "delete" else [creating, deleting]
        answers = await asyncio.gather(*(data(document, input=input_) for document, input_ in changes))
        deleted, created = sorted(answers, key=lambda answer: "createContent" in answer)
        if created["createContent"]["userErrors"]:
            assert created == {"createContent": {"userErrors": [MISSING]}}
            assert deleted == DELETED
            assert await connection.fetchval(contents) == 0
            await connection.execute(
                "INSERT INTO public.object_models (id, name, version, structure) VALUES ($1, 'Article', '1', '{}')", ID
            )
        else:
            assert deleted == refused("CONFLICT", USED)
            assert await connection.fetchval(contents) == 1
            await connection.execute(f"DELETE FROM {ProjectSchema(garden).quoted}.contents")
        assert await connection.fetchval(COUNT) == 1


async def test_a_prompt_that_is_made_for_it_meanwhile_does_not_name_it(
    data: GraphQL, connection: asyncpg.Connection
) -> None:
    prompt = {"name": "Write", "template": "Write.", "objectModel": ARTICLE}

    deleted, created = await asyncio.gather(
        data(DELETE, input={"objectModel": ARTICLE}), data(CREATE_PROMPT, input=prompt)
    )

    outcomes = [(DELETED, [MISSING], 0), (refused("CONFLICT", NAMED), [], 1)]
    assert (deleted, created["createPrompt"]["userErrors"], await connection.fetchval(COUNT)) in outcomes


async def test_a_client_deletes_none(http: AsyncClient, world: World, connection: asyncpg.Connection) -> None:
    key = bearing(await world.key(await world.client()))
    given = {"query": DELETE, "variables": {"input": {"objectModel": ARTICLE}}}

    body = (await http.post("/graphql", json=given, headers=key)).json()

    assert body["data"] == {"deleteObjectModel": None}
    assert [error["extensions"]["code"] for error in body["errors"]] == ["FORBIDDEN"]
    assert await connection.fetchval(COUNT) == 1


async def test_a_key_names_one(data: GraphQL, world: World, connection: asyncpg.Connection) -> None:
    recipe = global_id(IdKind.OBJECT_MODEL, await world.object_model("Recipe"))
    first, again = [await data(DELETE, input={"objectModel": ARTICLE, "idempotencyKey": "once"}) for _ in range(2)]
    other = await data(DELETE, input={"objectModel": recipe, "idempotencyKey": "once"})

    assert first == again == DELETED
    message = "This key came with another input before: it names one change."
    assert other == refused("IDEMPOTENCY_CONFLICT", message, "idempotencyKey")
    assert await connection.fetchval(COUNT) == 1
