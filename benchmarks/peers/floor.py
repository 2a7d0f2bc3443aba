"""The floor: the same answers by hand, with asyncpg and orjson, and no GraphQL.

Each workload has an endpoint of its own, which knows what is asked for and reads no more than that.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks.peers import statements as sql
from benchmarks.peers.ids import content_cursor, parse_id, project_cursor, project_row_id, shared_id

CONTENTS = sql.CONTENTS._replace(columns="id, title, object_model_id, created_at")
TITLES = sql.CONTENTS._replace(columns="id, title")
CATEGORISED = sql.VOCABULARY._replace(columns="id, term")

pages = lru_cache(1000)(sql.pages)
counts = lru_cache(1000)(sql.counts)
contents_by_model = lru_cache(10)(sql.contents_by_model)

Json = dict[str, Any]
Rows = list[asyncpg.Record]
Db = Any
"""One connection for a whole answer; asyncpg's types do not say what its pool hands out."""

pool: Any = None


async def lists(
    db: Db, table: sql.Table, ids: tuple[UUID, ...], rows: int, where: sql.Where | None = None
) -> list[Rows]:
    """One row more than a page, of each project."""
    found: list[Rows] = [[] for _ in ids]
    values = [] if where is None else [where.value]
    for row in await db.fetch(pages(table, ids, where), rows + 1, *values):
        found[row[0]].append(row)
    return found


async def totals(db: Db, table: sql.Table, ids: tuple[UUID, ...], where: sql.Where) -> list[int]:
    return [row[1] for row in await db.fetch(counts(table, ids, where), where.value)]


async def named(db: Db, statement: str, kind: str, ids: set[UUID]) -> dict[UUID, Json]:
    """Shared rows as they are answered with, by id."""
    rows = await db.fetch(statement, list(ids))
    return {row["id"]: {"id": shared_id(kind, row["id"]), "name": row["name"]} for row in rows}


async def models(db: Db, ids: set[UUID]) -> dict[UUID, Json]:
    rows = await db.fetch(sql.OBJECT_MODELS_BY_ID, list(ids))
    return {row[0]: {"id": shared_id("mdl", row[0]), "name": row[1], "version": row[2]} for row in rows}


async def nested(db: Db, projects: Rows, rows: int) -> list[Json]:
    ids = tuple(project["id"] for project in projects)
    contents = await lists(db, CONTENTS, ids, rows)
    terms = await lists(db, sql.VOCABULARY, ids, rows)
    components = await lists(db, sql.PROMPT_COMPONENTS, ids, rows)
    clients = await named(db, sql.CLIENTS_BY_ID, "cli", {project["client_id"] for project in projects})
    after = await models(db, {row["object_model_id"] for listed in contents for row in listed})
    bases = {row["base_prompt_id"] for listed in components for row in listed} - {None}
    prompts: dict[UUID | None, Json | None] = {**await named(db, sql.PROMPTS_BY_ID, "prm", bases), None: None}
    return [
        {
            "id": shared_id("prj", project["id"]),
            "name": project["name"],
            "client": clients[project["client_id"]],
            "contents": {
                "nodes": [
                    {
                        "id": project_row_id("cnt", project["id"], id_),
                        "title": title,
                        "createdAt": at,
                        "objectModel": after[m],
                    }
                    for _, id_, title, m, at in contents[place][:rows]
                ]
            },
            "vocabulary": {
                "nodes": [
                    {"id": project_row_id("trm", project["id"], id_), "term": term, "definition": definition}
                    for _, id_, term, definition in terms[place][:rows]
                ]
            },
            "promptComponents": {
                "nodes": [
                    {"id": project_row_id("cmp", project["id"], id_), "name": name, "basePrompt": prompts[base]}
                    for _, id_, name, base in components[place][:rows]
                ]
            },
        }
        for place, project in enumerate(projects)
    ]


async def small(db: Db, project: str, rows: int) -> Json:
    [answer] = await nested(db, await db.fetch(sql.PROJECTS_BY_ID, [parse_id(project).id]), rows)
    return {"project": answer}


async def large(db: Db, projects: int, rows: int) -> Json:
    return {"projects": {"nodes": await nested(db, await db.fetch(sql.PROJECTS, projects), rows)}}


async def page(db: Db, projects: int, rows: int) -> Json:
    found = await db.fetch(sql.PROJECTS, projects + 1)
    listed = found[:projects]
    contents = await lists(db, CONTENTS, tuple(row["id"] for row in listed), rows)
    after = await named(
        db, sql.OBJECT_MODELS_BY_ID, "mdl", {row["object_model_id"] for rows in contents for row in rows}
    )
    nodes = []
    for project, all_rows in zip(listed, contents, strict=True):
        own = all_rows[:rows]
        last = own[-1]
        connection = {
            "nodes": [
                {
                    "id": project_row_id("cnt", project["id"], id_),
                    "title": title,
                    "createdAt": at,
                    "objectModel": after[m],
                }
                for _, id_, title, m, at in own
            ],
            "pageInfo": {
                "hasNextPage": len(all_rows) > rows,
                "endCursor": content_cursor(last["created_at"], last["id"]),
            },
        }
        nodes.append({"id": shared_id("prj", project["id"]), "name": project["name"], "contents": connection})
    end = project_cursor(listed[-1]["name"], listed[-1]["id"])
    return {"projects": {"nodes": nodes, "pageInfo": {"hasNextPage": len(found) > projects, "endCursor": end}}}


