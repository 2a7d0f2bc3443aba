"""Changes of projects as such: what is in one is changed by the services named for it."""

from decimal import Decimal
from typing import TypedDict
from uuid import UUID, uuid4

from gql_server.db.ledger import creation
from gql_server.db.project_schema import ProjectSchema
from gql_server.db.tables import projects
from gql_server.db.tables.projects import ProjectRow
from gql_server.errors import UserError, UserErrorCode, UserErrors
from gql_server.services.checks import Checks, not_found, refuse_long
from gql_server.services.writer import ARCHIVED, Change, Made, Place, Writer

ACTIVE = "active"


class ProjectChanges(TypedDict, total=False):
    """What is to change of a project; `settings` take the place of what there is, `settings_patch` is merged in.

    JSON is text; what a project cannot be without may be None here, and is refused.
    """

    name: str | None
    settings: str | None
    settings_patch: str | None
    monthly_budget: Decimal | None


async def create_project(
    writer: Writer, *, client_id: UUID, name: str, settings: str | None = None, project_id: UUID | None = None
) -> Made:
    """Makes a project with its schema, all its tables and its role; `settings` is a JSON object as text.

    Raises UserErrors for what is none, and for a client that there is not; nothing is left behind when anything fails.
    """
    checks = Checks()
    name = checks.name(name, "A name", "name")
    checks.json_object(settings, "Settings are", "settings")
    checks.finish()
    if writer.viewer.client_id not in (None, client_id):
        # Another's client is none.
        raise UserErrors(not_found("client", "client"))

    async def work(change: Change) -> list[UUID]:
        project = await projects.insert(change.transaction, project_id or uuid4(), name, client_id, settings)
        await change.transaction.execute_script(creation(ProjectSchema(project.id)))
        return [project.id]

    return await writer.owned(work)


async def update_project(writer: Writer, project_id: UUID, changes: ProjectChanges) -> None:
    """Changes what is given. Raises UserErrors."""
    changes = _checked(changes)

    async def work(change: Change) -> list[UUID]:
        project = await _hold(writer, change, project_id)
        if project.status == ARCHIVED:
            raise UserErrors(_place(project_id).archived)
        if changes:
            length = await projects.update(change.transaction, project_id, changes)
            refuse_long(changes, "settings", "Settings", length)
        return []

    await writer.owned(work)


async def archive_project(writer: Writer, project_id: UUID) -> None:
    """Lets a project be read only, when all who write to it have finished; harmless again. Raises UserErrors."""
    await _set_status(writer, project_id, ARCHIVED)


async def restore_project(writer: Writer, project_id: UUID) -> None:
    """Lets an archived project be written to; harmless again. Raises UserErrors."""
    await _set_status(writer, project_id, ACTIVE)


async def delete_project(writer: Writer, project_id: UUID, *, confirm_name: str) -> None:
    """Deletes a project with all that is in it, but not its usage, when all who write to it have finished.

    Raises UserErrors, also when the name is not the project's.
    """

    async def work(change: Change) -> list[UUID]:
        project = await _hold(writer, change, project_id)
        if confirm_name.strip() != project.name.strip():
            raise UserErrors(UserError(UserErrorCode.INVALID, "The project has another name.", ("confirmName",)))
        await projects.delete(change.transaction, project)
        return []

    await writer.owned(work)


async def _set_status(writer: Writer, project_id: UUID, status: str) -> None:
    async def work(change: Change) -> list[UUID]:
        project = await _hold(writer, change, project_id)
        if project.status != status:
            await projects.update(change.transaction, project_id, {"status": status})
        return []

    await writer.owned(work)


async def _hold(writer: Writer, change: Change, project_id: UUID) -> ProjectRow:
    """The project, alone: whoever writes to it has finished. Raises UserErrors when it is not the viewer's."""
    # Whose project it is never changes: nobody holds, or waits for, one that is another's.
    client_id = await projects.select_client_id(change.transaction, project_id)
    if client_id is None or writer.viewer.client_id not in (None, client_id):
        raise UserErrors(*_place(project_id).missing)
    await change.transaction.lock(project_id)
    project = await projects.select_for_update(change.transaction, project_id)
    if project is None:
        raise UserErrors(*_place(project_id).missing)
    change.project_id = project_id
    change.rows["projects"].append(project_id)
    return project


def _place(project_id: UUID) -> Place:
    return Place(project_id, (not_found("project", "project"),))


def _checked(changes: ProjectChanges) -> ProjectChanges:
    checks = Checks()
    checked = changes.copy()
    if "name" in changes:
        checked["name"] = checks.name(changes["name"], "A name", "name")
    checks.json_change(changes, "settings", "Settings")
    checks.budget(changes.get("monthly_budget"), "monthlyBudget")
    checks.finish()
    return checked
