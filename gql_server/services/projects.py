"""Changes of projects."""

from uuid import UUID, uuid4

from gql_server.db.database import Database
from gql_server.db.ledger import creation
from gql_server.db.project_schema import ProjectSchema
from gql_server.db.tables import projects
from gql_server.db.tables.projects import ProjectRow
from gql_server.errors import NotFoundError, UserError, UserErrorCode, UserErrors
from gql_server.services.clients import missing

NAME_LENGTH = 255
"""Characters that the column takes."""

SETTINGS_LENGTH = 100_000


async def create_project(
    database: Database, *, client_id: UUID, name: str, settings: str | None = None, project_id: UUID | None = None
) -> ProjectRow:
    """Makes a project with its schema, all its tables and its role; `settings` is a JSON object as text.

    Raises UserErrors for what is none, and for a client that there is not; nothing is left behind when anything fails.
    """
    name = name.strip()
    _check(name, settings)
    async with database.transaction() as transaction:
        try:
            project = await projects.insert(transaction, project_id or uuid4(), name, client_id, settings)
        except NotFoundError:
            raise missing(client_id) from None
        await transaction.execute_script(creation(ProjectSchema(project.id)))
    return project


def _check(name: str, settings: str | None) -> None:
    errors: list[UserError] = []
    if not 0 < len(name) <= NAME_LENGTH or "\0" in name:
        errors.append(UserError(UserErrorCode.INVALID, f"A name has 1 to {NAME_LENGTH} characters.", ("name",)))
    if settings is not None and (not settings.lstrip().startswith("{") or len(settings) > SETTINGS_LENGTH):
        message = f"Settings are a JSON object of {SETTINGS_LENGTH} characters at the most."
        errors.append(UserError(UserErrorCode.INVALID, message, ("settings",)))
    if errors:
        raise UserErrors(*errors)
