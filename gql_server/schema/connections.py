"""Relay connections: pages of nodes with cursors."""

from typing import Any, Generic, TypeVar

import strawberry

from gql_server.db.pages import Page, PageQuery
from gql_server.loaders.lists import ListLoader
from gql_server.schema.cursors import encode_cursor
from gql_server.schema.ids import IdKind
from gql_server.schema.node import Info, node_of
from gql_server.schema.prices import COUNT, priced

NodeT = TypeVar("NodeT")


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(
        description="Whether nodes follow after the page; with `last`, whether `before` was given."
    )
    has_previous_page: bool = strawberry.field(
        description="Whether nodes come before the page; with `first`, whether `after` was given."
    )
    start_cursor: str | None = strawberry.field(description="The cursor of the first node.")
    end_cursor: str | None = strawberry.field(description="The cursor of the last node.")


@strawberry.type(description="A node in its place in a list.")
class Edge(Generic[NodeT]):
    cursor: str = strawberry.field(description="Where the node is in the list: for `after` and `before`.")
    node: NodeT = strawberry.field(description="The node.")


@strawberry.type(description="A page of a list.")
class Connection(Generic[NodeT]):
    """Reads nothing before a field is asked for; `kind` is that of its nodes."""

    source: strawberry.Private[ListLoader[Any, Any]]
    parent: strawberry.Private[Any]
    query: strawberry.Private[PageQuery]
    kind: strawberry.Private[IdKind]

    @strawberry.field(description="The nodes of the page, with their cursors.")
    async def edges(self, info: Info) -> list[Edge[NodeT]]:
        page = await self._page(info)
        return [Edge(cursor=self._cursor(row), node=node_of(self.kind, row)) for row in page.rows]

    @strawberry.field(description="The nodes of the page.")
    async def nodes(self, info: Info) -> list[NodeT]:
        page = await self._page(info)
        return [node_of(self.kind, row) for row in page.rows]

    @strawberry.field(description="Where the page lies in the list.")
    async def page_info(self, info: Info) -> PageInfo:
        page = await self._page(info)
        backwards = self.query.backwards
        return PageInfo(
            has_next_page=self.query.before is not None if backwards else page.has_more,
            has_previous_page=page.has_more if backwards else self.query.after is not None,
            start_cursor=self._cursor(page.rows[0]) if page.rows else None,
            end_cursor=self._cursor(page.rows[-1]) if page.rows else None,
        )

    @strawberry.field(
        description="How many nodes the whole list has; a statement of its own, run when asked for.",
        metadata=priced(COUNT),
    )
    async def total_count(self, info: Info) -> int:
        count = await self.source.count(self.parent, self.query.where)
        info.context.report(count, info.path)
        return count.value

    async def _page(self, info: Info) -> Page[Any]:
        page = await self.source.page(self.parent, self.query)
        info.context.report(page, info.path)
        return page.value

    def _cursor(self, row: object) -> str:
        return encode_cursor(self.source.table, self.query.order, self.source.tie_breakers, row)
