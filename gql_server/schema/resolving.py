"""Tells the engine which fields are had for many objects at once, and how."""

from collections.abc import Callable
from inspect import iscoroutinefunction, signature
from operator import attrgetter
from typing import Any, cast

import strawberry
from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema, GraphQLUnionType
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

from gql_server.engine import BY_CLASS, make_column
from gql_server.schema.batches import resolve_by_batch
from gql_server.schema.projections import is_column


def resolve_for_many(schema: strawberry.Schema, core: GraphQLSchema) -> None:
    """Marks the fields that are declared as batches, and those that look at nothing but their object.

    Both engines resolve them so; `core` is the schema as graphql-core has it.
    """
    for type_ in core.type_map.values():
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType):
            # Strawberry looks at classes alone, whatever type it is asked for.
            type_.extensions[BY_CLASS] = True
        if isinstance(type_, GraphQLObjectType):
            for field in type_.fields.values():
                declared = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
                if isinstance(declared, StrawberryField) and not resolve_by_batch(field, declared, schema):
                    read = _read(declared)
                    if read is not None:
                        make_column(field, read)


def _read(declared: StrawberryField) -> Callable[[Any], Any] | None:
    """What a field takes from its object, if it looks at nothing else and waits for nothing."""
    base: Any = cast("Any", declared).base_resolver
    if base is None:
        return attrgetter(f"row.{declared.python_name}" if is_column(declared) else declared.python_name)
    resolver: Any = base.wrapped_func
    alone = list(signature(resolver).parameters) == ["self"]
    return resolver if alone and not iscoroutinefunction(resolver) else None