async def deep(db: Db, project: str, rows: int) -> Json:
    project_id = parse_id(project).id
    [contents] = await lists(db, CONTENTS, (project_id,), rows)
    contents = contents[:rows]
    answers = await named(db, sql.OBJECT_MODELS_BY_ID, "mdl", {row["object_model_id"] for row in contents})
    all_ids = tuple(row[0] for row in await db.fetch(sql.PROJECT_IDS))
    found = await db.fetch(contents_by_model(all_ids, "id, title, created_at"), list(answers), rows + 1)
    projects = await named(db, sql.PROJECTS_BY_ID, "prj", {all_ids[row["place"]] for row in found})
    for answer in answers.values():
        answer["contents"] = {"nodes": []}
    for place, model, id_, title, _, number in found:
        if number <= rows:
            content = {
                "id": project_row_id("cnt", all_ids[place], id_),
                "title": title,
                "project": projects[all_ids[place]],
            }
            answers[model]["contents"]["nodes"].append(content)
    nodes = [
        {
            "id": project_row_id("cnt", project_id, row["id"]),
            "title": row["title"],
            "objectModel": answers[row["object_model_id"]],
        }
        for row in contents
    ]
    return {"project": {"id": project, "contents": {"nodes": nodes}}}


async def content_by_id(db: Db, project_id: UUID, id_: UUID) -> tuple[asyncpg.Record, Json]:
    [content] = await db.fetch(sql.contents_by_id([project_id]), [id_])
    after = await named(db, sql.OBJECT_MODELS_BY_ID, "mdl", {content["object_model_id"]})
    return content, after[content["object_model_id"]]


async def node(db: Db, id: str) -> Json:
    _, project_id, id_ = parse_id(id)
    content, model = await content_by_id(db, project_id, id_)
    shown = {"title": content["title"], "body": content["body"], "createdAt": content["created_at"]}
    return {"node": {"id": id, **shown, "objectModel": model}}


async def count(db: Db, projects: int, rows: int, text: str, category: str) -> Json:
    found = await db.fetch(sql.PROJECTS, projects)
    ids = tuple(row["id"] for row in found)
    by_title, by_category = sql.Where("title", "contains", text), sql.Where("category", "eq", category)
    contents, contents_total = await lists(db, TITLES, ids, rows, by_title), await totals(db, TITLES, ids, by_title)
    terms, terms_total = (
        await lists(db, CATEGORISED, ids, rows, by_category),
        await totals(db, CATEGORISED, ids, by_category),
    )
    nodes = [
        {
            "id": shared_id("prj", id_),
            "contents": {
                "totalCount": contents_total[place],
                "nodes": [
                    {"id": project_row_id("cnt", id_, row[1]), "title": row[2]} for row in contents[place][:rows]
                ],
            },
            "vocabulary": {
                "totalCount": terms_total[place],
                "nodes": [{"id": project_row_id("trm", id_, row[1]), "term": row[2]} for row in terms[place][:rows]],
            },
        }
        for place, id_ in enumerate(ids)
    ]
    return {"projects": {"totalCount": await db.fetchval(sql.COUNT_PROJECTS), "nodes": nodes}}


async def mutation(db: Db, content: str, title: str) -> Json:
    _, project_id, id_ = parse_id(content)
    async with db.transaction():
        await db.fetch(sql.rename_content(project_id), id_, title)
    row, model = await content_by_id(db, project_id, id_)
    shown = {"id": content, "title": row["title"], "body": row["body"], "objectModel": model}
    return {"updateContent": {"content": shown, "userErrors": []}}


def endpoint(answer: Any) -> Route:
    async def respond(request: Request) -> Response:
        variables = orjson.loads(await request.body())["variables"]
        async with pool.acquire() as db:
            data = await answer(db, **variables)
        return Response(orjson.dumps({"data": data}), media_type="application/json")

    return Route(f"/{answer.__name__}", respond, methods=["POST"])


async def leave_as_is(_connection: object) -> None:
    """Takes the place of a statement that resets each connection: nothing here changes one."""


@asynccontextmanager
async def lifespan(_app: Starlette) -> AsyncGenerator[None]:
    """The database's address is in the environment, as asyncpg reads it."""
    global pool
    async with asyncpg.create_pool(max_size=20, server_settings={"timezone": "UTC"}, reset=leave_as_is) as pool:
        yield


app = Starlette(
    routes=[endpoint(answer) for answer in (small, large, page, deep, node, count, mutation)], lifespan=lifespan
)
