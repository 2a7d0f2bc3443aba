"""What a field costs beyond the objects that it answers with: what it reads that is no page of one list."""

from graphql import GraphQLField, GraphQLInputField
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

COUNT = 10
"""For counting a list."""

SEARCH = 10
"""For looking for words in texts."""

CONDITION = 10
"""For each filter in a list of them; PostgreSQL takes seconds to plan ten thousand."""

EVERY_PROJECT = 100
"""For one page out of the rows of every project."""

SUMS = 100
"""For adding up calls."""

REQUEST = 10
"""For each content that is asked to be generated: its prompt is rendered, and a row and a job are written."""


def priced(price: int) -> dict[str, int]:
    """The `metadata` of a field with this price."""
    return {"price": price}


def price_of(definition: GraphQLField | GraphQLInputField) -> int:
    field = definition.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    return field.metadata.get("price", 0) if isinstance(field, StrawberryField) else 0
