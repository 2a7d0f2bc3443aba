"""What one operation carries."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from gql_server.config import Config
from gql_server.db.changes import Changes
from gql_server.db.database import Database
from gql_server.db.snapshot import Snapshot
from gql_server.errors import ProjectUnavailableError, UnauthenticatedError
from gql_server.loaders import Loaders
from gql_server.loaders.lists import Loaded
from gql_server.services.authentication import Viewer


class Problem(NamedTuple):
    """An error beside an answer that is whole but for it."""

    error: ProjectUnavailableError
    path: list[str | int]


class Resources(NamedTuple):
    """What an operation is run with, and by whom; `viewer_now` finds out again whose key it is.

    `models` are the names of the language models.
    """

    config: Config
    database: Database
    changes: Changes
    models: Sequence[str]
    viewer: Viewer
    viewer_now: Callable[[], Awaitable[Viewer | None]]


@dataclass(slots=True)
class Context:
    """Made anew for each operation, which reads one moment of the database; `problems` join its errors.

    A subscription reads another moment for each of its results.
    """

    resources: Resources
    snapshot: Snapshot = field(init=False)
    loaders: Loaders = field(init=False)
    problems: dict[tuple[object, ...], Problem] = field(default_factory=dict[tuple[object, ...], Problem])
    has_ended: bool = False

    def __post_init__(self) -> None:
        self._begin()

    @property
    def config(self) -> Config:
        return self.resources.config

    @property
    def viewer(self) -> Viewer:
        return self.resources.viewer

    @property
    def models(self) -> Sequence[str]:
        return self.resources.models

    @property
    def changes(self) -> Changes:
        return self.resources.changes

    def report(self, loaded: Loaded[Any], path: Sequence[str | int]) -> None:
        """Notes the projects that a list had to do without, once for the path of the list."""
        for error in loaded.unavailable:
            self.problems.setdefault((error.project_id, *path), Problem(error, [*path]))

    async def renew(self) -> None:
        """Gives back what reading holds; what is read from here on is of another moment."""
        await self.snapshot.close()
        # What the operation has left behind reads nothing more, and holds nothing.
        if not self.has_ended:
            self._begin()

    async def close(self) -> None:
        """Ends the operation: who reads still is refused."""
        self.has_ended = True
        await self.snapshot.close()

    async def check_key(self) -> None:
        """Raises UnauthenticatedError when the key is no longer the viewer's, as a long operation has to expect."""
        if await self.resources.viewer_now() != self.viewer:
            raise UnauthenticatedError("The key that this was begun with is no longer good.")

    def _begin(self) -> None:
        self.snapshot = Snapshot(self.resources.database, self.viewer.role)
        self.loaders = Loaders(self.snapshot)
