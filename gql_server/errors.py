"""The errors that a caller may see, with their codes; whatever is not one of these is masked."""

from enum import StrEnum
from typing import ClassVar, NamedTuple
from uuid import UUID


class ApiError(Exception):
    """A failure that the caller of the API is told of; `code` becomes the GraphQL error's `extensions.code`."""

    code: ClassVar[str]

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    @property
    def extensions(self) -> dict[str, object]:
        return {"code": self.code}


class BadRequestError(ApiError):
    code = "BAD_REQUEST"


class PersistedQueryNotFoundError(ApiError):
    """A document that is named by its hash is not known; the client sends it whole then. Apollo's words and code."""

    code = "PERSISTED_QUERY_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("PersistedQueryNotFound")


class PersistedQueryNotSupportedError(ApiError):
    """Documents are not named by their hash here; the client sends them whole. Apollo's words and code."""

    code = "PERSISTED_QUERY_NOT_SUPPORTED"

    def __init__(self) -> None:
        super().__init__("PersistedQueryNotSupported")


class DocumentNotTrustedError(ApiError):
    code = "DOCUMENT_NOT_TRUSTED"

    def __init__(self) -> None:
        super().__init__("This server runs the documents that it was given at its start, and this is none of them.")


class UnauthenticatedError(ApiError):
    code = "UNAUTHENTICATED"


class ForbiddenError(ApiError):
    """The viewer is known, and this is not for it."""

    code = "FORBIDDEN"


class NotFoundError(ApiError):
    """Something that is referred to no longer exists."""

    code = "NOT_FOUND"


class Limit(StrEnum):
    """What there can be too much of; a program tells by it what to ask for less of."""

    BODY = "BODY"
    NESTING = "NESTING"
    TOKENS = "TOKENS"
    VALIDATION = "VALIDATION"
    DEPTH = "DEPTH"
    ALIASES = "ALIASES"
    ROOT_FIELDS = "ROOT_FIELDS"
    DIRECTIVES = "DIRECTIVES"
    LIST_LENGTH = "LIST_LENGTH"
    COST = "COST"
    REQUEST_RATE = "REQUEST_RATE"
    REQUESTS_IN_FLIGHT = "REQUESTS_IN_FLIGHT"
    SUBSCRIPTIONS = "SUBSCRIPTIONS"
    ROWS = "ROWS"
    DATABASE = "DATABASE"


class LimitExceededError(ApiError):
    code = "LIMIT_EXCEEDED"

    def __init__(self, limit: Limit, message: str) -> None:
        super().__init__(message)
        self.limit = limit

    @property
    def extensions(self) -> dict[str, object]:
        return {"code": self.code, "limit": self.limit.value}


class CostExceededError(LimitExceededError):
    def __init__(self, requested: int, limit: int) -> None:
        super().__init__(Limit.COST, f"This operation costs {requested}, and may cost {limit}.")
        self.cost = {"requested": requested, "limit": limit}

    @property
    def extensions(self) -> dict[str, object]:
        return {**super().extensions, "cost": self.cost}


class OperationTimeoutError(ApiError):
    code = "TIMEOUT"


class UnavailableError(ApiError):
    """The database cannot be reached, or has no room for this request now."""

    code = "UNAVAILABLE"


class ProjectUnavailableError(ApiError):
    """One project's schema cannot be read; the others are as they were."""

    code = "PROJECT_UNAVAILABLE"

    def __init__(self, project_id: UUID, reason: str) -> None:
        super().__init__(f"Project {project_id} cannot be read: {reason}.")
        self.project_id = project_id

    @property
    def extensions(self) -> dict[str, object]:
        return {"code": self.code, "projectId": str(self.project_id)}


class UserErrorCode(StrEnum):
    """What is wrong with an input."""

    NOT_FOUND = "NOT_FOUND"
    INVALID = "INVALID"
    REQUIRED = "REQUIRED"
    CONFLICT = "CONFLICT"
    STALE_VERSION = "STALE_VERSION"
    IDEMPOTENCY_CONFLICT = "IDEMPOTENCY_CONFLICT"
    TEMPLATE_ERROR = "TEMPLATE_ERROR"
    BUDGET_EXCEEDED = "BUDGET_EXCEEDED"


class GenerationErrorCode(StrEnum):
    """Why a generation came to nothing."""

    VALIDATION_FAILED = "VALIDATION_FAILED"
    PROVIDER_ERROR = "PROVIDER_ERROR"
    PROVIDER_RATE_LIMITED = "PROVIDER_RATE_LIMITED"
    PROVIDER_REFUSED = "PROVIDER_REFUSED"
    TIMEOUT = "TIMEOUT"
    BUDGET_EXCEEDED = "BUDGET_EXCEEDED"
    WORKER_LOST = "WORKER_LOST"
    INTERNAL = "INTERNAL"


class UserError(NamedTuple):
    """What the caller of a change can put right; `path` leads to it in the input, from the input's own field on."""

    code: UserErrorCode
    message: str
    path: tuple[str, ...]


class UserErrors(Exception):  # noqa: N818  they are an answer, not a fault
    """Ends a change that cannot be made as it is asked for; nothing of it is kept."""

    def __init__(self, *errors: UserError) -> None:
        super().__init__("; ".join(error.message for error in errors))
        self.errors = errors


class StartError(Exception):
    """The program cannot start or go on; the message is the sentence that its user reads on stderr."""

    exit_code = 1


class SettingError(StartError):
    """A setting or an argument is wrong or missing."""

    exit_code = 2
