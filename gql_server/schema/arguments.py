"""The arguments of lists, and the pages that they ask for."""

from collections.abc import Sequence
from enum import Enum
from typing import Annotated, Any, NamedTuple, Protocol, TypeVar

import strawberry
from strawberry import UNSET

from gql_server.config import Config
from gql_server.db.pages import Order, PageQuery
from gql_server.engine import Asked
from gql_server.errors import BadRequestError
from gql_server.loaders.lists import ListLoader
from gql_server.schema.cursors import decode_cursor
from gql_server.schema.filters import Filter, condition
from gql_server.schema.projections import columns_asked_for

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


class ListArguments(NamedTuple):
    """What a caller says of a list; UNSET or None where nothing is said."""

    first: int | None
    after: str | None
    last: int | None
    before: str | None
    where: Filter | None = None
    order_by: Sequence[OrderInput] | None = None


def given(value: ValueT | None) -> ValueT | None:
    """The value of an argument, null when it is left out."""
    return None if value is UNSET else value


def page_query(
    arguments: ListArguments, source: ListLoader[Any, Any], config: Config, asked: Asked | None
) -> PageQuery:
    """The page that the arguments of a connection ask for, in the table's own order unless they name one.

    Raises BadRequestError for arguments that do not go together.
    """
    order = _order(given(arguments.order_by) or ()) or (source.table.default_order,)
    last = given(arguments.last)

    def position(name: str, cursor: str | None) -> tuple[str, ...] | None:
        return None if cursor is None else decode_cursor(cursor, name, source.table, order, source.tie_breakers)

    return PageQuery(
        order=order,
        limit=_limit(given(arguments.first), last, config),
        where=condition(given(arguments.where)),
        backwards=last is not None,
        after=position("after", given(arguments.after)),
        before=position("before", given(arguments.before)),
        columns=columns_asked_for(asked, source.keys(order)),
    )


def _order(order_by: Sequence[OrderInput]) -> tuple[Order, ...]:
    parts: dict[str, Order] = {}
    for part in order_by:
        parts.setdefault(part.field.value, Order(part.field.value, part.direction is OrderDirection.DESC))
    return tuple(parts.values())


def _limit(first: int | None, last: int | None, config: Config) -> int:
    if first is not None and last is not None:
        raise BadRequestError("Ask for `first` or for `last`, not for both.")
    name, number = ("last", last) if last is not None else ("first", first)
    if number is None:
        return min(config.page_size_default, config.page_size_limit)
    if not 0 <= number <= config.page_size_limit:
        raise BadRequestError(f"`{name}` is {number}, and must be from 0 to {config.page_size_limit}.")
    return number
