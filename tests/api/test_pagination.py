"""Pages of lists: each row once and in order, forwards and backwards, whatever ties and whatever is written between."""

from collections.abc import Callable, Iterable
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
CREATED = [1, 1, 2, 0, 1, 2, 0, 1 + 1e-9]
UPDATED = [5, 4, 4, 4, 3, 3, 3, 9]
"""The titles of contents, and the hours at which they were made (the last microseconds after others) and changed."""

ELSEWHERE = 3
"""The place of the row that is of another object model, or of no prompt."""

ORDERS = {
    "contents of a project": ["", "CREATED_AT", "UPDATED_AT-", "TITLE", "TITLE-", "TITLE CREATED_AT-"],
    "contents": ["", "TITLE", "TITLE- UPDATED_AT", "UPDATED_AT- CREATED_AT- TITLE-"],
    "contents of two projects": ["", "CREATED_AT- TITLE"],
    "contents of no projects": [""],
    "contents of an object model": [""],
    "components of a prompt": [""],
    "terms of a project": ["", "CREATED_AT- TERM"],
    "projects": ["", "UPDATED_AT-", "NAME- CREATED_AT"],
    "projects of a client": ["", "CREATED_AT NAME-"],
}
FILTERS: list[tuple[dict[str, Any], Callable[[Any, Any], bool]]] = [
    ({}, lambda _title, _created: True),
    ({"title": {"isNull": True}}, lambda title, _created: title is None),
    ({"title": {"contains": "A"}}, lambda title, _created: "a" in (title or "").lower()),
    ({"not": {"title": {"eq": "Beta"}}}, lambda title, _created: title != "Beta"),
    ({"createdAt": {"gt": "2026-01-01T01:30:00+01:00"}}, lambda _title, created: created > moment(0.5)),
]
"""Some filters, and what a content's title and time must be to meet them."""


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


def in_project(kind: IdKind, project_id: UUID, id_: UUID, **values: Any) -> Row:
    return Row(project_row_id(kind, project_id, id_), id_, project_id, values)


async def add_content(
    world: World, project_id: UUID, number: int, title: str | None, created: float, updated: float = 0
) -> Row:
    """A content whose id is the same in each project."""
    times = {"created_at": moment(created), "updated_at": moment(updated)}
    model_id = uuid_of("object_model", "Recipe" if number == ELSEWHERE else "Article")
    id_ = await world.content(project_id, title, model_id, id=uuid_of(number), **times)
    values = {column.upper(): time for column, time in times.items()}
    return in_project(IdKind.CONTENT, project_id, id_, TITLE=title, **values)


async def add_project(world: World, number: int, name: str, client: str, created: float) -> Row:
    times = {"created_at": moment(created), "updated_at": moment(-created)}
    id_ = await world.project(f"Project {number}", uuid_of("client", client), **times)
    await world.connection.execute("UPDATE public.projects SET name = $2 WHERE id = $1", id_, name)
    values = {column.upper(): time for column, time in times.items()}
    return Row(global_id(IdKind.PROJECT, id_), id_, id_, {"NAME": name, **values})


