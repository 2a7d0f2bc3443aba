"""The root of all changes."""

import strawberry

from gql_server.schema.client_mutations import ClientMutations
from gql_server.schema.content_mutations import ContentMutations
from gql_server.schema.generation_mutations import GenerationMutations
from gql_server.schema.metadata_mutations import MetadataMutations
from gql_server.schema.object_model_mutations import ObjectModelMutations
from gql_server.schema.project_mutations import ProjectMutations
from gql_server.schema.prompt_component_mutations import PromptComponentMutations
from gql_server.schema.prompt_mutations import PromptMutations
from gql_server.schema.vocabulary_mutations import VocabularyMutations


@strawberry.type(
    description="What can be changed. A change is null, with an error, when it failed in a way that its caller cannot "
    "put right; those beside it in the same operation are as they were."
)
class Mutation(
    ClientMutations,
    ProjectMutations,
    ContentMutations,
    VocabularyMutations,
    MetadataMutations,
    PromptComponentMutations,
    ObjectModelMutations,
    PromptMutations,
    GenerationMutations,
): ...
