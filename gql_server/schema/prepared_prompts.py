"""Prompts made ready to be sent: the template of one, with what the project and the caller have to fill it with."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from aiodataloader import DataLoader

from gql_server.db.tables.object_models import ObjectModelRow
from gql_server.db.tables.prompts import PromptRow
from gql_server.db.tables.vocabulary import FittingTerm
from gql_server.errors import UserError, UserErrorCode, UserErrors
from gql_server.schema.ids import IdKind, expect_id
from gql_server.schema.node import Info
from gql_server.services import prompting
from gql_server.services.checks import not_found
from gql_server.services.prompting import Source


class PromptChoice(NamedTuple):
    """A prompt or a prompt component, by its global id, and the variables, as JSON, to fill it with."""

    prompt: str | None
    component: str | None
    variables: str | None


class PreparedPrompt(NamedTuple):
    """What would be sent; `base` is the prompt that it is of or adapts."""

    text: str
    base: PromptRow | None
    component_id: UUID | None
    object_model: ObjectModelRow | None
    variables: Mapping[str, Any]
    terms: Sequence[FittingTerm]


class _Chosen(NamedTuple):
    source: Source
    base: PromptRow | None
    component_id: UUID | None = None


class Aside(DataLoader[Callable[[], Any], Any]):
    """Does in a thread what would keep others waiting; what is asked for at once is done, and answered, in one go."""

    cache = False

    async def batch_load_fn(self, keys: list[Callable[[], Any]]) -> list[Any]:
        return await asyncio.to_thread(lambda: [_outcome(work) for work in keys])


def _outcome(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except UserErrors as found:
        return found


async def require_project(info: Info, project_id: UUID) -> None:
    """Raises UserErrors when the viewer has no such project."""
    if await info.context.loaders.project_by_id.load(project_id) is None:
        raise UserErrors(not_found("project", "project"))


async def prepare(info: Info, project_id: UUID, choice: PromptChoice, aside: Aside) -> PreparedPrompt:
    """The prompt for a project that there is; those of one operation share `aside`.

    Raises UserErrors for what the caller can put right.
    """
    loaders = info.context.loaders
    source, base, component_id = await _chosen(info, project_id, choice)
    variables = prompting.read_variables(source, choice.variables)
    keys = await aside.load(lambda: source.metadata_keys)
    entries = await loaders.metadata_by_project.load((project_id, keys)) if keys != () else []
    metadata = {entry.key: json.loads(entry.value) for entry in entries}
    names_vocabulary = "vocabulary" in source.names
    terms = await loaders.fitting_terms.load((project_id, json.dumps(variables))) if names_vocabulary else []
    text: str = await aside.load(lambda: prompting.render(source, variables, metadata, terms))
    if not names_vocabulary:
        terms = await loaders.fitting_terms.load((project_id, text))
        text = prompting.with_terminology(text, terms, info.context.config.vocabulary_token_limit)
    model_id = None if base is None else base.object_model_id
    model = None if model_id is None else await loaders.object_model_by_id.load(model_id)
    return PreparedPrompt(text, base, component_id, model, variables, terms)


async def _chosen(info: Info, project_id: UUID, choice: PromptChoice) -> _Chosen:
    if (choice.prompt is None) == (choice.component is None):
        message = "Name a prompt or a prompt component, and not both."
        raise UserErrors(UserError(UserErrorCode.REQUIRED, message, ("prompt",)))
    if choice.prompt is not None:
        base = await info.context.loaders.prompt_by_id.load(expect_id(choice.prompt, IdKind.PROMPT).id)
        if base is None:
            raise UserErrors(not_found("prompt", "prompt"))
        return _Chosen(Source(base.template, base.parameters, ("prompt",)), base)
    return await _adapted(info, project_id, choice.component or "")


async def _adapted(info: Info, project_id: UUID, component: str) -> _Chosen:
    wanted = expect_id(component, IdKind.PROMPT_COMPONENT)
    loader, missing = info.context.loaders.prompt_component_by_id, not_found("prompt component", "promptComponent")
    row = await loader.load((project_id, wanted.id)) if wanted.project_id == project_id else None
    if row is None:
        raise UserErrors(missing)
    base = None if row.base_prompt_id is None else await info.context.loaders.prompt_by_id.load(row.base_prompt_id)
    return _Chosen(Source(row.content, base and base.parameters, ("promptComponent",)), base, row.id)
