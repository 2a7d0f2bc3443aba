"""Changes of prompts; what a prompt said before is kept."""

from typing import TypedDict
from uuid import UUID

from gql_server.db.tables import prompts
from gql_server.db.tables.prompts import CurrentPrompt
from gql_server.errors import UserError, UserErrorCode, UserErrors
from gql_server.services import structures, templates
from gql_server.services.checks import Checks, not_found
from gql_server.services.subschemas import subschemas
from gql_server.services.writer import Change, Made, Writer

OWN_VARIABLES = frozenset({"metadata", "vocabulary"})
"""What every template may name, and is the project's: filled in when contents are generated."""


class PromptChanges(TypedDict, total=False):
    """What is to change of a prompt; `parameters` is JSON as text.

    What a prompt cannot be without may be None here, and is refused.
    """

    name: str | None
    template: str | None
    parameters: str | None
    object_model_id: UUID | None


async def create_prompt(
    writer: Writer,
    *,
    name: str,
    template: str,
    parameters: str | None = None,
    object_model_id: UUID | None = None,
) -> Made:
    """Adds a prompt. Raises UserErrors."""
    checks = Checks()
    name = checks.name(name, "A name", "name")
    _check_template(checks, template)
    _check_parameters(checks, parameters)
    checks.finish()
    _check_variables(checks, template, parameters, "template")
    checks.finish()

    async def work(change: Change) -> list[UUID]:
        return [await prompts.insert(change.transaction, name, template, parameters, object_model_id)]

    return await writer.shared(work)


async def update_prompt(
    writer: Writer, prompt_id: UUID, changes: PromptChanges, expected_version: int | None = None
) -> None:
    """Changes what is given, and nothing when the prompt is not of the version expected. Raises UserErrors."""
    changes = _checked(changes)

    async def work(change: Change) -> list[UUID]:
        now = await prompts.select_for_update(change.transaction, prompt_id)
        if now is None:
            raise UserErrors(not_found("prompt", "prompt"))
        if expected_version is not None and now.version != expected_version:
            message = f"The prompt is at version {now.version}, not {expected_version}: it was changed by others."
            raise UserErrors(UserError(UserErrorCode.STALE_VERSION, message, ("expectedVersion",)))
        _check_together(now, changes)
        if changes:
            await prompts.update(change.transaction, prompt_id, changes)
        return []

    await writer.shared(work)


async def delete_prompt(writer: Writer, prompt_id: UUID) -> None:
    """Deletes a prompt with what it said before; the projects' adaptations of it stay. Raises UserErrors."""

    async def work(change: Change) -> list[UUID]:
        if not await prompts.delete(change.transaction, prompt_id):
            raise UserErrors(not_found("prompt", "prompt"))
        return []

    await writer.shared(work)


def _checked(changes: PromptChanges) -> PromptChanges:
    checks = Checks()
    checked = changes.copy()
    if "name" in changes:
        checked["name"] = checks.name(changes["name"], "A name", "name")
    if "template" in changes:
        _check_template(checks, changes["template"])
    if "parameters" in changes:
        _check_parameters(checks, changes["parameters"])
    checks.finish()
    return checked


def _check_template(checks: Checks, template: str | None) -> None:
    if checks.text(template, "A template", "template", required=True) is not None:
        for problem in templates.read(template or "").problems:
            checks.refuse(problem, "template")


def _check_parameters(checks: Checks, parameters: str | None) -> None:
    if parameters is not None:
        schema = structures.check(checks, parameters, "Parameters are", "parameters")
        if schema is not None and schema.get("type") != "object":
            checks.refuse("Parameters are a JSON Schema of the type 'object'.", "parameters")


def _check_together(now: CurrentPrompt, changes: PromptChanges) -> None:
    """Raises UserErrors when the template and the parameters do not fit that the prompt is going to have."""
    checks = Checks()
    if "template" in changes or "parameters" in changes:
        template = changes.get("template", now.template) or ""
        parameters = changes.get("parameters", now.parameters)
        _check_variables(checks, template, parameters, "template" if "template" in changes else "parameters")
    checks.finish()


def _check_variables(checks: Checks, template: str, parameters: str | None, path: str) -> None:
    known = {*OWN_VARIABLES, *_properties(parameters)}
    for name in templates.read(template).variables:
        if name not in known:
            checks.refuse(f"The template names {name!r}, which is no property of the parameters.", path)


def _properties(parameters: str | None) -> set[str]:
    parts = subschemas(structures.parsed(parameters or "{}"))
    return {part.path[1] for part in parts if len(part.path) == 2 and part.path[0] == "properties"}
