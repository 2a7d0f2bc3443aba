"""Has the engine read a field for many objects at once where that takes no more than the object."""

from collections.abc import Callable
from inspect import iscoroutinefunction, signature
from operator import attrgetter
from typing import Any, cast

from graphql import GraphQLObjectType, GraphQLSchema
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

from gql_server.engine import make_column


def read_in_columns(schema: GraphQLSchema) -> None:
    """Marks the fields whose resolvers look at nothing but their object, and wait for nothing."""
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLObjectType):
            for field in type_.fields.values():
                read = _read(field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF))
                if read is not None:
                    make_column(field, read)


def _read(field: StrawberryField | None) -> Callable[[Any], Any] | None:
    if field is None:
        return None
    base: Any = cast("Any", field).base_resolver
    if base is None:
        # A field that is not given when its object is made is a column of the object's row.
        return attrgetter(field.python_name if field.init else f"row.{field.python_name}")
    resolver: Any = base.wrapped_func
    alone = list(signature(resolver).parameters) == ["self"]
    return resolver if alone and not iscoroutinefunction(resolver) else None
