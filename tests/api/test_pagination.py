"""Pages of lists: each row once and in order, forwards and backwards, whatever ties and whatever is written between."""

from collections.abc import Iterable
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from world import GraphQL, World, moment, uuid_of

from gql_server.db.project_schema import ProjectSchema
from gql_server.schema.ids import IdKind, global_id, project_row_id

PAGE = """{
  totalCount edges { cursor node { id } } nodes { id }
  pageInfo { hasPreviousPage hasNextPage startCursor endCursor }
}"""
VARIABLES = "$first: Int, $after: String, $last: Int, $before: String"
PAGING = "first: $first, after: $after, last: $last, before: $before"
CONTENTS_OF_PROJECT = f"""
query ($of: ID!, {VARIABLES}, $where: ContentFilter, $orderBy: [ContentOrder!]) {{
  parent: project(id: $of) {{ list: contents({PAGING}, where: $where, orderBy: $orderBy) {PAGE} }}
}}
"""
TERMS_OF_PROJECT = f"""
query ($of: ID!, {VARIABLES}, $orderBy: [TermOrder!]) {{
  parent: project(id: $of) {{ list: vocabulary({PAGING}, orderBy: $orderBy) {PAGE} }}
}}
"""
CONTENTS = f"""
query ($of: [ID!], {VARIABLES}, $where: ContentFilter, $orderBy: [ContentOrder!]) {{
  list: contents({PAGING}, projects: $of, where: $where, orderBy: $orderBy) {PAGE}
}}
"""
PROJECTS = f"""
query ({VARIABLES}, $orderBy: [ProjectOrder!]) {{ list: projects({PAGING}, orderBy: $orderBy) {PAGE} }}
"""
PROJECTS_OF_CLIENT = f"""
query ($of: ID!, {VARIABLES}, $orderBy: [ProjectOrder!]) {{
  parent: client(id: $of) {{ list: projects({PAGING}, orderBy: $orderBy) {PAGE} }}
}}
"""
CONTENTS_OF_OBJECT_MODEL = f"""
query ($of: ID!, {VARIABLES}) {{ parent: objectModel(id: $of) {{ list: contents({PAGING}) {PAGE} }} }}
"""
COMPONENTS_OF_PROMPT = f"""
query ($of: ID!, {VARIABLES}) {{ parent: prompt(id: $of) {{ list: components({PAGING}) {PAGE} }} }}
"""
TEXTS = [None, "Beta", "alpha", "Émile", "", "Beta", None, "Zoo"]
CREATED = [1, 1, 2, 0, 1, 2, 0, 1]
UPDATED = [5, 4, 4, 4, 3, 3, 3, 9]
"""The titles of contents, and the hours at which they were made and changed."""


class Row(NamedTuple):
    """A row's ids, and what lists of it are ordered by, named as the API names it."""

    id: str
    database_id: UUID
    project_id: UUID
    values: dict[str, Any]


class Listed(NamedTuple):
    """A list: how to ask for it, the order that it has by itself, and its rows."""

    document: str
    of: Any
    order: str
    rows: list[Row]


def in_order(rows: Iterable[Row], order: str) -> list[str]:
    """The ids of rows in an order such as `TITLE CREATED_AT-`; ties go by id, in the last key's direction."""
    keys = [(part.rstrip("-"), part.endswith("-")) for part in order.split()]
    rows = sorted(rows, key=lambda row: (row.database_id, row.project_id), reverse=keys[-1][1])
    for key, descending in reversed(keys):
        rows = sorted(rows, key=lambda row, key=key: row.values[key] or "", reverse=descending)
    return [row.id for row in rows]


def order_by(order: str) -> list[dict[str, str]]:
    return [{"field": part[:-1], "direction": "DESC"} if part[-1] == "-" else {"field": part} for part in order.split()]


async def add_content(
    world: World, project_id: UUID, number: int, title: str | None, created: float, updated: float = 0
) -> Row:
    """A content whose id is the same in each project."""
    times = {"created_at": moment(created), "updated_at": moment(updated)}
    id_ = await world.content(project_id, title, uuid_of("object_model", "Article"), id=uuid_of(number), **times)
    values = {"TITLE": title, "CREATED_AT": moment(created), "UPDATED_AT": moment(updated)}
    return Row(project_row_id(IdKind.CONTENT, project_id, id_), id_, project_id, values)


