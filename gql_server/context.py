"""What one operation carries."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from gql_server.config import Config
from gql_server.db.snapshot import Snapshot
from gql_server.errors import ProjectUnavailableError
from gql_server.loaders import Loaders
from gql_server.loaders.lists import Loaded
from gql_server.services.authentication import Viewer


class Path(Protocol):
    """Where a field is in the answer."""

    def as_list(self) -> list[str | int]: ...


class Problem(NamedTuple):
    """An error beside an answer that is whole but for it."""

    error: ProjectUnavailableError
    path: list[str | int]


@dataclass(frozen=True, slots=True)
class Context:
    """Made anew for each operation; `snapshot` is closed at its end, and `problems` join its errors."""

    config: Config
    viewer: Viewer
    snapshot: Snapshot
    loaders: Loaders
    problems: dict[tuple[object, ...], Problem] = field(default_factory=dict[tuple[object, ...], Problem])

    def report(self, loaded: Loaded[Any], path: Path) -> None:
        """Notes the projects that a list had to do without, once for the path of the list's field."""
        at = path.as_list()[:-1] if loaded.unavailable else []
        for error in loaded.unavailable:
            self.problems.setdefault((error.project_id, *at), Problem(error, at))
