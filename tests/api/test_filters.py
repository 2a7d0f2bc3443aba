"""Filters, over rows that a filter which is almost right would confuse."""

import json
from typing import Any
from uuid import UUID

import pytest
from world import GraphQL, World, moment, uuid_of

from gql_server.schema.ids import IdKind, global_id, project_row_id

CONTENTS = """
query ($projects: [ID!], $where: ContentFilter) {
  list: contents(projects: $projects, where: $where, first: 100) { totalCount nodes { label: title } }
}
"""
CLIENTS = "query ($where: ClientFilter) { list: clients(where: $where) { totalCount nodes { label: name } } }"
PROJECTS = "query ($where: ProjectFilter) { list: projects(where: $where) { totalCount nodes { label: name } } }"
MODELS = "query ($where: ObjectModelFilter) { list: objectModels(where: $where) { totalCount nodes { label: name } } }"
PROMPTS = "query ($where: PromptFilter) { list: prompts(where: $where) { totalCount nodes { label: name } } }"
TERMS = """
query ($project: ID!, $where: TermFilter) {
  project(id: $project) { list: vocabulary(where: $where) { totalCount nodes { label: term } } }
}
"""
COMPONENTS = """
query ($project: ID!, $where: PromptComponentFilter) {
  project(id: $project) { list: promptComponents(where: $where) { totalCount nodes { label: name } } }
}
"""
Cases = list[tuple[dict[str, Any], list[Any]]]
"""Filters, and the labels of the nodes that meet each."""

TITLES = [None, "", "Alpha", "alphabet", "100%", "100 percent", "a_b", "axb", "back\\slash", "ÉCLAIR", "l'éclair", "ß"]
ALL = [{"title": title} for title in TITLES]
TEXT = [title for title in TITLES if title is not None]

