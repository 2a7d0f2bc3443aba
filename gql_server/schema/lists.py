"""Fields that are lists of nodes, declared in one line each."""

from collections.abc import Callable
from inspect import Signature, signature
from typing import Any

import strawberry
from strawberry import UNSET

from gql_server.loaders import Loaders
from gql_server.loaders.lists import ListLoader
from gql_server.schema.arguments import (
    After,
    Before,
    First,
    Last,
    ListArguments,
    OrderBy,
    OrderInput,
    Where,
    page_query,
)
from gql_server.schema.connections import Connection
from gql_server.schema.filters import Filter
from gql_server.schema.ids import IdKind
from gql_server.schema.node import Info
from gql_server.schema.prices import priced


def connection(
    info: Info, kind: IdKind, source: ListLoader[Any, Any], parent: object, arguments: ListArguments
) -> Connection[Any]:
    """The page that the arguments ask for. Raises BadRequestError for arguments that do not go together."""
    query = page_query(arguments, source, info.context.config)
    return Connection(source=source, parent=parent, query=query, kind=kind)


def list_field(
    description: str,
    kind: IdKind,
    source: Callable[[Loaders], ListLoader[Any, Any]],
    where: type[Filter] | None = None,
    order_by: type[OrderInput] | None = None,
    price: int = 0,
) -> Any:
    """A field that is a list of nodes of a kind: those that `source` has for the object's row, or for no parent.

    `where` and `order_by` are the inputs that it is filtered and ordered by; `price` is what it costs beyond its page.
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
        arguments = ListArguments(first, after, last, before, where, order_by)
        parent = None if self is None else self.row.id
        return connection(info, kind, source(info.context.loaders), parent, arguments)

    # Strawberry takes a resolver's arguments from its signature, and the type from the annotation of the field.
    inputs = {"where": where and Where[where], "order_by": order_by and OrderBy[order_by]}
    parameters = [
        parameter.replace(annotation=inputs.get(name, parameter.annotation))
        for name, parameter in signature(resolve).parameters.items()
        if inputs.get(name, True)
    ]
    resolve.__signature__ = Signature(parameters)  # pyright: ignore[reportFunctionMemberAccess]
    resolve.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return strawberry.field(resolver=resolve, description=description, metadata=priced(price))
