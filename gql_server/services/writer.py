"""How every change is made: in one transaction, once for each idempotency key, and told to those who watch."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from gql_server.db.changes import announce
from gql_server.db.database import Database, Transaction
from gql_server.db.roles import Role
from gql_server.db.tables import idempotency_keys, projects
from gql_server.errors import UserError, UserErrorCode, UserErrors
from gql_server.services.authentication import ADMINISTRATOR, Viewer
from gql_server.services.checks import NAME_LENGTH, Checks

ARCHIVED = "archived"


class Once(NamedTuple):
    """An idempotency key, and a digest of the input that it came with."""

    key: str
    digest: str


class Place(NamedTuple):
    """The project that a change is made in, and what is said when the viewer has no such project.

    That is what is said when the thing is missing that the project was known from, so that nobody can tell which.
    """

    project_id: UUID
    missing: tuple[UserError, ...]

    @property
    def archived(self) -> UserError:
        message = "This project is archived: it can be read, not changed."
        return UserError(UserErrorCode.CONFLICT, message, self.missing[0].path)


class Made(NamedTuple):
    """The ids of what a change has made, now or, when it is `repeated`, under the same key before."""

    ids: list[UUID]
    repeated: bool = False

    @property
    def id(self) -> UUID:
        """The one that there is."""
        [id_] = self.ids
        return id_


@dataclass(slots=True)
class Change:
    """A change as it is made. What it writes to a project it notes in `rows`, for those who watch."""

    transaction: Transaction
    project_id: UUID | None = None
    rows: defaultdict[str, list[UUID]] = field(default_factory=lambda: defaultdict(list))


Work = Callable[[Change], Awaitable[Sequence[UUID]]]
"""Makes a change, and answers with the ids of what is new."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Makes the changes of one viewer; `once` is the key under which there is but one."""

    database: Database
    viewer: Viewer = ADMINISTRATOR
    once: Once | None = None

    async def in_project(self, place: Place, work: Work) -> Made:
        """Makes a change of a project's rows under the viewer's role. Raises UserErrors."""
        self._check_key()
        async with self.database.transaction(self.viewer.role, place.project_id) as transaction:
            status = await projects.select_status(transaction, place.project_id)
            if status is None:
                raise UserErrors(*place.missing)

            async def work_unless_archived(change: Change) -> Sequence[UUID]:
                # What was done before it was archived is answered as it was.
                if status == ARCHIVED:
                    raise UserErrors(place.archived)
                return await work(change)

            return await self._make(Change(transaction, place.project_id), work_unless_archived)

    async def shared(self, work: Work) -> Made:
        """Makes a change of what all projects share under the viewer's role. Raises UserErrors."""
        return await self._shared(self.viewer.role, work)

    async def owned(self, work: Work) -> Made:
        """Makes a change that the owner of the tables alone can make: of clients, and of projects as such.

        Whoever calls it has found out whether the viewer may. Raises UserErrors.
        """
        return await self._shared(None, work)

    async def _shared(self, role: Role | None, work: Work) -> Made:
        self._check_key()
        async with self.database.transaction(role) as transaction:
            return await self._make(Change(transaction), work)

    async def _make(self, change: Change, work: Work) -> Made:
        done = await self._done(change.transaction)
        if done is not None:
            return Made(done, repeated=True)
        made = list(await work(change))
        if change.project_id and change.rows:
            await announce(change.transaction, change.project_id, change.rows)
        if self.once is not None:
            await idempotency_keys.keep(change.transaction, self.viewer.caller, self.once.key, made)
        return Made(made)

    async def _done(self, transaction: Transaction) -> list[UUID] | None:
        """What was made under the key before; None when it is to be made now."""
        if self.once is None:
            return None
        done = await idempotency_keys.claim(transaction, self.viewer.caller, self.once.key, self.once.digest)
        if done is not None and done.digest != self.once.digest:
            message = "This key came with another input before: it names one change."
            raise UserErrors(UserError(UserErrorCode.IDEMPOTENCY_CONFLICT, message, ("idempotencyKey",)))
        return None if done is None else done.made

    def _check_key(self) -> None:
        if self.once is not None:
            checks = Checks()
            if not 0 < len(self.once.key) <= NAME_LENGTH:
                checks.refuse(f"A key has 1 to {NAME_LENGTH} characters.", "idempotencyKey")
            checks.text(self.once.key, "A key", "idempotencyKey")
            checks.finish()
