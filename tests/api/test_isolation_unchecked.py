"""PostgreSQL keeps clients apart when nothing else does: each operation has a client's role, and no check is ours."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from conftest import client_of
from everything import UNLIMITED, Asker
from httpx import AsyncClient
from logins import bearing
from rivals import PRIVATE, Rival, given_away, make_rivals, marks
from surface import NODES, PLACES, places
from world import World

from gql_server.config import Config
from gql_server.db.database import Database
from gql_server.db.pages import PageQuery
from gql_server.db.roles import client_role
from gql_server.db.snapshot import Snapshot
from gql_server.db.tables.llm_usage import Dimension, UsageParent
from gql_server.errors import ProjectUnavailableError
from gql_server.loaders import Loaders, Made
from gql_server.loaders.generations import GenerationCountsLoader, GenerationEventsLoader
from gql_server.loaders.lists import ListLoader, Loaded
from gql_server.loaders.llm_usage import LlmUsageByGenerationLoader, UsageGroupsLoader, UsageQuery
from gql_server.loaders.metadata import MetadataByProjectLoader
from gql_server.loaders.project_lists import ListByProjectLoader, MergedListByParentLoader, MergedListLoader
from gql_server.loaders.projects import ALL, ProjectIdsLoader, ProjectNameByIdLoader, SchemaVersionByProjectLoader
from gql_server.loaders.prompts import PromptVersionsByPromptLoader
from gql_server.loaders.rows import ProjectRowByIdLoader, RowByIdLoader
from gql_server.loaders.shared_lists import SharedListByParentLoader, SharedListLoader
from gql_server.loaders.vocabulary import FittingTermsLoader
from gql_server.schema import nodes, projects
from gql_server.schema.ids import GlobalId, IdKind, expect_id, parse_id

REFUSED = "the database refuses access to it"


class Anything:
    """Equal to everything there is."""

    __hash__ = None  # pyright: ignore[reportAssignmentType]

    def __eq__(self, other: object) -> bool:
        return True


@pytest.fixture
async def rivals(world: World) -> dict[str, Rival]:
    return await make_rivals(world)


@pytest.fixture
def unchecked(rivals: dict[str, Rival], monkeypatch: pytest.MonkeyPatch) -> None:
    """Takes the server's own checks away: that the viewer has the project, and that a content is of its project."""
    every = [id_ for rival in rivals.values() for id_ in rival.projects]

    async def all_ids(_self: object, keys: list[object]) -> list[list[UUID]]:
        return [every] * len(keys)

    async def load_row(loaders: Loaders, wanted: GlobalId) -> object:
        by_kind: dict[IdKind, Any] = {
            IdKind.CONTENT: loaders.content_by_id,
            IdKind.TERM: loaders.term_by_id,
            IdKind.PROMPT_COMPONENT: loaders.prompt_component_by_id,
            IdKind.GENERATION: loaders.generation_by_id,
        }
        return await by_kind[wanted.kind].load((wanted.project_id, wanted.id))

    def of_any_project(text: str, kind: IdKind) -> Any:
        return expect_id(text, kind)._replace(project_id=Anything())  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(ProjectIdsLoader, "batch_load_fn", all_ids)
    monkeypatch.setattr(nodes, "_load_project_row", load_row)
    monkeypatch.setattr(projects, "expect_id", of_any_project)


@pytest.fixture
async def http(config: Config, database: Database, rivals: dict[str, Rival]) -> AsyncGenerator[AsyncClient]:
    async with client_of(config.model_copy(update=UNLIMITED), database) as http:
        http.headers.update(bearing(rivals["Acme"].key))
        yield http


async def ask(http: AsyncClient, query: str, **variables: Any) -> dict[str, Any]:
    return (await http.post("/graphql", json={"query": query, "variables": variables})).json()


