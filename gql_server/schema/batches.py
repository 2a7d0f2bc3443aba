"""Fields whose values are had for all objects of a level at once."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from inspect import Signature, signature
from typing import Any

import strawberry
from graphql import GraphQLField
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField

from gql_server.engine import BatchInfo, make_batched
from gql_server.schema.projections import reading

BATCH = "batch"

Batch = Callable[..., Sequence[Any] | Awaitable[Sequence[Any]]]


def batched(
    description: str, batch: Batch, *, reads: Sequence[str] | None = None, metadata: Mapping[str, Any] | None = None
) -> Any:
    """A field of the type that it is annotated with, which looks at the columns that it `reads` of its object's row.

    `batch` takes the objects, a BatchInfo, and as its other parameters the arguments of the field. It answers with a
    value or an exception for each object, in their order.
    """

    def resolve(self: Any) -> Any:
        raise NotImplementedError("The batch is called in its place.")

    # Strawberry takes a resolver's arguments from its signature, and the type from the annotation of the field.
    itself, *_ = signature(resolve).parameters.values()
    _, _, *arguments = signature(batch).parameters.values()
    resolve.__signature__ = Signature([itself, *arguments])  # pyright: ignore[reportFunctionMemberAccess]
    resolve.__annotations__ = {parameter.name: parameter.annotation for parameter in arguments}
    return strawberry.field(
        resolver=resolve, description=description, metadata={**(metadata or {}), **reading(reads), BATCH: batch}
    )


def resolve_by_batch(field: GraphQLField, declared: StrawberryField, schema: strawberry.Schema) -> bool:
    """Has a field resolved by the batch that it was declared with; False when it was with none."""
    batch = declared.metadata.get(BATCH)
    if batch is None:
        return False
    make_batched(field, partial(_converted, batch, declared, schema) if declared.arguments else batch)
    return True


def _converted(
    batch: Batch,
    declared: StrawberryField,
    schema: strawberry.Schema,
    objects: Sequence[Any],
    info: BatchInfo,
    **arguments: Any,
) -> Sequence[Any] | Awaitable[Sequence[Any]]:
    """Calls the batch with its arguments as strawberry has them."""
    registry = schema.schema_converter.scalar_registry
    return batch(objects, info, **convert_arguments(arguments, declared.arguments, registry, schema.config))
