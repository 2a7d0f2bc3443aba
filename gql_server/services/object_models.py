"""Changes of object models; one that contents are made after stays as it is."""

from typing import TypedDict
from uuid import UUID

from gql_server.db.tables import contents, object_models, projects, prompts
from gql_server.errors import UserError, UserErrorCode, UserErrors
from gql_server.services import structures
from gql_server.services.checks import Checks, not_found
from gql_server.services.writer import Change, Made, Writer

VERSION_LENGTH = 50
"""Characters that the column of versions takes."""


class ObjectModelChanges(TypedDict, total=False):
    """What is to change of an object model; `structure` is JSON as text.

    What an object model cannot be without may be None here, and is refused.
    """

    name: str | None
    version: str | None
    structure: str | None
    description: str | None


async def create_object_model(
    writer: Writer, *, name: str, version: str, structure: str, description: str | None = None
) -> Made:
    """Adds an object model. Raises UserErrors."""
    checks = Checks()
    name = checks.name(name, "A name", "name")
    version = checks.name(version, "A version", "version", longest=VERSION_LENGTH)
    structures.check(checks, structure, "A structure is", "structure")
    checks.text(description, "A description", "description")
    checks.finish()

    async def work(change: Change) -> list[UUID]:
        return [await object_models.insert(change.transaction, name, version, structure, description)]

    return await writer.shared(work)


async def update_object_model(writer: Writer, object_model_id: UUID, changes: ObjectModelChanges) -> None:
    """Changes what is given, and nothing but the description once contents are made after it. Raises UserErrors."""
    changes = _checked(changes)

    async def work(change: Change) -> list[UUID]:
        await _hold(change, object_model_id)
        if changes.keys() - {"description"}:
            await _require_unused(change, object_model_id, "stays as it is: add another version")
        if changes:
            await object_models.update(change.transaction, object_model_id, changes)
        return []

    try:
        await writer.shared(work)
    except UserErrors as found:
        raise UserErrors(*(_as_written(error, changes) for error in found.errors)) from None


async def delete_object_model(writer: Writer, object_model_id: UUID) -> None:
    """Deletes an object model that neither contents nor prompts need. Raises UserErrors."""

    async def work(change: Change) -> list[UUID]:
        await _hold(change, object_model_id)
        await _require_unused(change, object_model_id, "cannot go")
        if await prompts.any_naming(change.transaction, object_model_id):
            raise _conflict("Prompts name this object model, so that it cannot go.")
        await object_models.delete(change.transaction, object_model_id)
        return []

    await writer.shared(work)


async def require_object_model(change: Change, object_model_id: UUID) -> str:
    """Keeps an object model from being changed until what is to be made after it is committed.

    Its structure, as JSON text. Raises UserErrors.
    """
    # What is none is not held: its id may be that of another's project. What is one may go before it is held.
    if await object_models.select_structure(change.transaction, object_model_id) is not None:
        await change.transaction.lock(object_model_id, shared=True)
        structure = await object_models.select_structure(change.transaction, object_model_id)
        if structure is not None:
            return structure
    raise UserErrors(not_found("object model", "objectModel"))


def _checked(changes: ObjectModelChanges) -> ObjectModelChanges:
    checks = Checks()
    checked = changes.copy()
    if "name" in changes:
        checked["name"] = checks.name(changes["name"], "A name", "name")
    if "version" in changes:
        checked["version"] = checks.name(changes["version"], "A version", "version", longest=VERSION_LENGTH)
    if "structure" in changes:
        if changes["structure"] is None:
            checks.refuse("A structure cannot be taken away.", "structure", code=UserErrorCode.REQUIRED)
        else:
            structures.check(checks, changes["structure"], "A structure is", "structure")
    checks.text(changes.get("description"), "A description", "description")
    checks.finish()
    return checked


async def _hold(change: Change, object_model_id: UUID) -> None:
    """Holds an object model, so that neither a content is made after it nor a prompt names it meanwhile."""
    await change.transaction.lock(object_model_id)
    if not await object_models.hold(change.transaction, object_model_id):
        raise UserErrors(not_found("object model", "objectModel"))


async def _require_unused(change: Change, object_model_id: UUID, fate: str) -> None:
    """Raises ProjectUnavailableError when a project cannot be asked whether it has such contents."""
    project_ids = await projects.select_all_ids(change.transaction)
    if await contents.any_made_after(change.transaction, object_model_id, project_ids):
        raise _conflict(f"Contents are made after this object model, or wait to be, so that it {fate}.")


def _as_written(error: UserError, changes: ObjectModelChanges) -> UserError:
    """A name that is taken is said of the version, which an input that changes the name alone does not have."""
    is_of_name = error.path == ("version",) and "version" not in changes
    return error._replace(path=("name",)) if is_of_name else error


def _conflict(message: str) -> UserErrors:
    return UserErrors(UserError(UserErrorCode.CONFLICT, message, ("objectModel",)))
