"""Requests for generated contents: made, cancelled, and made again."""

import json
from collections.abc import Sequence
from uuid import UUID

from gql_server.db import jobs
from gql_server.db.jobs import Job
from gql_server.db.tables import generations, llm_calls
from gql_server.db.tables.generations import UNDER_WAY, Asked, Enqueued, Request
from gql_server.errors import UserError, UserErrorCode, UserErrors
from gql_server.services.object_models import require_object_model
from gql_server.services.writer import Change, Made, Place, Writer

BULK = 100
"""What can be asked for at once."""


def choose_model(wanted: str | None, settings: str | None, default: str | None, names: Sequence[str]) -> str:
    """The language model that is asked for, that the project's settings (JSON as text) name, or the default one.

    Raises UserErrors when there is none, or it is not one of the names.
    """
    own = _model_of(settings)
    name = wanted or own or default
    if name is None:
        message = f"Name a language model: neither the project nor the server does. Known are: {', '.join(names)}."
        raise UserErrors(UserError(UserErrorCode.REQUIRED, message, ("model",)))
    if name not in names:
        whose = ", which the project's settings name" if own and not wanted else ""
        message = f"There is no language model {name!r}{whose}. Known are: {', '.join(names)}."
        raise UserErrors(UserError(UserErrorCode.NOT_FOUND, message, ("model",)))
    return name


def _model_of(settings: str | None) -> str | None:
    if settings is None or not settings.startswith("{"):
        return None
    model = json.loads(settings).get("model")
    return model if isinstance(model, str) else None


async def enqueue_generations(writer: Writer, place: Place, requests: Sequence[Request] | UserErrors) -> Made:
    """Asks for contents of a project, all of them or none. Raises UserErrors.

    Those that are given, too: not, though, when the same was asked for before under the same key.
    """

    async def work(change: Change) -> list[UUID]:
        if isinstance(requests, UserErrors):
            raise requests
        for object_model_id in sorted({request.object_model_id for request in requests}):
            await require_object_model(change, object_model_id)
        await _check_budget(change, place)
        return await _enqueued(change, place, await generations.insert(change.transaction, requests))

    return await writer.in_project(place, work)


async def cancel_generation(writer: Writer, place: Place, generation_id: UUID) -> None:
    """Ends a generation before it is done; harmless again. Raises UserErrors when it has ended otherwise."""

    async def work(change: Change) -> list[UUID]:
        if await generations.cancel(change.transaction, generation_id):
            change.rows["generations"].append(generation_id)
            return []
        asked = await generations.select_asked(change.transaction, generation_id)
        if asked is None:
            raise UserErrors(*place.missing)
        if asked.status != "cancelled":
            raise _conflict(f"The generation has {asked.status} already.")
        return []

    await writer.in_project(place, work)


async def retry_generation(writer: Writer, place: Place, generation_id: UUID, models: Sequence[str]) -> Made:
    """Asks once more, in a new generation, for what one was to make that came to nothing; `models` are those there are.

    Raises UserErrors.
    """

    async def work(change: Change) -> list[UUID]:
        asked = await generations.select_asked(change.transaction, generation_id)
        if asked is None:
            raise UserErrors(*place.missing)
        await _require_possible(change, asked, models)
        await _check_budget(change, place)
        return await _enqueued(change, place, [await generations.insert_retry(change.transaction, generation_id)])

    return await writer.in_project(place, work)


async def _require_possible(change: Change, asked: Asked, models: Sequence[str]) -> None:
    """Raises UserErrors when a generation is not to be tried again, or what it was to be made with is gone."""
    if asked.status not in ("failed", "cancelled"):
        doing = "has not ended yet" if asked.status in UNDER_WAY else "has succeeded"
        raise _conflict(f"The generation {doing}: those that failed or were cancelled can be tried again.")
    if asked.model not in models:
        raise _conflict(f"There is no language model {asked.model!r} any more: ask for the content anew.")
    try:
        structure = await require_object_model(change, asked.object_model_id)
    except UserErrors:
        raise _conflict("The object model of this generation is gone: ask for the content anew.") from None
    # Both are as PostgreSQL writes them.
    if structure != asked.structure:
        raise _conflict("The object model of this generation has changed since: ask for the content anew.")


def _conflict(message: str) -> UserErrors:
    return UserErrors(UserError(UserErrorCode.CONFLICT, message, ("generation",)))


async def _enqueued(change: Change, place: Place, enqueued: Sequence[Enqueued]) -> list[UUID]:
    waiting = [Job(place.project_id, item.id, item.model, item.turn) for item in enqueued]
    await jobs.enqueue(change.transaction, waiting)
    ids = [item.id for item in enqueued]
    change.rows["generations"] += ids
    return ids


async def _check_budget(change: Change, place: Place) -> None:
    """Raises UserErrors when the month's budget is spent; it is checked again before each call."""
    # Nobody but the owner reads what all of a client's projects have spent.
    async with change.transaction.owned():
        budgets = await llm_calls.select_budgets(change.transaction, place.project_id)
    spent = budgets.exhausted
    if spent is not None:
        raise UserErrors(UserError(UserErrorCode.BUDGET_EXCEEDED, spent, place.missing[0].path))