EQUALITY: Cases = [
    ({"title": {"eq": "Alpha"}}, ["Alpha"]),
    ({"title": {"eq": "alpha"}}, []),
    ({"title": {"eq": ""}}, [""]),
    ({"title": {"ne": "Alpha"}}, [title for title in TITLES if title != "Alpha"]),
    ({"title": {"in": ["Alpha", "", "a%"]}}, ["", "Alpha"]),
    ({"title": {"in": []}}, []),
    ({"title": {"isNull": True}}, [None]),
    ({"title": {"isNull": False}}, TEXT),
    ({"title": {"isNull": True, "ne": "Alpha"}}, [None]),
    ({"title": {"isNull": False, "ne": "Alpha"}}, [title for title in TEXT if title != "Alpha"]),
    ({"title": {"isNull": True, "eq": "Alpha"}}, []),
]
PATTERNS: Cases = [
    ({"title": {"contains": "PHA"}}, ["Alpha", "alphabet"]),
    ({"title": {"contains": "éc"}}, ["ÉCLAIR", "l'éclair"]),
    ({"title": {"contains": "É"}}, ["ÉCLAIR", "l'éclair"]),
    ({"title": {"contains": "e"}}, ["alphabet", "100 percent"]),
    ({"title": {"contains": "ss"}}, []),
    ({"title": {"contains": "%"}}, ["100%"]),
    ({"title": {"contains": "_"}}, ["a_b"]),
    ({"title": {"contains": "\\"}}, ["back\\slash"]),
    ({"title": {"contains": "k\\s"}}, ["back\\slash"]),
    ({"title": {"contains": "'"}}, ["l'éclair"]),
    ({"title": {"contains": ""}}, TEXT),
    ({"title": {"startsWith": "ALPHA"}}, ["Alpha", "alphabet"]),
    ({"title": {"startsWith": "éclair"}}, ["ÉCLAIR"]),
    ({"title": {"startsWith": "100%"}}, ["100%"]),
    ({"title": {"startsWith": "a_"}}, ["a_b"]),
    ({"title": {"startsWith": "back\\"}}, ["back\\slash"]),
    ({"title": {"startsWith": "bet"}}, []),
    ({"title": {"startsWith": ""}}, TEXT),
    ({"title": {"startsWith": "a", "contains": "b"}}, ["alphabet", "a_b", "axb"]),
]
NESTING: Cases = [
    *((where, TITLES) for where in ({}, {"title": {}}, {"title": None}, {"and": []}, {"and": [{}]}, {"or": [{}]})),
    *((where, []) for where in ({"or": []}, {"not": {}}, {"not": {"and": []}}, {"or": [], "title": {"isNull": True}})),
    ({"not": {"or": []}}, TITLES),
    ({"and": None, "or": None, "not": None}, TITLES),
    ({"not": {"title": {"eq": "Alpha"}}}, [title for title in TITLES if title != "Alpha"]),
    ({"not": {"title": {"ne": "Alpha"}}}, ["Alpha"]),
    ({"not": {"title": {"contains": "a"}}}, [None, "", "100%", "100 percent", "ß"]),
    ({"not": {"not": {"title": {"contains": "alpha"}}}}, ["Alpha", "alphabet"]),
    ({"not": {"title": {"in": TEXT}}}, [None]),
    ({"or": [{"title": {"eq": "ß"}}, {"title": {"isNull": True}}]}, [None, "ß"]),
    ({"title": {"startsWith": "a"}, "or": [{"title": {"contains": "x"}}, {"title": {"eq": "ß"}}]}, ["axb"]),
    ({"or": [{"title": {"eq": "ß"}, "body": {"eq": "no"}}, {"title": {"eq": "axb"}}]}, ["axb"]),
    ({"and": [{"title": {"startsWith": "a"}}, {"not": {"title": {"contains": "b"}}}]}, ["Alpha"]),
    ({"not": {"title": {"ne": "ß"}, "or": [{"title": {"ne": "axb"}}]}}, ["axb", "ß"]),
]
HOURS = [{"title": f"{hour}", "created_at": moment(hour), "updated_at": moment(-hour)} for hour in range(4)]
TIMES: Cases = [
    ({"createdAt": {"eq": "2026-01-01T02:00:00+00:00"}}, ["2"]),
    ({"createdAt": {"eq": "2026-01-01T07:30:00+05:30"}}, ["2"]),
    ({"createdAt": {"eq": "2025-12-31T22:00:00-04:00"}}, ["2"]),
    ({"createdAt": {"eq": "2026-01-01T02:00:00.000001Z"}}, []),
    ({"createdAt": {"gt": "2026-01-01T03:00:00+02:00"}}, ["2", "3"]),
    ({"createdAt": {"gte": "2026-01-01T03:00:00+02:00"}}, ["1", "2", "3"]),
    ({"createdAt": {"lt": "2026-01-01T03:00:00+02:00"}}, ["0"]),
    ({"createdAt": {"lte": "2026-01-01T03:00:00+02:00"}}, ["0", "1"]),
    ({"createdAt": {"gt": "2026-01-01T00:00:00Z", "lte": "2026-01-01T02:00:00Z"}}, ["1", "2"]),
    ({"updatedAt": {"gte": "2025-12-31T23:00:00Z"}}, ["0", "1"]),
    ({"not": {"createdAt": {"lt": "2026-01-01T02:00:00Z"}}}, ["2", "3"]),
]
METADATA: dict[str, Any] = {
    "none": None,
    "empty": {},
    "object": {"tone": "warm", "tags": ["a", "b"], "deep": {"x": {"y": 1, "z": [1, 2]}}},
    "null": {"tone": None},
    "objects": {"steps": [{"n": 1, "do": "cut"}, {"n": 2, "do": "fry"}]},
    "array": ["tone", {"n": 1}, 3],
    "text": "tone",
}
JSON_ROWS = [{"title": key, "metadata": value and json.dumps(value)} for key, value in METADATA.items()]
CONTAINED: Cases = [
    ({"metadata": {"contains": {"tone": "warm"}}}, ["object"]),
    ({"metadata": {"contains": {"tone": "Warm"}}}, []),
    ({"metadata": {"contains": {"tone": None}}}, ["null"]),
    ({"metadata": {"contains": {"deep": {"x": {"z": [2]}}}}}, ["object"]),
    ({"metadata": {"contains": {"x": {"y": 1}}}}, []),
    ({"metadata": {"contains": {"tags": ["b", "a", "a"]}}}, ["object"]),
    ({"metadata": {"contains": {"tags": ["a", "c"]}}}, []),
    ({"metadata": {"contains": {"steps": [{"n": 2, "do": "fry"}]}}}, ["objects"]),
    ({"metadata": {"contains": {"steps": [{"n": 1, "do": "fry"}]}}}, []),
    ({"metadata": {"contains": {}}}, ["empty", "object", "null", "objects"]),
    ({"metadata": {"contains": []}}, ["array"]),
    ({"metadata": {"contains": [{"n": 1}]}}, ["array"]),
    ({"metadata": {"contains": 3}}, ["array"]),
    ({"metadata": {"contains": "tone"}}, ["array", "text"]),
    ({"not": {"metadata": {"contains": {}}}}, ["none", "array", "text"]),
    ({"metadata": {"hasKey": "tone"}}, ["object", "null"]),
    ({"not": {"metadata": {"hasKey": "tone"}}}, ["none", "empty", "objects", "array", "text"]),
    ({"metadata": {"hasKey": "x"}}, []),
    ({"metadata": {"hasKey": "tags", "contains": {"tone": None}}}, []),
]
WORDS = [
    {"title": "One", "body": "The quick brown fox"},
    {"title": "Two", "body": "A brown, quick fox and a dog."},
    {"title": "Fox", "body": "Hunts alone; l'Éclair"},
    {"title": None, "body": "Foxes and 100% cotton"},
]
SEARCHES: Cases = [
    ({"search": "fox"}, ["One", "Two", "Fox"]),
    ({"search": "FOX quick"}, ["One", "Two"]),
    ({"search": '"quick brown"'}, ["One"]),
    ({"search": '"brown fox" or cotton'}, ["One", None]),
    ({"search": "fox -dog"}, ["One", "Fox"]),
    ({"search": '-"quick brown"'}, ["Two", "Fox", None]),
    ({"search": "the"}, ["One"]),
    ({"search": "éclair"}, ["Fox"]),
    ({"search": "fo"}, []),
    ({"search": "fox hunts"}, ["Fox"]),
    ({"search": "' ) & | ! :* <->"}, []),
    ({"search": "fox", "not": {"search": "dog"}, "or": [{"search": "quick"}, {"search": "cotton"}]}, ["One"]),
]
ATLAS, BOATS = uuid_of("project", "Atlas"), uuid_of("project", "Boats")


