"""The root of all changes."""

import strawberry

from gql_server.schema.client_mutations import ClientMutations
from gql_server.schema.project_mutations import ProjectMutations


@strawberry.type(description="What can be changed.")
class Mutation(ClientMutations, ProjectMutations): ...
