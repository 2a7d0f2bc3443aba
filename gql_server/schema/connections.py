"""Relay connections: pages of nodes with cursors."""

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

import strawberry

from gql_server.db.pages import Page, PageQuery
from gql_server.db.rests import Rests
from gql_server.engine import BatchInfo
from gql_server.loaders.lists import ListLoader, Loaded
from gql_server.schema.batches import Batch, batched
from gql_server.schema.cursors import cursor_maker
from gql_server.schema.ids import IdKind
from gql_server.schema.node import Node
from gql_server.schema.prices import COUNT, priced

NodeT = TypeVar("NodeT")
ValueT = TypeVar("ValueT")


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
    node: NodeT = strawberry.field(description="The node.")
    cursor_of: strawberry.Private[Callable[[object], str]]

    @strawberry.field(description="Where the node is in the list: for `after` and `before`.")
    def cursor(self) -> str:
        node: Any = self.node
        return self.cursor_of(node.row)


def of_page(make: "Callable[[Connection[Any], Page[Any]], Any]") -> Batch:
    """What is made of the page of each connection."""

    async def batch(connections: "Sequence[Connection[Any]]", info: BatchInfo) -> list[Any]:
        # One field has made all connections of a level: they differ in their parents.
        first = connections[0]
        pages = first.source.pages_by_parent(first.query)
        loaded = await pages.load_each([connection.parent for connection in connections])
        values = _reported(loaded, info)
        made: list[Any] = []
        rests = Rests()
        for connection, page in zip(connections, values, strict=True):
            if isinstance(page, Exception):
                made.append(page)
                continue
            made.append(make(connection, page))
            await rests.after(len(page.rows))
        return made

    return batch


async def total_counts(connections: "Sequence[Connection[Any]]", info: BatchInfo) -> list[int | Exception]:
    first = connections[0]
    counts = first.source.counts_by_parent(first.query.where)
    return _reported(await counts.load_each([connection.parent for connection in connections]), info)


def _reported(loaded: Sequence[Loaded[ValueT] | Exception], info: BatchInfo) -> list[ValueT | Exception]:
    """The values; what they had to do without is told beside the answer."""
    values: list[ValueT | Exception] = []
    for index, each in enumerate(loaded):
        if isinstance(each, Exception):
            values.append(each)
            continue
        if each.unavailable:
            for position in info.everywhere(index):
                info.context.report(each, position[:-1])
        values.append(each.value)
    return values


def _edges(connection: "Connection[Any]", page: Page[Any]) -> list[Edge[Any]]:
    cursor_of = _cursor_of(connection)
    return [Edge(node=node, cursor_of=cursor_of) for node in _nodes(connection, page)]


def _nodes(connection: "Connection[Any]", page: Page[Any]) -> list[Any]:
    node = Node.kinds[connection.kind]
    return [node(row=row) for row in page.rows]


def _page_info(connection: "Connection[Any]", page: Page[Any]) -> PageInfo:
    query, cursor_of = connection.query, _cursor_of(connection)
    return PageInfo(
        has_next_page=query.before is not None if query.backwards else page.has_more,
        has_previous_page=page.has_more if query.backwards else query.after is not None,
        start_cursor=cursor_of(page.rows[0]) if page.rows else None,
        end_cursor=cursor_of(page.rows[-1]) if page.rows else None,
    )


def _cursor_of(connection: "Connection[Any]") -> Callable[[object], str]:
    source = connection.source
    return cursor_maker(source.table, connection.query.order, source.tie_breakers)


@strawberry.type(description="A page of a list.")
class Connection(Generic[NodeT]):
    """Reads nothing before a field is asked for; `kind` is that of its nodes."""

    source: strawberry.Private[ListLoader[Any, Any]]
    parent: strawberry.Private[Any]
    query: strawberry.Private[PageQuery]
    kind: strawberry.Private[IdKind]

    edges: list[Edge[NodeT]] = batched("The nodes of the page, with their cursors.", of_page(_edges))
    nodes: list[NodeT] = batched("The nodes of the page.", of_page(_nodes))
    page_info: PageInfo = batched("Where the page lies in the list.", of_page(_page_info))
    total_count: int = batched(
        "How many nodes the whole list has; a statement of its own, run when asked for.",
        total_counts,
        metadata=priced(COUNT),
    )