@pytest.mark.usefixtures("unchecked")
async def test_of_a_list_over_all_projects_another_s_are_refused(http: AsyncClient, rivals: dict[str, Rival]) -> None:
    body = await ask(
        http, "{ contents { totalCount } generationCounts { count } prompts { nodes { components { totalCount } } } }"
    )

    assert body["data"] == {
        "contents": {"totalCount": 6},
        "generationCounts": [{"count": 0}, {"count": 0}, {"count": 6}, {"count": 0}, {"count": 0}],
        "prompts": {"nodes": [{"components": {"totalCount": 6}}]},
    }
    assert {(error["path"][0], error["message"], error["extensions"]["code"]) for error in body["errors"]} == {
        (field, f"Project {id_} cannot be read: {REFUSED}.", "PROJECT_UNAVAILABLE")
        for field in ("contents", "generationCounts", "prompts")
        for id_ in rivals["Beacon"].projects
    }


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("type_", ["Content", "Term", "PromptComponent", "Generation"])
async def test_a_row_of_another_s_is_refused(type_: str, http: AsyncClient, rivals: dict[str, Rival]) -> None:
    body = await ask(http, "query ($id: ID!) { node(id: $id) { id } }", id=rivals["Beacon"].ids[type_])

    assert body["data"] == {"node": None}
    [error] = body["errors"]
    assert error["message"] == f"Project {rivals['Beacon'].projects[0]} cannot be read: {REFUSED}."


@pytest.mark.usefixtures("unchecked")
@pytest.mark.timeout(120)
async def test_nothing_of_another_s_comes_by_any_way(
    http: AsyncClient, rivals: dict[str, Rival], connection: asyncpg.Connection
) -> None:
    """Everything there is, with ids of one's own and the other's, tells no more than which projects there are."""
    acme, beacon = rivals["Acme"], rivals["Beacon"]
    documents = [document for ids in (acme.ids, beacon.ids) for document in Asker(ids).documents()]
    bodies = [await ask(http, document) for document in documents]
    for place in places("ID", among=PLACES):
        for type_ in place.takes:
            documents = [place.query(ids, "$id", "$id: ID!") for ids in (acme.ids, beacon.ids)]
            bodies += [await ask(http, document, id=beacon.ids[type_]) for document in documents]

    secret = await marks(connection, beacon)
    assert given_away([body["data"] for body in bodies], secret) == set()
    assert given_away([body["data"] for body in bodies], own := await marks(connection, acme)) == own
    errors = [error for body in bodies for error in body.get("errors", [])]
    assert {error["message"] for error in errors} == {
        f"Project {id_} cannot be read: {REFUSED}." for id_ in beacon.projects
    }


Asked = Callable[[Any, Rival], list[Awaitable[Any]]]


def private(of: Rival) -> list[GlobalId]:
    return [parse_id(of.ids[type_]) for type_ in PRIVATE]


def parents(of: Rival) -> list[UUID]:
    """What has rows: what all share is a parent, too."""
    return [parse_id(of.ids[type_]).id for type_ in NODES]


