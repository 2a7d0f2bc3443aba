"""What there is, in plain Python: the model that a server is compared with."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from gql_server.schema.ids import IdKind, expect_project_id, global_id, parse_id

Row = dict[str, Any]
"""A node as it is read."""

Path = tuple[str, ...]
ADMIN = "admin"
BROKEN = "{{ broken"
"""A template that cannot be read."""

LISTS = {
    IdKind.CONTENT: "contents",
    IdKind.TERM: "vocabulary",
    IdKind.PROMPT_COMPONENT: "promptComponents",
    IdKind.GENERATION: "generations",
}
"""The field of a project that has its rows of a kind."""


class Refused(Exception):  # noqa: N818  it is an answer, not a fault
    """What the caller of a change is told is wrong, by code and path; `shown` is answered with beside it."""

    def __init__(self, *errors: tuple[str, Path], shown: Row | None = None) -> None:
        super().__init__(errors)
        self.errors = [{"code": code, "path": ["input", *path]} for code, path in errors]
        self.shown = shown or {}


class Done(NamedTuple):
    """What was asked for under a key, and the ids of what it made."""

    asked: str
    made: list[str]


Keys = dict[tuple[str, str], Done]
"""What was done under which key of which caller."""


@dataclass
class Project:
    """A project's own fields, its rows by id, its metadata by key, and the keys of changes that were made in it."""

    node: Row
    contents: dict[str, Row] = field(default_factory=dict[str, Row])
    vocabulary: dict[str, Row] = field(default_factory=dict[str, Row])
    promptComponents: dict[str, Row] = field(default_factory=dict[str, Row])  # noqa: N815  as the field is called
    generations: dict[str, Row] = field(default_factory=dict[str, Row])
    metadata: dict[str, Row] = field(default_factory=dict[str, Row])
    keys: Keys = field(default_factory=dict[tuple[str, str], Done])

    @property
    def id(self) -> str:
        return self.node["id"]

    def read(self) -> Row:
        rows = {name: {"nodes": by_id(getattr(self, name).values())} for name in LISTS.values()}
        return {**self.node, **rows, "metadata": sorted(self.metadata.values(), key=lambda entry: entry["key"])}


@dataclass
class Model:
    """All that there is. `clients` has the global ids of those who ask, by name; `prompts` name, template, version."""

    clients: Mapping[str, str]
    object_models: Sequence[str]
    prompts: Mapping[str, tuple[str, str, int]]
    projects: dict[str, Project] = field(default_factory=dict[str, Project])
    keys: Keys = field(default_factory=dict[tuple[str, str], Done])

    def read(self, viewer: str) -> list[Row]:
        """Every project that the viewer sees, with all that is in it."""
        return by_id(project.read() for project in self.projects.values() if self._sees(viewer, project))

    def _sees(self, viewer: str, project: Project) -> bool:
        return viewer == ADMIN or project.node["client"]["id"] == self.clients[viewer]

    def visible(self, viewer: str, id_: str) -> Project | None:
        project = self.projects.get(id_)
        return project if project and self._sees(viewer, project) else None


def project_id(text: str) -> str:
    """A project's global id, of that or of its UUID."""
    return global_id(IdKind.PROJECT, expect_project_id(text))


def home(id_: str) -> str:
    """The project of a row."""
    parsed = parse_id(id_).project_id
    assert parsed is not None
    return global_id(IdKind.PROJECT, parsed)


def by_id(rows: Iterable[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: row["id"])
