"""Driver errors, translated once into the errors that a caller may see."""

from collections.abc import Generator
from contextlib import contextmanager
from uuid import UUID

import asyncpg
import structlog

from gql_server.db.constraints import CONSTRAINTS
from gql_server.errors import (
    BadRequestError,
    Limit,
    LimitExceededError,
    OperationTimeoutError,
    ProjectUnavailableError,
    UnavailableError,
    UserErrors,
)

log = structlog.stdlib.get_logger(__name__)

LOST = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.IdleInTransactionSessionTimeoutError,
)
"""How a database that is down, starting, stopping or refusing this server shows itself.

The driver's internal error is one of them: an idle connection that is told of the end is in no state to go on.
"""

NOT_SET_UP = (
    asyncpg.UndefinedTableError,
    asyncpg.UndefinedColumnError,
    asyncpg.UndefinedFunctionError,
    asyncpg.UndefinedObjectError,
    asyncpg.InsufficientPrivilegeError,
)
"""How a database that was not migrated for this server, or lacks roles or rights, shows itself."""

REASONS = {
    "3F000": "its schema is missing",
    "42P01": "a table of its schema is missing",
    "42809": "a table of its schema is not a table",
    "42703": "a column of its schema is missing",
    "42804": "a column of its schema has another type",
    "42846": "a column of its schema has another type",
    "42883": "a column of its schema has another type",
    "22P02": "a value of its schema is of another type",
    "22003": "a value of its schema is of another type",
    "42P10": "a constraint of its schema is missing",
    "42501": "the database refuses access to it",
    "55P03": "it is being migrated; try again",
}
"""SQLSTATEs that `public.each_project` answers with, as sentences' ends."""


SCHEMA_FAULTS = (
    asyncpg.InvalidSchemaNameError,
    asyncpg.UndefinedTableError,
    asyncpg.UndefinedColumnError,
    asyncpg.UndefinedFunctionError,
    asyncpg.WrongObjectTypeError,
    asyncpg.DatatypeMismatchError,
    asyncpg.InvalidColumnReferenceError,
    asyncpg.InsufficientPrivilegeError,
)
"""How a project's schema shows that it is missing, broken, or older than what is to be written to it."""


@contextmanager
def faults_of(project_id: UUID) -> Generator[None]:
    """Raises ProjectUnavailableError when a statement finds that the project's schema is not as it needs it."""
    try:
        yield
    except SCHEMA_FAULTS as error:
        raise project_unavailable(project_id, error.sqlstate or "") from None


@contextmanager
def constraints_explained() -> Generator[None]:
    """Raises UserErrors for what breaks a constraint that the caller is told of."""
    try:
        yield
    except asyncpg.IntegrityConstraintViolationError as error:
        if error.constraint_name in CONSTRAINTS:
            raise UserErrors(CONSTRAINTS[error.constraint_name]) from None
        raise


@contextmanager
def translated() -> Generator[None]:
    """Raises an ApiError in place of a driver's error that has a meaning for the caller."""
    try:
        yield
    except asyncpg.QueryCanceledError:
        raise OperationTimeoutError("The database took too long to answer; ask for less.") from None
    except asyncpg.OutOfMemoryError as error:
        # PostgreSQL locks every table and index that a transaction reads, in a table of fixed size.
        log.exception("The database is out of memory", hint=error.hint)
        raise UnavailableError("The database has no room for an operation over so many projects now.") from None
    except (asyncpg.ProgramLimitExceededError, asyncpg.InternalServerError) as error:
        raise _too_complex(error) from None
    except asyncpg.DataError:
        raise BadRequestError("A value in this request is outside of what the database can hold.") from None
    except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
        raise UnavailableError("What this needs is being changed or migrated now; try again later.") from None
    except NOT_SET_UP as error:
        log.warning("The database is not set up: gql-server migrate, then gql-server doctor", error=str(error))
        raise UnavailableError("The database is not set up for this server; try again later.") from None
    except LOST as error:
        log.warning("The database is unavailable", error=str(error) or type(error).__name__)
        raise UnavailableError("The database is unavailable; try again later.") from None


def _too_complex(error: asyncpg.PostgresError) -> Exception:
    # A search that nests too deep has no SQLSTATE of its own: "tsquery stack too small".
    if isinstance(error, asyncpg.InternalServerError) and "tsquery" not in str(error):
        return error
    return LimitExceededError(Limit.DATABASE, "This request is too complex for the database; ask for less.")


def project_unavailable(project_id: UUID, sqlstate: str) -> ProjectUnavailableError:
    log.warning("A project is unavailable", project_id=str(project_id), sqlstate=sqlstate)
    return ProjectUnavailableError(project_id, REASONS[sqlstate])
