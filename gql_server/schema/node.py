"""What all nodes have in common: a kind, a row, a global id, and fields that are columns of the row."""

from collections.abc import Callable
from typing import Any, ClassVar

import strawberry

from gql_server.context import Context
from gql_server.schema.ids import IdKind, id_maker
from gql_server.schema.projections import reading

Info = strawberry.Info[Context, None]


@strawberry.interface(description="Anything that can be fetched again by its global id.")
class Node:
    kinds: ClassVar[dict[IdKind, type["Node"]]] = {}
    kind: ClassVar[IdKind]
    id_of: ClassVar[Callable[[Any], strawberry.ID]]
    row: strawberry.Private[Any]

    def __init_subclass__(cls, *, kind: IdKind) -> None:
        cls.kind = kind
        cls.kinds[kind] = cls
        cls.id_of = staticmethod(id_maker(kind))

    @strawberry.field(
        description="The global id: opaque, and the same for as long as the thing exists.",
        metadata=reading(["project_id", "id"]),
    )
    def id(self) -> strawberry.ID:
        return self.id_of(self.row)


def node_of(kind: IdKind, row: object) -> Any:
    """The node that shows a row, whichever module its type is in."""
    return Node.kinds[kind](row=row)


def column(description: str) -> Any:
    """A field that reads the attribute of its name from the object's `row`."""
    field: Any = strawberry.field(description=description)
    field.init = False
    return field


def read_column(source: object, name: str) -> object:
    """Resolves a field that has no resolver of its own."""
    return getattr(getattr(source, "row", source), name)