WAYS: dict[type, Asked] = {
    UsageGroupsLoader: lambda loader, of: [
        loader.load((id_, UsageQuery(parent, tuple(Dimension), None, None)))
        for parent in UsageParent
        for id_ in parents(of)
    ],
    LlmUsageByGenerationLoader: lambda loader, of: [
        loader.load((of.projects[0], parse_id(of.ids["Generation"]).id)),
    ],
    GenerationCountsLoader: lambda loader, of: [loader.load((ids, None)) for ids in (None, tuple(of.projects))],
    GenerationEventsLoader: lambda loader, of: [
        loader.load((of.projects[0], parse_id(of.ids["Generation"]).id, 0)),
    ],
    FittingTermsLoader: lambda loader, of: [loader.load((id_, "x")) for id_ in of.projects],
    ProjectNameByIdLoader: lambda loader, of: [loader.load(id_) for id_ in of.projects],
    ProjectIdsLoader: lambda loader, _of: [loader.load(ALL)],
    SchemaVersionByProjectLoader: lambda loader, of: [loader.load(of.projects[0])],
    MetadataByProjectLoader: lambda loader, of: [loader.load((of.projects[0], None))],
    PromptVersionsByPromptLoader: lambda loader, of: [loader.load((id_, None)) for id_ in parents(of)],
    ProjectRowByIdLoader: lambda loader, of: [
        loader.load((id_.project_id, id_.id)) for id_ in private(of) if id_.project_id
    ],
    RowByIdLoader: lambda loader, of: [loader.load(id_.id) for id_ in private(of)],
    ListByProjectLoader: lambda loader, of: [
        page(loader, of.projects[0]),
        loader.counts_by_parent(None).load(of.projects[0]),
    ],
    MergedListLoader: lambda loader, of: [page(loader, ids) for ids in (None, tuple(of.projects))],
    MergedListByParentLoader: lambda loader, of: [page(loader, id_) for id_ in parents(of)],
    SharedListLoader: lambda loader, _of: [page(loader, None)],
    SharedListByParentLoader: lambda loader, of: [page(loader, id_) for id_ in parents(of)],
}
"""How the loaders of each class are asked for what is a client's."""


def asked(loader: object, of: Rival) -> list[Awaitable[Any]]:
    ways = [way for class_, way in WAYS.items() if isinstance(loader, class_)]
    assert ways, f"How {type(loader).__name__} is asked for what is another's is not known here."
    return ways[0](loader, of)


def page(loader: ListLoader[Any, Any], parent: object) -> Awaitable[Any]:
    return loader.pages_by_parent(PageQuery((loader.table.default_order,), 100)).load(parent)


@pytest.mark.parametrize("checked", [True, False])
async def test_no_loader_has_what_is_another_s(
    checked: bool,
    database: Database,
    rivals: dict[str, Rival],
    connection: asyncpg.Connection,
    request: pytest.FixtureRequest,
) -> None:
    acme, beacon = rivals["Acme"], rivals["Beacon"]
    secret = await marks(connection, beacon)
    # Of the projects' ids no rights are needed to pass them on.
    ids = ProjectIdsLoader if not checked else ()
    if not checked:
        request.getfixturevalue("unchecked")
    snapshot = Snapshot(database, client_role(acme.client_id))
    every = Loaders(snapshot)
    made = {name: getattr(every, name) for name, value in vars(Loaders).items() if isinstance(value, Made)}
    loaders = {name: loader for name, loader in made.items() if not isinstance(loader, ids)}
    found: dict[str, object] = {}
    refused: set[str] = set()
    for name, loader in loaders.items():
        for answer in await asyncio.gather(*asked(loader, beacon), return_exceptions=True):
            loaded = answer if isinstance(answer, Loaded) else Loaded(answer)
            errors = [*loaded.unavailable, *([answer] if isinstance(answer, ProjectUnavailableError) else [])]
            if errors:
                refused.add(name)
                assert {error.message.partition(": ")[2] for error in errors} == {f"{REFUSED}."}
            elif given_away([repr(loaded.value)], secret):
                found[name] = loaded.value
    await snapshot.close()

    assert found == {}
    merged = {name for name, loader in loaders.items() if isinstance(loader, OVER_PROJECTS)}
    by_project = {name for name, loader in loaders.items() if isinstance(loader, BY_PROJECT)}
    assert refused == by_project | (set() if checked else merged)


OVER_PROJECTS = (GenerationCountsLoader, MergedListByParentLoader, MergedListLoader)
"""These ask which projects there are, and PostgreSQL if that was not held to."""

BY_PROJECT = (
    FittingTermsLoader,
    GenerationEventsLoader,
    ListByProjectLoader,
    ProjectRowByIdLoader,
    MetadataByProjectLoader,
    SchemaVersionByProjectLoader,
)
"""Whoever asks for a project's rows has been told that it is there; these ask PostgreSQL alone."""