async def labels(data: GraphQL, document: str, where: dict[str, Any], **variables: Any) -> list[Any]:
    """What the nodes that meet a filter are called, without an order; their number is that which is counted."""
    answer = await data(document, where=where, **variables)
    found = (answer.get("project") or answer)["list"]
    assert len(found["nodes"]) == found["totalCount"]
    return sorted((node["label"] for node in found["nodes"]), key=str)


@pytest.mark.parametrize(
    ("rows", "cases"),
    [(ALL, EQUALITY), (ALL, PATTERNS), (ALL, NESTING), (HOURS, TIMES), (JSON_ROWS, CONTAINED), (WORDS, SEARCHES)],
    ids=["equality", "patterns", "nesting", "times", "json", "words"],
)
async def test_contents_that_meet_a_filter(
    rows: list[dict[str, Any]], cases: Cases, world: World, data: GraphQL
) -> None:
    model_id = await world.object_model()
    project_id = await world.project("Atlas", await world.client())
    for row in rows:
        values = {key: value for key, value in row.items() if key != "title" and value is not None}
        await world.content(project_id, row["title"], model_id, **values)

    for where, expected in cases:
        assert await labels(data, CONTENTS, where) == sorted(expected, key=str), where


EARLY = {"created_at": moment(0), "updated_at": moment(24)}
LATE = {"created_at": moment(24), "updated_at": moment(0)}
MADE = {"createdAt": {"lt": "2026-01-01T12:00:00Z"}}
CHANGED = {"updatedAt": {"gt": "2026-01-01T12:00:00Z"}}


