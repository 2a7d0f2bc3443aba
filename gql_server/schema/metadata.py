"""Metadata: a project's JSON values by key."""

from datetime import datetime

import strawberry

from gql_server.db.tables.metadata import MetadataRow
from gql_server.schema.node import column
from gql_server.schema.scalars import JSON


@strawberry.type(description="A value that a project keeps under a key.")
class MetadataEntry:
    row: strawberry.Private[MetadataRow]

    key: str = column("The key, unique in the project.")
    value: JSON = column("The value.")
    description: str | None = column("What it is for.")
    updated_at: datetime = column("When it was last changed.")
