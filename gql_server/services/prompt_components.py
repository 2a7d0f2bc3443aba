"""Changes of prompt components: pieces of a project's own, and its adaptations of prompts."""

from collections.abc import Sequence
from typing import TypedDict
from uuid import UUID

from gql_server.db.tables import prompt_components, prompts
from gql_server.errors import UserError, UserErrorCode, UserErrors
from gql_server.services import templates
from gql_server.services.checks import Checks, not_found
from gql_server.services.deletions import delete_rows
from gql_server.services.writer import Change, Made, Place, Writer


class PromptComponentChanges(TypedDict, total=False):
    """What is to change of a component; None is refused. `base_prompt_version` is what the content now follows."""

    name: str | None
    content: str | None
    base_prompt_version: int | None


async def create_prompt_component(writer: Writer, place: Place, *, name: str, content: str) -> Made:
    """Adds a piece of a project's own. Raises UserErrors."""
    checks = Checks()
    name = checks.name(name, "A name", "name")
    _check_content(checks, content)
    checks.finish()

    async def work(change: Change) -> list[UUID]:
        id_ = await prompt_components.insert(change.transaction, name, content, None, None)
        change.rows["prompt_components"].append(id_)
        return [id_]

    return await writer.in_project(place, work)


async def adapt_prompt(writer: Writer, place: Place, *, prompt_id: UUID, name: str | None = None) -> Made:
    """Copies a prompt's template into a project, under the prompt's name unless it gets another. Raises UserErrors."""
    checks = Checks()
    name = checks.label(name, "A name", "name")
    checks.finish()

    async def work(change: Change) -> list[UUID]:
        base = await prompts.select_base(change.transaction, prompt_id)
        if base is None:
            raise UserErrors(not_found("prompt", "prompt"))
        id_ = await prompt_components.insert(
            change.transaction, name or base.name, base.template, prompt_id, base.version
        )
        change.rows["prompt_components"].append(id_)
        return [id_]

    return await writer.in_project(place, work)


async def update_prompt_component(
    writer: Writer, place: Place, component_id: UUID, changes: PromptComponentChanges
) -> None:
    """Changes what is given. Raises UserErrors."""
    changes = _checked(changes)

    async def work(change: Change) -> list[UUID]:
        base = await prompt_components.select_base(change.transaction, component_id)
        if base is None:
            raise UserErrors(*place.missing)
        if (version := changes.get("base_prompt_version")) is not None:
            await _check_version(change, base.prompt_id, version)
        if changes:
            await prompt_components.update(change.transaction, component_id, changes)
            change.rows["prompt_components"].append(component_id)
        return []

    await writer.in_project(place, work)


async def delete_prompt_components(writer: Writer, place: Place, component_ids: Sequence[UUID]) -> None:
    """Deletes components of a project, all of them or none. Raises UserErrors."""
    await delete_rows(
        writer,
        place,
        component_ids,
        prompt_components.delete,
        table="prompt_components",
        what="prompt component",
        field="promptComponents",
    )


def _checked(changes: PromptComponentChanges) -> PromptComponentChanges:
    checks = Checks()
    checked = changes.copy()
    if "name" in changes:
        checked["name"] = checks.name(changes["name"], "A name", "name")
    if "content" in changes:
        _check_content(checks, changes["content"])
    if changes.get("base_prompt_version", 1) is None:
        message = "The version of a base prompt cannot be taken away."
        checks.refuse(message, "basePromptVersion", code=UserErrorCode.REQUIRED)
    checks.finish()
    return checked


def _check_content(checks: Checks, content: str | None) -> None:
    if checks.text(content, "A content", "content", required=True) is not None:
        for problem in templates.read(content or "").problems:
            checks.refuse(problem, "content")


async def _check_version(change: Change, prompt_id: UUID | None, version: int) -> None:
    base = None if prompt_id is None else await prompts.select_base(change.transaction, prompt_id)
    if base is None:
        message = "This component has no base prompt whose version it could follow."
    elif not 1 <= version <= base.version:
        message = f"The base prompt has the versions 1 to {base.version}."
    else:
        return
    raise UserErrors(UserError(UserErrorCode.INVALID, message, ("basePromptVersion",)))
