"""Stock strawberry, in the way that its documentation shows: types with resolvers, aiodataloader, its own ASGI app."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

import asyncpg
import strawberry
from starlette.applications import Starlette
from strawberry.asgi import GraphQL
from strawberry.extensions import ParserCache, ValidationCache

from benchmarks.peers import statements as sql
from benchmarks.peers.ids import content_cursor, parse_id, project_cursor, project_row_id, shared_id
from benchmarks.peers.stock_loaders import Loaders, Page, Record

NodeT = TypeVar("NodeT")


@strawberry.input
class StringFilter:
    eq: str | None = None
    contains: str | None = None

    def on(self, column: str) -> sql.Where:
        operator = "eq" if self.contains is None else "contains"
        return sql.Where(column, operator, self.eq if self.contains is None else self.contains)


@strawberry.input
class ContentFilter:
    title: StringFilter


@strawberry.input
class TermFilter:
    category: StringFilter


@strawberry.interface
class Node:
    id: strawberry.ID


@strawberry.type
class PageInfo:
    has_next_page: bool
    end_cursor: str | None


@strawberry.type
class Connection(Generic[NodeT]):
    nodes: list[NodeT]
    page_info: PageInfo
    count: strawberry.Private[Any]

    @strawberry.field
    async def total_count(self) -> int:
        return await self.count()


@strawberry.type
class Client(Node):
    name: str


@strawberry.type
class Prompt(Node):
    name: str


@strawberry.type
class ObjectModel(Node):
    name: str
    version: str
    key: strawberry.Private[UUID]

    @strawberry.field
    async def contents(self, info: strawberry.Info, first: int = 20) -> "Connection[Content]":
        page = await info.context["loaders"].contents_by_model(first).load(self.key)
        return content_connection(page, None)


@strawberry.type
class Content(Node):
    title: str | None
    body: str
    created_at: datetime
    object_model_id: strawberry.Private[UUID]
    project_id: strawberry.Private[UUID]

    @strawberry.field
    async def object_model(self, info: strawberry.Info) -> ObjectModel | None:
        row = await info.context["loaders"].object_models.load(self.object_model_id)
        return ObjectModel(id=shared_id("mdl", row["id"]), name=row["name"], version=row["version"], key=row["id"])

    @strawberry.field
    async def project(self, info: strawberry.Info) -> "Project":
        return project_of(await info.context["loaders"].projects.load(self.project_id))


@strawberry.type
class Term(Node):
    term: str
    definition: str


@strawberry.type
class PromptComponent(Node):
    name: str
    base_prompt_id: strawberry.Private[UUID | None]

    @strawberry.field
    async def base_prompt(self, info: strawberry.Info) -> Prompt | None:
        if self.base_prompt_id is None:
            return None
        row = await info.context["loaders"].prompts.load(self.base_prompt_id)
        return Prompt(id=shared_id("prm", row["id"]), name=row["name"])


@strawberry.type
class Project(Node):
    name: str
    key: strawberry.Private[UUID]
    client_id: strawberry.Private[UUID]

    @strawberry.field
    async def client(self, info: strawberry.Info) -> Client:
        row = await info.context["loaders"].clients.load(self.client_id)
        return Client(id=shared_id("cli", row["id"]), name=row["name"])

    @strawberry.field
    async def contents(
        self, info: strawberry.Info, first: int = 20, where: ContentFilter | None = None
    ) -> Connection[Content]:
        loaders: Loaders = info.context["loaders"]
        condition = where and where.title.on("title")
        page = await loaders.pages(sql.CONTENTS, first, condition).load(self.key)
        return content_connection(page, lambda: loaders.counts(sql.CONTENTS, condition).load(self.key))

    @strawberry.field
    async def vocabulary(
        self, info: strawberry.Info, first: int = 20, where: TermFilter | None = None
    ) -> Connection[Term]:
        loaders: Loaders = info.context["loaders"]
        condition = where and where.category.on("category")
        page: Page = await loaders.pages(sql.VOCABULARY, first, condition).load(self.key)
        nodes = [
            Term(id=project_row_id("trm", id_, row["id"]), term=row["term"], definition=row["definition"])
            for id_, row in page.rows
        ]
        count = lambda: loaders.counts(sql.VOCABULARY, condition).load(self.key)  # noqa: E731
        return Connection(
            nodes=nodes, page_info=PageInfo(has_next_page=page.has_next_page, end_cursor=None), count=count
        )

    @strawberry.field
    async def prompt_components(self, info: strawberry.Info, first: int = 20) -> Connection[PromptComponent]:
        loaders: Loaders = info.context["loaders"]
        page: Page = await loaders.pages(sql.PROMPT_COMPONENTS, first, None).load(self.key)
        nodes = [
            PromptComponent(
                id=project_row_id("cmp", id_, row["id"]), name=row["name"], base_prompt_id=row["base_prompt_id"]
            )
            for id_, row in page.rows
        ]
        count = lambda: loaders.counts(sql.PROMPT_COMPONENTS, None).load(self.key)  # noqa: E731
        return Connection(
            nodes=nodes, page_info=PageInfo(has_next_page=page.has_next_page, end_cursor=None), count=count
        )


def content_of(found: tuple[UUID, Record]) -> Content:
    project_id, row = found
    return Content(
        id=project_row_id("cnt", project_id, row["id"]),
        title=row["title"],
        body=row["body"],
        created_at=row["created_at"],
        object_model_id=row["object_model_id"],
        project_id=project_id,
    )


def project_of(row: Record) -> Project:
    return Project(id=shared_id("prj", row["id"]), name=row["name"], key=row["id"], client_id=row["client_id"])


def content_connection(page: Page, count: Any) -> Connection[Content]:
    end = content_cursor(page.rows[-1][1]["created_at"], page.rows[-1][1]["id"]) if page.rows else None
    return Connection(
        nodes=[content_of(found) for found in page.rows],
        page_info=PageInfo(has_next_page=page.has_next_page, end_cursor=end),
        count=count,
    )


@strawberry.type
class Query:
    @strawberry.field
    async def projects(self, info: strawberry.Info, first: int = 20) -> Connection[Project]:
        pool = info.context["loaders"].pool
        rows = await pool.fetch(sql.PROJECTS, first + 1)
        has_next_page, rows = len(rows) > first, rows[:first]
        end = project_cursor(rows[-1]["name"], rows[-1]["id"]) if rows else None
        return Connection(
            nodes=[project_of(row) for row in rows],
            page_info=PageInfo(has_next_page=has_next_page, end_cursor=end),
            count=lambda: pool.fetchval(sql.COUNT_PROJECTS),
        )

    @strawberry.field
    async def project(self, info: strawberry.Info, id: strawberry.ID) -> Project | None:
        row = await info.context["loaders"].projects.load(parse_id(id).id)
        return row and project_of(row)

    @strawberry.field
    async def node(self, info: strawberry.Info, id: strawberry.ID) -> Node | None:
        loaders: Loaders = info.context["loaders"]
        kind, project_id, id_ = parse_id(id)
        if kind == "cnt":
            found = await loaders.contents.load((project_id, id_))
            return found and content_of(found)
        row = await loaders.projects.load(id_)
        return row and project_of(row)


@strawberry.input
class UpdateContentInput:
    content: strawberry.ID
    title: str | None


@strawberry.type
class UserError:
    code: str
    message: str
    path: list[str]


@strawberry.type
class UpdateContentPayload:
    content: Content | None
    user_errors: list[UserError]


UNKNOWN = UserError(code="NOT_FOUND", message="There is no such content.", path=["input", "content"])


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def update_content(self, info: strawberry.Info, input: UpdateContentInput) -> UpdateContentPayload:
        loaders: Loaders = info.context["loaders"]
        _, project_id, id_ = parse_id(input.content)
        async with loaders.pool.acquire() as connection, connection.transaction():
            renamed = await connection.fetch(sql.rename_content(project_id), id_, input.title)
        if not renamed:
            return UpdateContentPayload(content=None, user_errors=[UNKNOWN])
        return UpdateContentPayload(content=content_of(await loaders.contents.load((project_id, id_))), user_errors=[])


class App(GraphQL):
    """Gives each request its loaders."""

    pool: Any = None

    async def get_context(self, request: Any, response: Any) -> dict[str, Any]:
        return {"loaders": Loaders(self.pool), "request": request, "response": response}


schema = strawberry.Schema(Query, Mutation, extensions=[ParserCache(maxsize=100), ValidationCache(maxsize=100)])
graphql = App(schema, graphql_ide=None)


@asynccontextmanager
async def lifespan(_app: Starlette) -> AsyncGenerator[None]:
    """The database's address is in the environment, as asyncpg reads it."""
    async with asyncpg.create_pool(min_size=1, max_size=20, server_settings={"timezone": "UTC"}) as pool:
        graphql.pool = pool
        yield


app = Starlette(lifespan=lifespan)
app.add_route("/graphql", graphql, methods=["POST"])
