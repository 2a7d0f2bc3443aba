"""Nodes by their ids: one, many, none, of every type."""

from itertools import product
from typing import Any
from uuid import uuid4

from graphql import GraphQLNamedType, GraphQLObjectType, get_named_type, get_nullable_type, is_leaf_type, is_list_type
from surface import NODES, OBJECTS, Ids, missing
from world import GraphQL, World, uuid_of

from gql_server.schema.ids import parse_id


def fields_of(type_: GraphQLObjectType) -> str:
    """All that a node shows of itself, with aliases, since types differ about what is behind a name."""
    shown = [
        f"{type_.name}_{name}: {name}{selection_of(get_named_type(field.type))}"
        for name, field in type_.fields.items()
        if not field.args and not is_list_type(get_nullable_type(field.type))
    ]
    return f"... on {type_.name} {{ {' '.join(shown)} }}"


def selection_of(type_: GraphQLNamedType) -> str:
    if is_leaf_type(type_):
        return ""
    return " { id }" if type_.name in NODES else " { __typename }"


FIELDS = f"""
fragment fields on Node {{
  __typename
  id
  {" ".join(fields_of(type_) for type_ in OBJECTS if type_.name in NODES)}
}}
"""
LISTS = (
    """
{
  clients { nodes { ...fields } }
  projects(first: 5) {
    nodes {
      ...fields
      contents { nodes { ...fields } }
      vocabulary { nodes { ...fields } }
      promptComponents { nodes { ...fields } }
      llmUsage { nodes { ...fields } }
      generations { nodes { ...fields } }
    }
  }
  objectModels { nodes { ...fields } }
  prompts { nodes { ...fields } }
  contents { nodes { ...fields } }
}
"""
    + FIELDS
)
NODE = "query ($id: ID!) { node(id: $id) { ...fields } }" + FIELDS
NODES_BY_ID = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"
SINGLE = """
query ($client: ID!, $project: ID!, $objectModel: ID!, $prompt: ID!) {
  client(id: $client) { id }
  project(id: $project) { id }
  objectModel(id: $objectModel) { id }
  prompt(id: $prompt) { id }
}
"""
CONTENT_OF = """
query ($project: ID!, $content: ID!) { project(id: $project) { name content(id: $content) { title } } }
"""
PROJECT = "query ($id: ID!) { project(id: $id) { id databaseId name } }"


def found(answer: Any) -> list[dict[str, Any]]:
    """Every node of the lists in an answer, without the lists in it."""
    if isinstance(answer, list):
        return [node for part in answer for node in found(part)]
    if not isinstance(answer, dict):
        return []
    lists = {key for key, part in answer.items() if isinstance(part, dict) and "nodes" in part}
    own = [{key: part for key, part in answer.items() if key not in lists}] if "id" in answer else []
    return own + [node for key in lists for node in found(answer[key]["nodes"])]


async def test_what_lists_show_can_be_fetched_by_its_id(world: World, ids: Ids, data: GraphQL) -> None:
    await world.llm_usage("of nothing")
    listed = found(await data(LISTS))

    assert {node["__typename"] for node in listed} == set(NODES)
    for node in listed:
        assert await data(NODE, id=node["id"]) == {"node": node}


async def test_ids_are_distinct_and_stay(world: World, data: GraphQL) -> None:
    projects = await world.full_projects(3)
    same = uuid_of("in every project")
    for project in projects:
        await world.content(project, "Same", uuid_of("object_model", "Article"), id=same)
        await world.term(project, "Same", id=same)
    before = found(await data(LISTS))
    await world.connection.execute("UPDATE public.projects SET name = 'Renamed ' || name, updated_at = now()")

    after = found(await data(LISTS))

    distinct = {node["id"] for node in before}
    assert len(distinct) == 1 + 2 + 2 + 3 + 3 * (4 + 4 + 3 + 3)
    assert {node["id"] for node in after} == distinct


