"""Relay connections: pages of nodes with cursors."""

from collections.abc import Callable, Sequence
from enum import Enum
from inspect import Signature, signature
from typing import Annotated, Any, Generic, Protocol, TypeVar

import strawberry
from strawberry import UNSET

from gql_server.config import Config
from gql_server.db.pages import Order, Page, PageQuery
from gql_server.errors import BadRequestError
from gql_server.loaders import Loaders
from gql_server.loaders.lists import ListLoader
from gql_server.schema.cursors import decode_cursor, encode_cursor
from gql_server.schema.filters import Filter, condition
from gql_server.schema.ids import IdKind
from gql_server.schema.node import Info, node_of

NodeT = TypeVar("NodeT")
ValueT = TypeVar("ValueT")

First = Annotated[
    int | None, strawberry.argument(description="How many nodes, from the start or after the cursor `after`.")
]
After = Annotated[str | None, strawberry.argument(description="The cursor that the nodes come after.")]
Last = Annotated[
    int | None, strawberry.argument(description="How many nodes, from the end or before the cursor `before`.")
]
Before = Annotated[str | None, strawberry.argument(description="The cursor that the nodes come before.")]
Where = Annotated[ValueT | None, strawberry.argument(description="Which nodes; all of them without it.")]
OrderBy = Annotated[
    list[ValueT] | None, strawberry.argument(description="What the nodes are ordered by, the most important first.")
]


class Paging:
    """The part of a list that a caller asks for."""

    def __init__(self, first: int | None, after: str | None, last: int | None, before: str | None) -> None:
        self.first = given(first)
        self.after = given(after)
        self.last = given(last)
        self.before = given(before)


@strawberry.enum(description="From which end an order begins.")
class OrderDirection(Enum):
    ASC = strawberry.enum_value("ASC", description="From the lowest, the first or the oldest.")
    DESC = strawberry.enum_value("DESC", description="From the highest, the last or the newest.")


class OrderInput(Protocol):
    """What every `…Order` input has."""

    @property
    def field(self) -> Enum: ...
    @property
    def direction(self) -> OrderDirection: ...


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

    @strawberry.field(description="How many nodes the whole list has; a statement of its own, run when asked for.")
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


def connection(
    info: Info,
    source: ListLoader[Any, Any],
    parent: object,
    kind: IdKind,
    paging: Paging,
    *,
    where: Filter | None = None,
    order_by: Sequence[OrderInput] | None = None,
) -> Connection[Any]:
    """The page that the arguments ask for, in the table's own order unless they name one.

    Raises BadRequestError for arguments that do not go together.
    """
    order = _order(given(order_by)) or (source.table.default_order,)
    return Connection(
        source=source,
        parent=parent,
        query=PageQuery(
            order=order,
            limit=_limit(paging, info.context.config),
            where=condition(given(where)),
            backwards=paging.last is not None,
            after=_position("after", paging.after, source, order),
            before=_position("before", paging.before, source, order),
        ),
        kind=kind,
    )


def list_field(
    description: str,
    kind: IdKind,
    source: Callable[[Loaders], ListLoader[Any, Any]],
    where: type[Filter] | None = None,
    order_by: type[OrderInput] | None = None,
) -> Any:
    """A field that is a list of nodes of a kind: those that `source` has for the object's row, or for no parent.

    `where` and `order_by` are the inputs that it is filtered and ordered by.
    """

    async def resolve(
        self: Any,
        info: Info,
        first: First = UNSET,
        after: After = UNSET,
        last: Last = UNSET,
        before: Before = UNSET,
        where: Any = UNSET,
        order_by: Any = UNSET,
    ) -> Any:
        parent = None if self is None else self.row.id
        paging = Paging(first, after, last, before)
        return connection(info, source(info.context.loaders), parent, kind, paging, where=where, order_by=order_by)

    # Strawberry takes a resolver's arguments from its signature, and the type from the annotation of the field.
    inputs = {"where": where and Where[where], "order_by": order_by and OrderBy[order_by]}
    parameters = [
        parameter.replace(annotation=inputs.get(name, parameter.annotation))
        for name, parameter in signature(resolve).parameters.items()
        if inputs.get(name, True)
    ]
    resolve.__signature__ = Signature(parameters)  # pyright: ignore[reportFunctionMemberAccess]
    resolve.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return strawberry.field(resolver=resolve, description=description)


def given(value: ValueT | None) -> ValueT | None:
    return None if value is UNSET else value


def _order(order_by: Sequence[OrderInput] | None) -> tuple[Order, ...]:
    parts: dict[str, Order] = {}
    for part in order_by or ():
        parts.setdefault(part.field.value, Order(part.field.value, part.direction is OrderDirection.DESC))
    return tuple(parts.values())


def _limit(paging: Paging, config: Config) -> int:
    if paging.first is not None and paging.last is not None:
        raise BadRequestError("Ask for `first` or for `last`, not for both.")
    name, number = ("last", paging.last) if paging.last is not None else ("first", paging.first)
    if number is None:
        return min(config.page_size_default, config.page_size_limit)
    if not 0 <= number <= config.page_size_limit:
        raise BadRequestError(f"`{name}` is {number}, and must be from 0 to {config.page_size_limit}.")
    return number


def _position(
    name: str, cursor: str | None, source: ListLoader[Any, Any], order: Sequence[Order]
) -> tuple[str, ...] | None:
    return None if cursor is None else decode_cursor(cursor, name, source.table, order, source.tie_breakers)