async def add_project(world: World, number: int, name: str, client: str, created: float) -> Row:
    times = {"created_at": moment(created), "updated_at": moment(-created)}
    id_ = await world.project(f"Project {number}", uuid_of("client", client), name=name, **times)
    values = {"NAME": name, "CREATED_AT": moment(created), "UPDATED_AT": moment(-created)}
    return Row(global_id(IdKind.PROJECT, id_), id_, id_, values)


async def add_term(world: World, project_id: UUID, number: int) -> Row:
    text, created = TEXTS[number] or "Term", moment(CREATED[number])
    id_ = await world.term(project_id, text, id=uuid_of(number), created_at=created)
    return Row(project_row_id(IdKind.TERM, project_id, id_), id_, project_id, {"TERM": text, "CREATED_AT": created})


async def add_component(world: World, project_id: UUID, number: int) -> Row:
    name = TEXTS[number] or "Component"
    id_ = await world.prompt_component(project_id, name, uuid_of("prompt", "Write"), id=uuid_of(number))
    return Row(project_row_id(IdKind.PROMPT_COMPONENT, project_id, id_), id_, project_id, {"NAME": name})


@pytest.fixture
async def lists(world: World) -> dict[str, Listed]:
    """Lists whose rows tie in whatever they can."""
    clients = {name: global_id(IdKind.CLIENT, await world.client(name)) for name in ("Acme", "Other")}
    article = global_id(IdKind.OBJECT_MODEL, await world.object_model())
    write = global_id(IdKind.PROMPT, await world.prompt())
    names = [("Beta", 1), ("Atlas", 2), ("atlas", 1), ("Atlas", 1), ("Aa", 1)]
    projects = [await add_project(world, number, name, "Acme", hour) for number, (name, hour) in enumerate(names)]
    others = [await add_project(world, 9, "Atlas", "Other", 1)]
    ids = [project.database_id for project in projects[:3]]
    places = range(len(TEXTS))
    contents = [
        await add_content(world, id_, place, TEXTS[place], CREATED[place], UPDATED[place])
        for id_ in ids
        for place in places
    ]
    terms = [await add_term(world, ids[0], place) for place in places]
    components = [await add_component(world, id_, place) for id_ in ids for place in places]
    some = [row for row in contents if row.project_id in ids[:2]]
    return {
        "contents of a project": Listed(CONTENTS_OF_PROJECT, projects[0].id, "CREATED_AT-", contents[: len(TEXTS)]),
        "terms of a project": Listed(TERMS_OF_PROJECT, projects[0].id, "TERM", terms),
        "contents": Listed(CONTENTS, None, "CREATED_AT-", contents),
        "contents of two projects": Listed(CONTENTS, [str(ids[1]), projects[0].id], "CREATED_AT-", some),
        "contents of no projects": Listed(CONTENTS, [], "CREATED_AT-", []),
        "contents of an object model": Listed(CONTENTS_OF_OBJECT_MODEL, article, "CREATED_AT-", contents),
        "components of a prompt": Listed(COMPONENTS_OF_PROMPT, write, "NAME", components),
        "projects": Listed(PROJECTS, None, "NAME", [*projects, *others]),
        "projects of a client": Listed(PROJECTS_OF_CLIENT, clients["Acme"], "NAME", projects),
    }


class Page(NamedTuple):
    ids: list[str]
    has_previous: bool
    has_next: bool
    total: int


async def read(data: GraphQL, listed: Listed, order: str = "", **variables: Any) -> tuple[Page, list[str]]:
    """A page and its cursors."""
    asked = {"of": listed.of, **({"orderBy": order_by(order)} if order else {}), **variables}
    answer = await data(listed.document, **asked)
    page = (answer.get("parent") or answer)["list"]
    cursors = [edge["cursor"] for edge in page["edges"]]
    info = page["pageInfo"]
    assert [edge["node"] for edge in page["edges"]] == page["nodes"]
    assert [info["startCursor"], info["endCursor"]] == ([cursors[0], cursors[-1]] if cursors else [None, None])
    ids = [node["id"] for node in page["nodes"]]
    return Page(ids, info["hasPreviousPage"], info["hasNextPage"], page["totalCount"]), cursors


async def walk(data: GraphQL, listed: Listed, expected: list[str], size: int, order: str = "", **where: Any) -> None:
    """Reads a list from its start to its end and back, and compares each page."""
    total = len(expected)
    cursor = None
    for start in range(0, max(total, 1), size):
        page, cursors = await read(data, listed, order, first=size, after=cursor, **where)
        assert page == Page(expected[start : start + size], start > 0, start + size < total, total)
        cursor = cursors[-1] if cursors else None
    cursor = None
    for end in range(total, min(total, 1) - 1, -size):
        page, cursors = await read(data, listed, order, last=size, before=cursor, **where)
        assert page == Page(expected[max(0, end - size) : end], end > size, end < total, total)
        cursor = cursors[0] if cursors else None


