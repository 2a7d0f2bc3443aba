"""Fields that are lists of nodes, declared in one line each."""

from collections.abc import Callable, Sequence
from inspect import Signature, signature
from typing import Any

from strawberry import UNSET

from gql_server.engine import BatchInfo
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
from gql_server.schema.batches import batched
from gql_server.schema.connections import Connection
from gql_server.schema.filters import Filter
from gql_server.schema.ids import IdKind
from gql_server.schema.prices import priced


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

    def connections(
        objects: Sequence[Any],
        info: BatchInfo,
        first: First = UNSET,
        after: After = UNSET,
        last: Last = UNSET,
        before: Before = UNSET,
        where: Any = UNSET,
        order_by: Any = UNSET,
    ) -> list[Connection[Any]]:
        arguments = ListArguments(first, after, last, before, where, order_by)
        loader = source(info.context.loaders)
        query = page_query(arguments, loader, info.context.config, info.asked)
        parents = [None if object_ is None else object_.row.id for object_ in objects]
        return [Connection(source=loader, parent=parent, query=query, kind=kind) for parent in parents]

    inputs = {"where": where and Where[where], "order_by": order_by and OrderBy[order_by]}
    connections.__signature__ = Signature(  # pyright: ignore[reportFunctionMemberAccess]
        [
            parameter.replace(annotation=inputs.get(name, parameter.annotation))
            for name, parameter in signature(connections).parameters.items()
            if inputs.get(name, True)
        ]
    )
    return batched(description, connections, reads=["id"], metadata=priced(price))