def ids(kind: IdKind, *path: object, field: str = "id") -> list[dict[str, Any]]:
    """Filters by one id, in either way."""
    id_ = project_row_id(kind, ATLAS, uuid_of(*path)) if kind.in_project else global_id(kind, uuid_of(*path))
    return [{field: {"eq": id_}}, {field: {"in": [id_]}}]


FIELDS = [
    (CLIENTS, "Acme", [{"name": {"eq": "Acme"}}, MADE, *ids(IdKind.CLIENT, "client", "Acme")]),
    (PROJECTS, "Atlas", [{"name": {"eq": "Atlas"}}, {"id": {"eq": str(ATLAS)}}, MADE, CHANGED]),
    (PROJECTS, "Atlas", [{"status": {"eq": "ACTIVE"}}, {"status": {"in": ["ACTIVE"]}}]),
    (PROJECTS, "Atlas", ids(IdKind.PROJECT, "project", "Atlas")),
    (PROJECTS, "Atlas", ids(IdKind.CLIENT, "client", "Acme", field="client")),
    (MODELS, "Article", [{"name": {"eq": "Article"}}, {"version": {"eq": "1.0.0"}}, MADE]),
    (MODELS, "Article", ids(IdKind.OBJECT_MODEL, "object_model", "Article")),
    (PROMPTS, "Write", [{"name": {"eq": "Write"}}, {"template": {"startsWith": "write about"}}, MADE, CHANGED]),
    (PROMPTS, "Write", ids(IdKind.PROMPT, "prompt", "Write")),
    (PROMPTS, "Write", [{"objectModel": {"isNull": False}}, {"not": {"objectModel": {"isNull": True}}}]),
    (PROMPTS, "Write", ids(IdKind.OBJECT_MODEL, "object_model", "Article", field="objectModel")),
    (TERMS, "Hull", [{"term": {"eq": "Hull"}}, {"definition": {"contains": "what hull"}}, MADE]),
    (TERMS, "Hull", [{"category": {"eq": "ship"}}, {"category": {"isNull": False}}]),
    (TERMS, "Hull", ids(IdKind.TERM, ATLAS, "term", "Hull")),
    (COMPONENTS, "Intro", [{"name": {"eq": "Intro"}}, {"content": {"contains": "the intro"}}, MADE, CHANGED]),
    (COMPONENTS, "Intro", ids(IdKind.PROMPT_COMPONENT, ATLAS, "prompt_component", "Intro")),
    (COMPONENTS, "Intro", [{"basePrompt": {"isNull": False}}, {"not": {"basePrompt": {"isNull": True}}}]),
    (COMPONENTS, "Intro", ids(IdKind.PROMPT, "prompt", "Write", field="basePrompt")),
    (CONTENTS, "One", [{"title": {"eq": "One"}}, {"body": {"contains": "of one"}}, MADE, CHANGED]),
    (CONTENTS, "One", ids(IdKind.CONTENT, ATLAS, "content", "One")),
    (CONTENTS, "One", ids(IdKind.OBJECT_MODEL, "object_model", "Article", field="objectModel")),
]
"""Filters that one of two nodes meets: its label, and for each field at least one."""


