"""Reads: batches of keys in, rows in key order out."""

from gql_server.db.snapshot import Snapshot
from gql_server.loaders.clients import ClientByIdLoader, ClientsLoader
from gql_server.loaders.contents import (
    ContentByIdLoader,
    ContentsByObjectModelLoader,
    ContentsByProjectLoader,
    ContentsLoader,
)
from gql_server.loaders.llm_usage import (
    LlmUsageByIdLoader,
    LlmUsageByProjectLoader,
    LlmUsageLoader,
    UsageGroupsLoader,
)
from gql_server.loaders.metadata import MetadataByProjectLoader
from gql_server.loaders.object_models import ObjectModelByIdLoader, ObjectModelsLoader
from gql_server.loaders.projects import (
    ProjectByIdLoader,
    ProjectIdsLoader,
    ProjectsByClientLoader,
    ProjectsLoader,
    SchemaVersionByProjectLoader,
)
from gql_server.loaders.prompt_components import (
    PromptComponentByIdLoader,
    PromptComponentsByProjectLoader,
    PromptComponentsByPromptLoader,
)
from gql_server.loaders.prompts import PromptByIdLoader, PromptsByObjectModelLoader, PromptsLoader
from gql_server.loaders.vocabulary import TermByIdLoader, VocabularyByProjectLoader


class Loaders:
    """The loaders of one operation; they remember what they loaded, so that nothing is read twice."""

    def __init__(self, snapshot: Snapshot) -> None:
        project_ids = ProjectIdsLoader(snapshot)

        self.clients = ClientsLoader(snapshot)
        self.client_by_id = ClientByIdLoader(snapshot)

        self.projects = ProjectsLoader(snapshot)
        self.project_by_id = ProjectByIdLoader(snapshot)
        self.projects_by_client = ProjectsByClientLoader(snapshot)
        self.schema_version_by_project = SchemaVersionByProjectLoader(snapshot)

        self.object_models = ObjectModelsLoader(snapshot)
        self.object_model_by_id = ObjectModelByIdLoader(snapshot)

        self.prompts = PromptsLoader(snapshot)
        self.prompt_by_id = PromptByIdLoader(snapshot)
        self.prompts_by_object_model = PromptsByObjectModelLoader(snapshot)

        self.contents = ContentsLoader(snapshot, project_ids)
        self.content_by_id = ContentByIdLoader(snapshot)
        self.contents_by_project = ContentsByProjectLoader(snapshot)
        self.contents_by_object_model = ContentsByObjectModelLoader(snapshot, project_ids)

        self.term_by_id = TermByIdLoader(snapshot)
        self.vocabulary_by_project = VocabularyByProjectLoader(snapshot)

        self.prompt_component_by_id = PromptComponentByIdLoader(snapshot)
        self.prompt_components_by_project = PromptComponentsByProjectLoader(snapshot)
        self.prompt_components_by_prompt = PromptComponentsByPromptLoader(snapshot, project_ids)

        self.metadata_by_project = MetadataByProjectLoader(snapshot)

        self.llm_usage = LlmUsageLoader(snapshot)
        self.llm_usage_by_id = LlmUsageByIdLoader(snapshot)
        self.llm_usage_by_project = LlmUsageByProjectLoader(snapshot)
        self.usage_groups = UsageGroupsLoader(snapshot)
