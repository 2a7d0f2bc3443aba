"""Texts that would do harm if they became part of a statement are stored as they are."""

from typing import Any

import asyncpg
import pytest
from world import GraphQL, World, uuid_of

from gql_server.schema.ids import IdKind, global_id

TEXTS = [
    "' OR 1=1 --",
    "'; DROP TABLE public.clients; --",
    "'||pg_sleep(9)||'",
    '"; SET ROLE gql_owner; --',
    "$$; DROP TABLE clients; $$",
    "\\'; DROP TABLE clients; --",
    "\u2019 OR 1=1 --",
    "\uff07 OR 1=1",
    "/*",
    "$1",
    "%s",
    ':"schema"',
    ":'schema'",
    "{}",
    "{0.__class__}",
    "${7*7}",
    "\u202e🜁é\n\ttab",
]
CONTENT = """
mutation ($create: CreateContentInput!) {
  createContent(input: $create) { content { id title body metadata } userErrors { message } }
}
"""
UPDATE = """
mutation ($update: UpdateContentInput!) {
  updateContent(input: $update) { content { title body metadata } userErrors { message } }
}
"""
LISTS = """
mutation ($terms: SaveTermsInput!, $entries: SetMetadataInput!) {
  saveTerms(input: $terms) { terms { term definition category } userErrors { message } }
  setMetadata(input: $entries) { entries { key value description } userErrors { message } }
}
"""
GENERATE = """
mutation ($input: GenerateContentInput!) {
  generateContent(input: $input) { generation { variables renderedPrompt } userErrors { message } }
}
"""
NAMES = """
mutation ($project: UpdateProjectInput!, $component: CreatePromptComponentInput!, $client: UpdateClientInput!) {
  updateProject(input: $project) { project { name settings } userErrors { message } }
  createPromptComponent(input: $component) { promptComponent { name } userErrors { message } }
  updateClient(input: $client) { client { name } userErrors { message } }
}
"""


@pytest.fixture
async def garden(world: World) -> str:
    await world.object_model()
    return global_id(IdKind.PROJECT, await world.project("Garden", await world.client()))


def done(field: str, value: Any) -> dict[str, Any]:
    return {field: value, "userErrors": []}


@pytest.mark.parametrize("text", TEXTS)
async def test_a_content_and_names(text: str, garden: str, data: GraphQL) -> None:
    model = global_id(IdKind.OBJECT_MODEL, uuid_of("object_model", "Article"))
    fields = {"title": text, "body": text, "metadata": {text: [text]}}
    made = (await data(CONTENT, create={"project": garden, "objectModel": model, **fields}))["createContent"]
    id_ = made["content"].pop("id")
    changed = await data(UPDATE, update={"content": id_, "body": text * 2, "metadataPatch": {text: {text: text}}})
    named = await data(
        NAMES,
        project={"project": garden, "name": text, "settings": {text: text}},
        component={"project": garden, "name": text, "content": "x"},
        client={"client": global_id(IdKind.CLIENT, uuid_of("client", "Acme")), "name": text},
    )

    assert made == done("content", fields)
    patched = {"title": text, "body": text * 2, "metadata": {text: {text: text}}}
    assert changed == {"updateContent": done("content", patched)}
    assert named == {
        "updateProject": done("project", {"name": text, "settings": {text: text}}),
        "createPromptComponent": done("promptComponent", {"name": text}),
        "updateClient": done("client", {"name": text}),
    }


@pytest.mark.parametrize("text", TEXTS)
async def test_what_is_generated_from(text: str, garden: str, world: World, data: GraphQL) -> None:
    prompt = global_id(IdKind.PROMPT, await world.prompt())
    model = global_id(IdKind.OBJECT_MODEL, uuid_of("object_model", "Article"))
    variables = {"topic": text, text: [text]}
    request = {"prompt": prompt, "objectModel": model, "variables": variables, "model": "sample"}

    made = (await data(GENERATE, input={"project": garden, **request}))["generateContent"]
    unknown = (await data(GENERATE, input={"project": garden, **request, "model": text}))["generateContent"]

    assert made == done("generation", {"variables": variables, "renderedPrompt": f"Write about {text}."})
    message = f"There is no language model {text!r}. Known are: sample."
    assert unknown == {"generation": None, "userErrors": [{"message": message}]}


async def test_lists(garden: str, data: GraphQL) -> None:
    terms = [{"term": text, "definition": text, "category": text} for text in TEXTS]
    entries = [{"key": text, "value": {text: text}, "description": text} for text in TEXTS]

    answer = await data(
        LISTS, terms={"project": garden, "terms": terms}, entries={"project": garden, "entries": entries}
    )

    shown = answer["setMetadata"].pop("entries")
    assert answer == {"saveTerms": done("terms", terms), "setMetadata": {"userErrors": []}}
    assert len(shown) == len(entries)
    assert all(entry in shown for entry in entries)


async def test_idempotency_keys(garden: str, data: GraphQL, connection: asyncpg.Connection) -> None:
    for text in TEXTS:
        term = {"term": text, "definition": "x"}
        await data(
            LISTS,
            terms={"project": garden, "terms": [term], "idempotencyKey": text},
            entries={"project": garden, "entries": [{"key": "a", "value": 1}]},
        )

    schema = await connection.fetchval("SELECT public.project_schema(id) FROM public.projects")
    keys = await connection.fetch(f"SELECT key FROM {schema}.idempotency_keys")
    assert sorted(record["key"] for record in keys) == sorted(TEXTS)
