"""Changes of projects."""

from uuid import UUID, uuid4

from gql_server.db.database import Database
from gql_server.db.ledger import creation
from gql_server.db.project_schema import ProjectSchema
from gql_server.db.tables import projects
from gql_server.db.tables.projects import ProjectRow


async def create_project(
    database: Database, *, client_id: UUID, name: str, settings: str | None = None, project_id: UUID | None = None
) -> ProjectRow:
    """Makes a project with its schema and all its tables; `settings` is a JSON object as text.

    Raises NotFoundError when there is no such client; nothing is left behind when anything fails.
    """
    async with database.transaction() as transaction:
        project = await projects.insert(transaction, project_id or uuid4(), name, client_id, settings)
        await transaction.execute_script(creation(ProjectSchema(project.id)))
    return project
