"""Deletes rows of a project, all that are named or none."""

from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from gql_server.db.database import Transaction
from gql_server.services.checks import Checks, refuse_absent
from gql_server.services.writer import Change, Place, Writer

Delete = Callable[[Transaction, Sequence[UUID]], Awaitable[list[UUID]]]
"""Deletes rows by id, and answers with the ids of those that there were."""


async def delete_rows(
    writer: Writer, place: Place, ids: Sequence[UUID], delete: Delete, *, table: str, what: str, field: str
) -> None:
    """`what` is what one of the rows is called, `field` the input that names them. Raises UserErrors."""
    checks = Checks()
    checks.bulk(ids, field)
    checks.no_twins(ids, f"This {what}", field)
    checks.finish()

    async def work(change: Change) -> list[UUID]:
        refuse_absent(ids, await delete(change.transaction, ids), what, field)
        change.rows[table] += ids
        return []

    await writer.in_project(place, work)
