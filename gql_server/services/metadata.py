"""Changes of projects' metadata: entries are set and deleted many at once."""

from collections.abc import Sequence
from uuid import UUID

from gql_server.db.tables import metadata
from gql_server.db.tables.metadata import SavedEntry
from gql_server.services.checks import OBJECT_LENGTH, Checks, refuse_absent
from gql_server.services.writer import Change, Place, Writer


async def set_metadata(writer: Writer, place: Place, entries: Sequence[SavedEntry]) -> list[str]:
    """Adds the entries that are new and changes the others, all of them or none; answers with their keys.

    Raises UserErrors.
    """
    checks = Checks()
    checks.bulk(entries, "entries")
    checked = [_checked(checks, entry, str(number)) for number, entry in enumerate(entries)]
    keys = [entry.key for entry in checked]
    checks.no_twins(keys, "This key", "entries", last=["key"])
    checks.finish()

    async def work(change: Change) -> list[UUID]:
        await metadata.save(change.transaction, checked)
        change.rows["metadata"].append(place.project_id)
        return []

    await writer.in_project(place, work)
    return keys


async def delete_metadata(writer: Writer, place: Place, keys: Sequence[str]) -> None:
    """Deletes entries of a project, all of them or none. Raises UserErrors."""
    checks = Checks()
    checks.bulk(keys, "keys")
    for number, key in enumerate(keys):
        checks.text(key, "A key", "keys", str(number))
    checks.no_twins(keys, "This key", "keys")
    checks.finish()

    async def work(change: Change) -> list[UUID]:
        found = await metadata.delete(change.transaction, keys)
        refuse_absent(keys, found, "key", "keys")
        change.rows["metadata"].append(place.project_id)
        return []

    await writer.in_project(place, work)


def _checked(checks: Checks, entry: SavedEntry, number: str) -> SavedEntry:
    if len(entry.value) > OBJECT_LENGTH:
        checks.refuse(f"A value has {OBJECT_LENGTH} characters at the most.", "entries", number, "value")
    checks.text(entry.description, "A description", "entries", number, "description")
    return entry._replace(key=checks.name(entry.key, "A key", "entries", number, "key"))