async def test_a_field_of_a_filter_is_that_of_the_node(world: World, data: GraphQL) -> None:
    acme, beacon = await world.client(), await world.client("Beacon")
    await world.connection.execute("UPDATE public.clients SET created_at = $1 WHERE id = $2", moment(24), beacon)
    await world.project("Atlas", acme, **EARLY)
    await world.project("Boats", beacon, status="archived", **LATE)
    article, recipe = await world.object_model(), await world.object_model("Recipe", version="2", created_at=moment(24))
    write = await world.prompt("Write", object_model_id=article, **EARLY)
    await world.prompt("Shorten", **LATE)
    await world.term(ATLAS, "Hull", category="ship")
    await world.term(ATLAS, "Keel", created_at=moment(24))
    await world.prompt_component(ATLAS, "Intro", write, **EARLY)
    await world.prompt_component(ATLAS, "Outro", None, **LATE)
    await world.content(ATLAS, "One", article, **EARLY)
    await world.content(ATLAS, "Two", recipe, **LATE)

    assert await labels(data, PROJECTS, {"status": {"in": ["ARCHIVED", "ACTIVE"]}}) == ["Atlas", "Boats"]
    assert await labels(data, PROJECTS, {"status": {"in": []}}) == []
    for document, label, filters in FIELDS:
        everything = await labels(data, document, {}, project=str(ATLAS))
        assert len(everything) == 2
        for where in filters:
            assert await labels(data, document, where, project=str(ATLAS)) == [label], where
            others = await labels(data, document, {"not": where}, project=str(ATLAS))
            assert others == [other for other in everything if other != label], where


async def test_the_id_of_a_row_is_that_of_its_project_too(world: World, data: GraphQL) -> None:
    model_id, client_id, same = await world.object_model(), await world.client(), uuid_of("same")
    for name in ("Atlas", "Boats"):
        project_id = await world.project(name, client_id)
        await world.content(project_id, f"Of {name}", model_id, id=same)
        await world.term(project_id, f"Of {name}", id=same)
    content, others = (project_row_id(IdKind.CONTENT, project_id, same) for project_id in (ATLAS, BOATS))
    elsewhere = project_row_id(IdKind.CONTENT, uuid_of("project", "None"), same)
    term = project_row_id(IdKind.TERM, ATLAS, same)

    async def found(where: dict[str, Any], *projects: UUID) -> list[str]:
        return await labels(data, CONTENTS, {"id": where}, projects=[str(id_) for id_ in projects] or None)

    assert await found({"eq": content}) == ["Of Atlas"]
    assert await found({"eq": content}, BOATS) == []
    assert await found({"eq": elsewhere}) == []
    assert await found({"in": [content, others, elsewhere]}) == ["Of Atlas", "Of Boats"]
    assert await found({"in": [content, others]}, BOATS) == ["Of Boats"]
    assert await found({"in": []}) == []
    assert await found({"in": [content, others], "eq": others}) == ["Of Boats"]
    assert await labels(data, CONTENTS, {"not": {"id": {"eq": content}}}) == ["Of Boats"]
    assert await labels(data, TERMS, {"id": {"eq": term}}, project=str(ATLAS)) == ["Of Atlas"]
    assert await labels(data, TERMS, {"id": {"eq": term}}, project=str(BOATS)) == []


LITERALS = """
{
  list: contents(where: {metadata: {contains: {deep: {x: {y: 1}}}}, createdAt: {gte: "2026-01-01T00:00:00Z"}}) {
    totalCount nodes { label: title }
  }
}
"""
TEXT_IN_LITERAL = """
query ($tag: String!) {
  list: contents(where: {metadata: {contains: {tags: ["a", $tag]}}}) { totalCount nodes { label: title } }
}
"""
JSON_IN_LITERAL = TEXT_IN_LITERAL.replace("String!", "JSON!")


@pytest.mark.parametrize("document", [LITERALS, TEXT_IN_LITERAL, JSON_IN_LITERAL])
async def test_a_filter_can_be_written_into_the_document(document: str, world: World, data: GraphQL) -> None:
    project_id, model_id = await world.project("Atlas", await world.client()), await world.object_model()
    await world.content(project_id, "One", model_id, metadata=METADATA["object"])
    await world.content(project_id, "Two", model_id, metadata={"tags": ["a", "c"]})

    assert await labels(data, document, {}, tag="b") == ["One"]