@pytest.mark.parametrize(
    ("name", "order"),
    [
        ("contents of a project", ""),
        ("contents of a project", "CREATED_AT"),
        ("contents of a project", "UPDATED_AT-"),
        ("contents of a project", "TITLE"),
        ("contents of a project", "TITLE-"),
        ("contents of a project", "TITLE CREATED_AT-"),
        ("contents of a project", "CREATED_AT- TITLE"),
        ("contents of a project", "UPDATED_AT- CREATED_AT- TITLE-"),
        ("terms of a project", ""),
        ("terms of a project", "CREATED_AT- TERM"),
        ("contents", ""),
        ("contents", "TITLE"),
        ("contents", "TITLE- UPDATED_AT"),
        ("contents of two projects", ""),
        ("contents of no projects", ""),
        ("contents of an object model", ""),
        ("components of a prompt", ""),
        ("projects", ""),
        ("projects", "UPDATED_AT-"),
        ("projects", "NAME- CREATED_AT"),
        ("projects of a client", ""),
        ("projects of a client", "CREATED_AT NAME-"),
    ],
)
async def test_pages_of_a_list_are_its_rows_in_order(
    name: str, order: str, lists: dict[str, Listed], data: GraphQL
) -> None:
    expected = in_order(lists[name].rows, order or lists[name].order)
    for size in (1, 2, 3):
        await walk(data, lists[name], expected, size, order)


@pytest.mark.parametrize("name", ["contents of a project", "contents"])
async def test_a_page_lies_between_two_cursors(name: str, lists: dict[str, Listed], data: GraphQL) -> None:
    ids, total = in_order(lists[name].rows, "TITLE"), len(lists[name].rows)
    _, cursors = await read(data, lists[name], "TITLE")
    between = {"after": cursors[1], "before": cursors[6]}

    pages = [
        (await read(data, lists[name], "TITLE", **asked))[0]
        for asked in [
            between,
            {**between, "first": 2},
            {**between, "last": 2},
            {**between, "first": 0},
            {**between, "last": 0},
            {"after": cursors[6], "before": cursors[1]},
            {"first": 0},
            {"last": 0},
        ]
    ]

    assert pages == [
        Page(ids[2:6], True, False, total),
        Page(ids[2:4], True, True, total),
        Page(ids[4:6], True, True, total),
        Page([], True, True, total),
        Page([], True, True, total),
        Page([], True, False, total),
        Page([], False, True, total),
        Page([], True, False, total),
    ]


@pytest.mark.parametrize("name", ["contents of a project", "contents"])
async def test_a_filter_counts_and_pages_what_meets_it(name: str, lists: dict[str, Listed], data: GraphQL) -> None:
    met = [row for row in lists[name].rows if row.values["TITLE"] == "Beta"]
    for size in (1, 3):
        await walk(data, lists[name], in_order(met, "CREATED_AT-"), size, where={"title": {"eq": "Beta"}})


@pytest.mark.parametrize("name", ["contents of a project", "contents"])
async def test_rows_written_between_two_pages_neither_repeat_nor_skip_others(
    name: str, lists: dict[str, Listed], world: World, data: GraphQL
) -> None:
    listed, project_id = lists[name], lists[name].rows[0].project_id
    first, cursors = await read(data, listed, "CREATED_AT", first=4)
    last, ends = await read(data, listed, "CREATED_AT", last=3)
    oldest = await add_content(world, project_id, 20, "Oldest", -1)
    newest = await add_content(world, project_id, 21, "Newest", 9)
    middle = [await add_content(world, project_id, 30 + number, "Tie", 1) for number in range(9)]
    gone = next(row for row in listed.rows if row.id == first.ids[-1])
    table = f"{ProjectSchema(gone.project_id).quoted}.contents"
    await world.connection.execute(f"DELETE FROM {table} WHERE id = $1", gone.database_id)

    after, _ = await read(data, listed, "CREATED_AT", first=100, after=cursors[-1])
    before, _ = await read(data, listed, "CREATED_AT", last=100, before=ends[0])

    was = listed.rows
    assert first.ids + after.ids == in_order([*was, *middle, newest], "CREATED_AT")
    assert before.ids + last.ids == in_order([oldest, *(row for row in was if row is not gone), *middle], "CREATED_AT")