async def test_nothing_has_this_id(ids: Ids, data: GraphQL) -> None:
    for name in NODES:
        assert await data(NODE, id=missing(ids[name])) == {"node": None}
        assert await data(NODE, id=missing(ids[name], project_id=uuid4())) == {"node": None}


async def test_a_project_that_is_gone_takes_its_nodes_along(ids: Ids, world: World, data: GraphQL) -> None:
    await world.connection.execute("DELETE FROM public.llm_usage; DELETE FROM public.projects")

    answer = await data(NODES_BY_ID, ids=[ids["Project"], ids["Content"], ids["Term"], ids["PromptComponent"]])

    assert answer == {"nodes": [None, None, None, None]}


async def test_the_fields_for_one_thing(ids: Ids, data: GraphQL) -> None:
    names = {"client": "Client", "project": "Project", "objectModel": "ObjectModel", "prompt": "Prompt"}
    chosen = {field: ids[name] for field, name in names.items()}

    assert await data(SINGLE, **chosen) == {field: {"id": id_} for field, id_ in chosen.items()}
    assert await data(SINGLE, **{field: missing(id_) for field, id_ in chosen.items()}) == dict.fromkeys(names)


async def test_nodes_come_in_the_order_of_their_ids_as_often_as_they_are_named(ids: Ids, data: GraphQL) -> None:
    names = [*NODES, *reversed(NODES), "Content", "Content"]
    asked = [id_ for name in names for id_ in (ids[name], missing(ids[name]))]

    answer = await data(NODES_BY_ID, ids=asked)

    assert answer["nodes"] == [node for name in names for node in ({"__typename": name, "id": ids[name]}, None)]
    assert await data(NODES_BY_ID, ids=[]) == {"nodes": []}


async def test_as_many_statements_for_fifty_ids_of_a_type_as_for_one(
    ids: Ids, data: GraphQL, statements: list[str]
) -> None:
    for name, number in product(NODES, (1, 50)):
        in_project = parse_id(ids[name]).project_id is not None
        expected = ["BEGIN", "projects", "rows", "COMMIT"] if in_project else ["BEGIN", "rows", "COMMIT"]
        statements.clear()
        await data(NODES_BY_ID, ids=[ids[name], *(missing(ids[name], other) for other in range(1, number))])

        assert len(statements) == len(expected)


async def test_as_many_statements_for_the_contents_of_three_projects_as_of_one(
    world: World, data: GraphQL, statements: list[str]
) -> None:
    await world.full_projects(3)
    listed = [node["id"] for node in found(await data(LISTS)) if node["__typename"] == "Content"]
    statements.clear()

    answer = await data(NODES_BY_ID, ids=listed)

    assert [node["id"] for node in answer["nodes"]] == listed
    assert len(statements) == len(["BEGIN", "projects", "contents", "COMMIT"])


async def test_a_project_by_either_of_its_ids(ids: Ids, data: GraphQL) -> None:
    database_id = str(uuid_of("project", "Project 00"))
    expected = {"project": {"id": ids["Project"], "databaseId": database_id, "name": "Project 00"}}

    assert await data(PROJECT, id=ids["Project"]) == expected
    assert await data(PROJECT, id=database_id) == expected
    assert await data(PROJECT, id=database_id.upper()) == expected
    assert await data(PROJECT, id=str(uuid4())) == {"project": None}


async def test_a_content_of_another_project_is_none_of_its_contents(world: World, ids: Ids, data: GraphQL) -> None:
    client = uuid_of("client", "Acme")
    other = await world.project("Other", client)
    same_id = parse_id(ids["Content"]).id
    await world.content(other, "Same id", uuid_of("object_model", "Article"), id=same_id)

    own = await data(CONTENT_OF, project=ids["Project"], content=ids["Content"])
    anothers = await data(CONTENT_OF, project=str(other), content=ids["Content"])

    assert own == {"project": {"name": "Project 00", "content": {"title": "Content 00.0"}}}
    assert anothers == {"project": {"name": "Other", "content": None}}
    assert await data(CONTENT_OF, project=str(other), content=missing(ids["Content"])) == {
        "project": {"name": "Other", "content": None}
    }
