"""Reads: batches of keys in, rows in key order out."""

from collections.abc import Callable
from typing import Generic, TypeVar

from gql_server.db.snapshot import Snapshot
from gql_server.loaders.clients import ClientByIdLoader, ClientsLoader
from gql_server.loaders.contents import (
    ContentByGenerationLoader,
    ContentByIdLoader,
    ContentsByObjectModelLoader,
    ContentsByProjectLoader,
    ContentsLoader,
)
from gql_server.loaders.generations import (
    GenerationByIdLoader,
    GenerationCountsLoader,
    GenerationEventsLoader,
    GenerationsByProjectLoader,
)
from gql_server.loaders.llm_usage import (
    LlmUsageByGenerationLoader,
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
    ProjectNameByIdLoader,
    ProjectsByClientLoader,
    ProjectsLoader,
    SchemaVersionByProjectLoader,
)
from gql_server.loaders.prompt_components import (
    PromptComponentByIdLoader,
    PromptComponentsByProjectLoader,
    PromptComponentsByPromptLoader,
)
from gql_server.loaders.prompts import (
    PromptByIdLoader,
    PromptsByObjectModelLoader,
    PromptsLoader,
    PromptVersionsByPromptLoader,
)
from gql_server.loaders.vocabulary import FittingTermsLoader, TermByIdLoader, VocabularyByProjectLoader

LoaderT = TypeVar("LoaderT")


class Made(Generic[LoaderT]):
    """A loader that is made when it is first asked for: an operation needs few of them."""

    def __init__(self, make: Callable[[Snapshot], LoaderT]) -> None:
        self._make = make

    def __set_name__(self, owner: type["Loaders"], name: str) -> None:
        self._name = name

    def __get__(self, loaders: "Loaders", owner: type["Loaders"]) -> LoaderT:
        # From here on the attribute is the loader, and not this any more.
        loader = loaders.__dict__[self._name] = self._make(loaders.snapshot)
        return loader


class MadeOverProjects(Made[LoaderT]):
    """A loader that looks into every project, made likewise."""

    def __init__(self, make: Callable[[Snapshot, ProjectIdsLoader], LoaderT]) -> None:
        self._make_over = make

    def __get__(self, loaders: "Loaders", owner: type["Loaders"]) -> LoaderT:
        loader = loaders.__dict__[self._name] = self._make_over(loaders.snapshot, loaders.project_ids)
        return loader


class Loaders:
    """The loaders of one operation; they remember what they loaded, so that nothing is read twice."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot

    project_ids = Made(ProjectIdsLoader)

    clients = Made(ClientsLoader)
    client_by_id = Made(ClientByIdLoader)

    projects = Made(ProjectsLoader)
    project_by_id = Made(ProjectByIdLoader)
    project_name_by_id = Made(ProjectNameByIdLoader)
    projects_by_client = Made(ProjectsByClientLoader)
    schema_version_by_project = Made(SchemaVersionByProjectLoader)

    object_models = Made(ObjectModelsLoader)
    object_model_by_id = Made(ObjectModelByIdLoader)

    prompts = Made(PromptsLoader)
    prompt_by_id = Made(PromptByIdLoader)
    prompts_by_object_model = Made(PromptsByObjectModelLoader)
    prompt_versions_by_prompt = Made(PromptVersionsByPromptLoader)

    contents = MadeOverProjects(ContentsLoader)
    content_by_id = Made(ContentByIdLoader)
    content_by_generation = Made(ContentByGenerationLoader)
    contents_by_project = Made(ContentsByProjectLoader)
    contents_by_object_model = MadeOverProjects(ContentsByObjectModelLoader)

    term_by_id = Made(TermByIdLoader)
    vocabulary_by_project = Made(VocabularyByProjectLoader)
    fitting_terms = Made(FittingTermsLoader)

    prompt_component_by_id = Made(PromptComponentByIdLoader)
    prompt_components_by_project = Made(PromptComponentsByProjectLoader)
    prompt_components_by_prompt = MadeOverProjects(PromptComponentsByPromptLoader)

    metadata_by_project = Made(MetadataByProjectLoader)

    generation_by_id = Made(GenerationByIdLoader)
    generations_by_project = Made(GenerationsByProjectLoader)
    generation_counts = MadeOverProjects(GenerationCountsLoader)
    generation_events = Made(GenerationEventsLoader)

    llm_usage = Made(LlmUsageLoader)
    llm_usage_by_id = Made(LlmUsageByIdLoader)
    llm_usage_by_project = Made(LlmUsageByProjectLoader)
    llm_usage_by_generation = Made(LlmUsageByGenerationLoader)
    usage_groups = Made(UsageGroupsLoader)