@pytest.fixture
async def lists(world: World) -> dict[str, Listed]:
    """Lists whose rows tie in whatever they can."""
    clients = [global_id(IdKind.CLIENT, await world.client(name)) for name in ("Acme", "Other")]
    article, _, write = await world.object_model(), await world.object_model("Recipe"), await world.prompt()
    names = [("Beta", 1), ("Atlas", 2), ("atlas", 1), ("Atlas", 1), ("Aa", 1)]
    projects = [await add_project(world, number, name, "Acme", hour) for number, (name, hour) in enumerate(names)]
    others = [await add_project(world, 9, "Atlas", "Other", 1)]
    contents, components, terms = list[Row](), list[Row](), list[Row]()
    for id_ in [project.database_id for project in projects[:3]]:
        for place, (text, created, updated) in enumerate(zip(TEXTS, CREATED, UPDATED, strict=True)):
            contents.append(await add_content(world, id_, place, text, created, updated))
            name, row_id = text or "None", uuid_of(place)
            await world.prompt_component(id_, name, None if place == ELSEWHERE else write, id=row_id)
            components.append(in_project(IdKind.PROMPT_COMPONENT, id_, row_id, NAME=name))
            term = f"{name} {place}"
            await world.term(id_, term, id=row_id, created_at=moment(created))
            terms.append(in_project(IdKind.TERM, id_, row_id, TERM=term, CREATED_AT=moment(created)))
    articles, writes = (
        [row for row in rows if row.database_id != uuid_of(ELSEWHERE)] for rows in (contents, components)
    )
    own, both, first, two = len(TEXTS), 2 * len(TEXTS), projects[0], [str(projects[1].database_id), projects[0].id]
    return {
        "contents of a project": Listed(CONTENTS_OF_PROJECT, first.id, "CREATED_AT-", contents[:own]),
        "contents": Listed(CONTENTS, None, "CREATED_AT-", contents),
        "contents of two projects": Listed(CONTENTS, two, "CREATED_AT-", contents[:both]),
        "contents of no projects": Listed(CONTENTS, [], "CREATED_AT-", []),
        "contents of an object model": Listed(
            CONTENTS_OF_OBJECT_MODEL, global_id(IdKind.OBJECT_MODEL, article), "CREATED_AT-", articles
        ),
        "components of a prompt": Listed(COMPONENTS_OF_PROMPT, global_id(IdKind.PROMPT, write), "NAME", writes),
        "terms of a project": Listed(TERMS_OF_PROJECT, first.id, "TERM", terms[:own]),
        "projects": Listed(PROJECTS, None, "NAME", [*projects, *others]),
        "projects of a client": Listed(PROJECTS_OF_CLIENT, clients[0], "NAME", projects),
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


@pytest.mark.parametrize(("name", "order"), [(name, order) for name, orders in ORDERS.items() for order in orders])
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
        (between, Page(ids[2:6], True, False, total)),
        ({**between, "first": 2}, Page(ids[2:4], True, True, total)),
        ({**between, "last": 2}, Page(ids[4:6], True, True, total)),
        ({**between, "last": 4}, Page(ids[2:6], False, True, total)),
        ({**between, "first": 0}, Page([], True, True, total)),
        ({**between, "last": 0}, Page([], True, True, total)),
        ({"after": cursors[6], "before": cursors[1]}, Page([], True, False, total)),
        ({"first": 0}, Page([], False, True, total)),
        ({"last": 0}, Page([], True, False, total)),
    ]
    for asked, page in pages:
        assert (await read(data, lists[name], "TITLE", **asked))[0] == page, asked


@pytest.mark.parametrize("name", ["contents of a project", "contents"])
async def test_rows_written_between_two_pages_neither_repeat_nor_skip_others(
    name: str, lists: dict[str, Listed], world: World, data: GraphQL
) -> None:
    listed, project_id = lists[name], lists[name].rows[0].project_id
    first, cursors = await read(data, listed, "CREATED_AT", first=4)
    last, ends = await read(data, listed, "CREATED_AT", last=3)
    hours = [-1, 9, *[1] * 9]
    written = [await add_content(world, project_id, 20 + place, "New", hour) for place, hour in enumerate(hours)]
    gone = next(row for row in listed.rows if row.id == first.ids[-1])
    table = f"{ProjectSchema(gone.project_id).quoted}.contents"
    await world.connection.execute(f"DELETE FROM {table} WHERE id = $1", gone.database_id)

    after, _ = await read(data, listed, "CREATED_AT", first=100, after=cursors[-1])
    before, _ = await read(data, listed, "CREATED_AT", last=100, before=ends[0])

    ids = in_order([*listed.rows, *written], "CREATED_AT")
    place = ids.index(gone.id)
    assert after.ids == ids[place + 1 :]
    assert before.ids == [*ids[:place], *ids[place + 1 : ids.index(last.ids[0])]]


async def test_a_page_is_read_once_and_counted_only_when_asked(
    lists: dict[str, Listed], data: GraphQL, statements: list[str]
) -> None:
    counts = []
    for document in [CONTENTS.replace("totalCount ", ""), CONTENTS]:
        statements.clear()
        await data(document, first=2)
        counts.append(sum("each_project" in statement for statement in statements))
    assert counts == [1, 2]


async def test_random_walks_agree_with_sorted_rows(world: World, data: GraphQL) -> None:
    random = Random(2026)
    for name in ("Article", "Recipe"):
        await world.object_model(name)
    await world.client()
    projects = [await add_project(world, number, f"{number}", "Acme", 0) for number in range(4)]
    rows = [
        await add_content(world, project.database_id, number, random.choice(TEXTS), *random.choices(range(4), k=2))
        for project in projects
        for number in random.sample(range(15), 10)
    ]
    for _ in range(40):
        some = {project.database_id: project.id for project in random.sample(projects, random.randint(1, 4))}
        where, met = random.choice(FILTERS)
        found = [row for row in rows if row.project_id in some and met(row.values["TITLE"], row.values["CREATED_AT"])]
        keys = random.sample(["TITLE", "CREATED_AT", "UPDATED_AT"], random.randint(1, 3))
        order = " ".join(key + random.choice(["", "-"]) for key in keys)
        document, of = (CONTENTS, [*some.values()]) if len(some) > 1 else (CONTENTS_OF_PROJECT, *some.values())
        listed = Listed(document, of, order, found)
        await walk(data, listed, in_order(found, order), random.randint(1, 12), order, where=where)
