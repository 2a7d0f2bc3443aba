"""The batching contract: the number of statements, and of their texts, does not depend on the number of projects."""

import pytest
from httpx import AsyncClient
from logins import bearing
from world import GraphQL, World, uuid_of

NESTED = """
query ($first: Int!) {
  projects(first: $first) {
    nodes {
      name
      schemaVersion
      client { name }
      contents(first: 2) { nodes { title objectModel { name } } }
      vocabulary(first: 2) { nodes { term } }
      promptComponents(first: 2) { nodes { name basePrompt { name objectModel { name } } } }
      metadata { key }
    }
  }
}
"""
ALIASES = """
query ($first: Int!) {
  projects(first: $first) {
    nodes {
      newest: contents(first: 1) { nodes { title } }
      oldest: contents(last: 1) { nodes { title } }
    }
  }
}
"""
ONE_ALIAS = ALIASES.replace("oldest: contents(last: 1) { nodes { title } }", "")
PAGES = """
query ($first: Int!, $after: String) {
  projects(first: $first) {
    nodes {
      contents(
        first: 1, after: $after, orderBy: [{field: TITLE, direction: DESC}, {field: CREATED_AT}],
        where: {or: [{title: {contains: "content"}}, {not: {search: "nothing"}}]}
      ) { totalCount edges { cursor node { title } } pageInfo { hasNextPage } }
    }
  }
}
"""
USAGE = """
query ($first: Int!) {
  projects(first: $first) { nodes { llmUsage(first: 1) { nodes { model } } usage(groupBy: [MODEL]) { calls } } }
}
"""
# Three documents: in one, what the first list has loaded would be there already for the others.
CONTENTS = """
query ($first: Int!) {
  contents(first: $first) { nodes { title project { name client { name } } objectModel { name } } totalCount }
}
"""
OBJECT_MODELS = """
query ($first: Int!) {
  objectModels(first: $first) { nodes { name contents(first: $first) { nodes { title project { name } } } } }
}
"""
PROMPTS = """
query ($first: Int!) {
  prompts(first: $first) { nodes { name components(first: $first) { nodes { name project { name } } } } }
}
"""


ROLE = "SET LOCAL ROLE"
"""What the first statement of each operation ends with, and all that tells one viewer's from another's."""


async def sent(statements: list[str], data: GraphQL, query: str, **variables: object) -> list[str]:
    statements.clear()
    await data(query, **variables)
    return list(statements)


async def test_the_nested_query_sends_a_statement_for_each_loader_and_level(
    world: World, data: GraphQL, statements: list[str]
) -> None:
    await world.full_projects(40)

    in_public = ["projects", "clients", "object models", "prompts"]
    in_each_project = ["versions", "contents", "vocabulary", "prompt components", "metadata"]

    number = len(await sent(statements, data, NESTED, first=40))

    assert number == len(["BEGIN", *in_public, *in_each_project, "COMMIT"])


@pytest.mark.parametrize("query", [NESTED, ALIASES, PAGES, USAGE, CONTENTS, OBJECT_MODELS, PROMPTS])
async def test_as_many_statements_for_one_project_as_for_forty(
    query: str, world: World, data: GraphQL, statements: list[str]
) -> None:
    await world.full_projects(40)

    for_one = await sent(statements, data, query, first=1)
    for_forty = await sent(statements, data, query, first=40)

    assert len(for_one) == len(for_forty)
    assert set(for_one) == set(for_forty)


@pytest.mark.parametrize("query", [NESTED, ALIASES, PAGES, USAGE, CONTENTS, OBJECT_MODELS, PROMPTS])
async def test_a_client_s_are_the_administrator_s(
    query: str, world: World, data: GraphQL, http: AsyncClient, statements: list[str]
) -> None:
    await world.full_projects(20, rows=2)
    other = await world.client("Beacon")
    await world.project("Of another", other)
    administrator = await sent(statements, data, query, first=20)
    http.headers.update(bearing(await world.key(uuid_of("client", "Acme"))))
    # Looks the key up, once for a while.
    await data("{ viewer { kind } }")

    for first in (1, 20):
        assert [text for text in await sent(statements, data, query, first=first) if ROLE not in text] == [
            text for text in administrator if ROLE not in text
        ]
    assert len(await sent(statements, data, query, first=20)) == len(administrator)


async def test_an_alias_with_other_arguments_costs_one_statement_more(
    world: World, data: GraphQL, statements: list[str]
) -> None:
    await world.full_projects(40, rows=2)

    without = await sent(statements, data, ONE_ALIAS, first=40)
    with_alias = await sent(statements, data, ALIASES, first=40)

    assert len(with_alias) == len(without) + 1


async def test_the_same_alias_twice_costs_nothing_more(world: World, data: GraphQL, statements: list[str]) -> None:
    await world.full_projects(3)
    twice = ALIASES.replace("oldest: contents(last: 1)", "again: contents(first: 1)")

    assert len(await sent(statements, data, twice, first=3)) == len(await sent(statements, data, ONE_ALIAS, first=3))


async def test_a_cursor_costs_no_statement(world: World, data: GraphQL, statements: list[str]) -> None:
    await world.full_projects(5)
    answer = await data(PAGES, first=5)
    cursor = answer["projects"]["nodes"][0]["contents"]["edges"][0]["cursor"]

    assert len(await sent(statements, data, PAGES, first=5, after=cursor)) == len(
        await sent(statements, data, PAGES, first=5)
    )


async def test_rows_are_not_read_for_their_number(world: World, data: GraphQL, statements: list[str]) -> None:
    await world.full_projects(3)

    counted = await sent(statements, data, "{ projects { nodes { contents { totalCount } } } }")
    read = await sent(statements, data, "{ projects { nodes { contents { nodes { id } } } } }")
    both = await sent(statements, data, "{ projects { nodes { contents { nodes { id } totalCount } } } }")

    assert (len(counted), len(read), len(both)) == (4, 4, 5)


async def test_texts_hold_no_project(world: World, data: GraphQL, statements: list[str]) -> None:
    projects = await world.full_projects(3)

    texts = " ".join(await sent(statements, data, NESTED, first=3))

    assert not [id_ for id_ in projects if str(id_) in texts or str(id_).replace("-", "_") in texts]


async def test_what_reads_nothing_opens_nothing(data: GraphQL, statements: list[str]) -> None:
    assert await sent(statements, data, "{ __typename }") == []
