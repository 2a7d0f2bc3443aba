"""What all mutations have in common: who may make them, what comes back, and what the caller can put right."""

from collections.abc import Awaitable, Callable
from enum import Enum
from typing import TypeVar

import strawberry

from gql_server import errors
from gql_server.errors import ForbiddenError, UserErrors
from gql_server.schema.node import Info

ResultT = TypeVar("ResultT")
PayloadT = TypeVar("PayloadT")


@strawberry.enum(description="What is wrong with an input.")
class UserErrorCode(Enum):
    NOT_FOUND = strawberry.enum_value("NOT_FOUND", description="What is referred to does not exist.")
    INVALID = strawberry.enum_value("INVALID", description="A value cannot be what it is.")
    REQUIRED = strawberry.enum_value("REQUIRED", description="A value is missing.")
    CONFLICT = strawberry.enum_value("CONFLICT", description="There is such a thing already.")


@strawberry.type(description="What the caller can put right; nothing has been changed.")
class UserError:
    code: UserErrorCode = strawberry.field(description="What is wrong.")
    message: str = strawberry.field(description="What is wrong, as a sentence.")
    path: list[str] = strawberry.field(description="Where it is, from the argument `input` on.")


USER_ERRORS = "What the caller can put right; nothing has been changed unless it is empty."


async def change(
    info: Info,
    work: Awaitable[ResultT],
    done: Callable[[ResultT], PayloadT],
    refused: Callable[[list[UserError]], PayloadT],
) -> PayloadT:
    """The payload of a change that was made, or of one that cannot be; what is read from here on knows of it."""
    try:
        result = await work
    except UserErrors as found:
        return refused([_shown(error) for error in found.errors])
    await info.context.renew()
    return done(result)


def require_admin(info: Info) -> None:
    """Raises ForbiddenError for anybody else."""
    if info.context.viewer.client_id is not None:
        raise ForbiddenError("This is for the administrator alone.")


def _shown(error: errors.UserError) -> UserError:
    return UserError(code=UserErrorCode(error.code.value), message=error.message, path=["input", *error.path])
