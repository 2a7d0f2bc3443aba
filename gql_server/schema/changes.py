"""What all mutations have in common: who may make them, what comes back, and what the caller can put right."""

import dataclasses
import hashlib
import json
from collections.abc import Awaitable, Callable, Sequence
from enum import Enum
from typing import Any, TypeVar
from uuid import UUID

import strawberry
from strawberry import UNSET

from gql_server import errors
from gql_server.errors import ForbiddenError, ProjectUnavailableError, UserErrors
from gql_server.schema.arguments import given
from gql_server.schema.ids import IdKind, expect_id, expect_project_id
from gql_server.schema.node import Info
from gql_server.schema.scalars import Encoded
from gql_server.services.checks import not_found
from gql_server.services.writer import Once, Place, Writer

ChangesT = TypeVar("ChangesT")
ReadT = TypeVar("ReadT")


@strawberry.enum(description="What is wrong with an input.")
class UserErrorCode(Enum):
    NOT_FOUND = strawberry.enum_value("NOT_FOUND", description="What is referred to does not exist.")
    INVALID = strawberry.enum_value("INVALID", description="A value cannot be what it is.")
    REQUIRED = strawberry.enum_value("REQUIRED", description="A value is missing.")
    CONFLICT = strawberry.enum_value("CONFLICT", description="What there is stands against it.")
    STALE_VERSION = strawberry.enum_value("STALE_VERSION", description="It was changed by others meanwhile.")
    IDEMPOTENCY_CONFLICT = strawberry.enum_value(
        "IDEMPOTENCY_CONFLICT", description="The idempotency key came with another input before."
    )
    TEMPLATE_ERROR = strawberry.enum_value(
        "TEMPLATE_ERROR", description="The template cannot be rendered with these values."
    )
    BUDGET_EXCEEDED = strawberry.enum_value("BUDGET_EXCEEDED", description="The month's budget is spent.")


@strawberry.type(description="What the caller can put right; nothing has been changed.")
class UserError:
    code: UserErrorCode = strawberry.field(description="What is wrong.")
    message: str = strawberry.field(description="What is wrong, as a sentence.")
    path: list[str] = strawberry.field(description="Where it is, from the argument `input` on.")


OF_THE_ANSWER = "of_the_answer"
"""In the `metadata` of an input's field: it says how a change is answered, and not what it is."""


@strawberry.input
class ChangeInput:
    """What every mutation takes."""

    idempotency_key: str | None = strawberry.field(
        default=UNSET,
        description="Names this change, so that it is made once: asked for again with the same key and input within 24 "
        "hours, it is answered and not made. Each caller's keys are its own in each project, and beside these.",
    )


@strawberry.type
class ChangePayload:
    """What every mutation answers with; a mutation's own fields beside it are null when nothing was changed."""

    user_errors: list[UserError] = strawberry.field(
        default_factory=list,
        description="What the caller can put right; nothing has been changed unless it is empty.",
    )


PayloadT = TypeVar("PayloadT", bound=ChangePayload)


async def change(
    info: Info, input: ChangeInput, payload: type[PayloadT], make: Callable[[Writer], Awaitable[PayloadT]]
) -> PayloadT:
    """The payload that `make` answers with, or one of what the caller can put right."""
    # Gives back the connection that reads: who writes needs one. What is read from here on knows of the change.
    await info.context.renew()
    try:
        return await make(_writer(info, input))
    except UserErrors as found:
        return payload(user_errors=shown(found))


async def read_back(info: Info, read: Callable[[], Awaitable[ReadT]]) -> ReadT:
    """What has become of a change in a project, as `read` finds it."""
    try:
        return await read()
    except ProjectUnavailableError:
        # Whoever deletes the project may do so between two statements, of which the first one sees it still.
        await info.context.renew()
        return await read()


def require_admin(info: Info) -> None:
    """Raises ForbiddenError for anybody else."""
    if info.context.viewer.client_id is not None:
        raise ForbiddenError("This is for the administrator alone.")


def shown(found: UserErrors) -> list[UserError]:
    return [
        UserError(code=UserErrorCode(error.code.value), message=error.message, path=["input", *error.path])
        for error in found.errors
    ]


def changes_of(input: Any, type_: type[ChangesT]) -> ChangesT:
    """Those fields of a TypedDict that the input of the same names gives."""
    values = {name: getattr(input, name) for name in type_.__annotations__ if hasattr(input, name)}
    return {name: value for name, value in values.items() if value is not UNSET}  # pyright: ignore[reportReturnType]


def project_place(project: str) -> Place:
    """Where a change is made whose input names a `project`."""
    return Place(expect_project_id(project), (not_found("project", "project"),))


def row_place(id_: str, kind: IdKind, field: str) -> tuple[Place, UUID]:
    """Where a change is made of the row that the input names in `field`, and the row's own id."""
    place, [row_id] = _place([id_], kind, [(field,)])
    return place, row_id


def rows_place(ids: Sequence[str], kind: IdKind, field: str) -> tuple[Place, list[UUID]]:
    """Where a change is made of the rows that the input names in `field`, and their own ids.

    Raises UserErrors when they are of several projects, or there are none.
    """
    if not ids:
        message = "At least one has to be named."
        raise UserErrors(errors.UserError(errors.UserErrorCode.REQUIRED, message, (field,)))
    return _place(ids, kind, [(field, str(number)) for number, _ in enumerate(ids)])


def _place(ids: Sequence[str], kind: IdKind, paths: Sequence[tuple[str, ...]]) -> tuple[Place, list[UUID]]:
    parsed = [expect_id(id_, kind) for id_ in ids]
    project_id = parsed[0].project_id
    if project_id is None:
        raise TypeError(f"{kind} is not in a project.")
    strangers = [path for id_, path in zip(parsed, paths, strict=True) if id_.project_id != project_id]
    if strangers:
        message = "All have to be of one project, as the first is."
        raise UserErrors(*(errors.UserError(errors.UserErrorCode.INVALID, message, path) for path in strangers))
    what = kind.words.partition(" ")[2]
    return Place(project_id, tuple(not_found(what, *path) for path in paths)), [id_.id for id_ in parsed]


def _writer(info: Info, input: ChangeInput) -> Writer:
    key = given(input.idempotency_key)
    once = None if key is None else Once(key, _digest(info.field_name, input))
    return Writer(info.context.resources.database, info.context.viewer, once)


def _digest(mutation: str, input: ChangeInput) -> str:
    """Of what is given for the change, however its JSON is spelled."""
    of_the_change = {field.name for field in dataclasses.fields(input) if OF_THE_ANSWER not in field.metadata}
    fields = dataclasses.asdict(input, dict_factory=_given)
    asked = {name: value for name, value in fields.items() if name in of_the_change}
    text = json.dumps([mutation, asked], default=repr, sort_keys=True)
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def _given(fields: list[tuple[str, object]]) -> dict[str, object]:
    return {
        name: json.loads(value) if isinstance(value, Encoded) else value for name, value in fields if value is not UNSET
    }
