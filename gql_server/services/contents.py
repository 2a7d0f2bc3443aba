"""Changes of contents."""

from collections.abc import Sequence
from typing import TypedDict
from uuid import UUID

from gql_server.db.tables import contents
from gql_server.errors import UserError, UserErrorCode, UserErrors
from gql_server.services.checks import Checks, refuse_long
from gql_server.services.deletions import delete_rows
from gql_server.services.object_models import require_object_model
from gql_server.services.writer import Change, Made, Place, Writer


class ContentChanges(TypedDict, total=False):
    """What is to change of a content; `metadata` takes the place of what there is, `metadata_patch` is merged in.

    JSON is text; what a content cannot be without may be None here, and is refused.
    """

    title: str | None
    body: str | None
    object_model_id: UUID | None
    metadata: str | None
    metadata_patch: str | None


async def create_content(
    writer: Writer,
    place: Place,
    *,
    object_model_id: UUID,
    body: str,
    title: str | None = None,
    metadata: str | None = None,
) -> Made:
    """Adds a content to a project. Raises UserErrors."""
    checks = Checks()
    title = checks.label(title, "A title", "title")
    checks.text(body, "A body", "body")
    checks.json_object(metadata, "Metadata are", "metadata")
    checks.finish()

    async def work(change: Change) -> list[UUID]:
        await require_object_model(change, object_model_id)
        id_ = await contents.insert(change.transaction, title, body, object_model_id, metadata)
        change.rows["contents"].append(id_)
        return [id_]

    return await writer.in_project(place, work)


async def update_content(
    writer: Writer, place: Place, content_id: UUID, changes: ContentChanges, expected_version: int | None = None
) -> None:
    """Changes what is given, and nothing when the content is not of the version expected. Raises UserErrors."""
    changes = _checked(changes)

    async def work(change: Change) -> list[UUID]:
        if object_model_id := changes.get("object_model_id"):
            await require_object_model(change, object_model_id)
        if not changes:
            await _check_version(change, place, content_id, expected_version)
        elif not await _update(change, content_id, changes, expected_version):
            await _check_version(change, place, content_id, expected_version)
            # It has become that version since; nobody can have seen that.
            raise UserErrors(_stale(f"The content was not at version {expected_version}."))
        return []

    await writer.in_project(place, work)


async def delete_contents(writer: Writer, place: Place, content_ids: Sequence[UUID]) -> None:
    """Deletes contents of a project, all of them or none. Raises UserErrors."""
    await delete_rows(writer, place, content_ids, contents.delete, table="contents", what="content", field="contents")


def _checked(changes: ContentChanges) -> ContentChanges:
    checks = Checks()
    checked = changes.copy()
    if "title" in changes:
        checked["title"] = checks.label(changes["title"], "A title", "title")
    if "body" in changes:
        checks.text(changes["body"], "A body", "body", required=True)
    if changes.get("object_model_id", "") is None:
        checks.refuse("An object model cannot be taken away.", "objectModel", code=UserErrorCode.REQUIRED)
    checks.json_change(changes, "metadata", "Metadata")
    checks.finish()
    return checked


async def _update(change: Change, content_id: UUID, changes: ContentChanges, expected_version: int | None) -> bool:
    """Whether there is such a content, of the version expected."""
    now = await contents.update(change.transaction, content_id, changes, expected_version)
    if now is None:
        return False
    refuse_long(changes, "metadata", "Metadata", now.metadata_length or 0)
    change.rows["contents"].append(content_id)
    return True


async def _check_version(change: Change, place: Place, content_id: UUID, expected_version: int | None) -> None:
    """Raises UserErrors when there is no such content, or none of the version expected."""
    now = await contents.select_version(change.transaction, content_id)
    if now is None:
        raise UserErrors(*place.missing)
    if expected_version is not None and now.version != expected_version:
        message = f"The content is at version {now.version}, not {expected_version}: it was changed by others."
        raise UserErrors(_stale(message))


def _stale(message: str) -> UserError:
    return UserError(UserErrorCode.STALE_VERSION, message, ("expectedVersion",))
