"""Two clients whose projects hold the same things, and some of their own that are named for them."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
from surface import NODES, Ids
from world import World, moment, uuid_of

from gql_server.db.project_schema import ProjectSchema
from gql_server.schema import opaque
from gql_server.schema.ids import IdKind, global_id, project_row_id

NAMES = ("Acme", "Beacon")
SHARED = frozenset({"ObjectModel", "Prompt"})
"""The types of nodes that all clients see; of all others each sees its own."""

PRIVATE = [name for name in NODES if name not in SHARED]
NOWHERE = UUID(int=1)
"""The id of no project, nor of anything else."""


class Rival(NamedTuple):
    """A client. `ids` has a node of each type that is its own, or shared, and named for it where it has a name."""

    name: str
    key: str
    client_id: UUID
    projects: list[UUID]
    ids: Ids


class Pair(NamedTuple):
    """The id of something of another's, and one that nothing has, in the same way."""

    stranger: str
    nothing: str


async def make_rivals(world: World) -> dict[str, Rival]:
    """The second has one more of everything, so that it shows in every number."""
    model_id = await world.object_model()
    prompt_id = await world.prompt(object_model_id=model_id)
    rivals = {
        name: await _make_rival(world, name, more, model_id, prompt_id)
        for name, more in zip(NAMES, (0, 1), strict=True)
    }
    await world.llm_usage("nobody's", model="of nobody")
    return rivals


async def _make_rival(world: World, name: str, more: int, model_id: UUID, prompt_id: UUID) -> Rival:
    client_id = await world.client(name)
    projects = [await world.project(f"{name} {number}", client_id, settings={"of": name}) for number in range(2 + more)]
    # The other has one that is called the same, and so is what is in it: contents even have the same ids.
    projects.append(await world.project(f"Twin of {name}", client_id))
    await world.connection.execute("UPDATE public.projects SET name = 'Twin' WHERE id = $1", projects[-1])
    for number, project_id in enumerate(projects):
        labels = ["Same", *[f"Of {name} {number}.{row}" for row in range(1 + more)]]
        for hour, label in enumerate(labels):
            same = {"id": uuid_of("same", number)} if label == "Same" else {}
            times = {"created_at": moment(hour), "updated_at": moment(hour)}
            made: dict[str, Any] = {"model": label, "prompt_id": prompt_id, "created_at": times["created_at"]}
            made["prompt_component_id"] = await world.prompt_component(project_id, label, prompt_id, **same)
            generation_id = await world.generation(project_id, label, model_id, **same, **made)
            from_it = {"metadata": {"label": label}, "generation_id": generation_id}
            await world.content(project_id, label, model_id, **from_it, **same, **times)
            await world.term(project_id, label, **same)
            await world.metadata(project_id, label, {"of": label})
            used = {"project_id": project_id, "prompt_id": prompt_id, "created_at": times["created_at"]}
            used["generation_id"] = generation_id
            await world.llm_usage((project_id, label), model=label, cost=1 + more, **used)
    return Rival(name, await world.key(client_id), client_id, projects, _ids(name, client_id, projects[0]))


def _ids(name: str, client_id: UUID, project_id: UUID) -> Ids:
    label = f"Of {name} 0.0"
    shared = {
        "Client": (IdKind.CLIENT, client_id),
        "Project": (IdKind.PROJECT, project_id),
        "ObjectModel": (IdKind.OBJECT_MODEL, uuid_of("object_model", "Article")),
        "Prompt": (IdKind.PROMPT, uuid_of("prompt", "Write")),
        "LlmUsage": (IdKind.LLM_USAGE, uuid_of("llm_usage", (project_id, label))),
    }
    ids = {type_: str(global_id(kind, id_)) for type_, (kind, id_) in shared.items()}
    for type_, (kind, id_) in _rows(project_id, label).items():
        ids[type_] = str(project_row_id(kind, project_id, id_))
    assert ids.keys() == set(NODES), "Make a node of the new type here, for each of the two."
    return ids


def _rows(project_id: UUID, label: str) -> dict[str, tuple[IdKind, UUID]]:
    return {
        "Content": (IdKind.CONTENT, uuid_of(project_id, "content", label)),
        "Term": (IdKind.TERM, uuid_of(project_id, "term", label)),
        "Generation": (IdKind.GENERATION, uuid_of(project_id, "generation", label)),
        "PromptComponent": (IdKind.PROMPT_COMPONENT, uuid_of(project_id, "prompt_component", label)),
    }


def pairs(type_: str, viewer: Rival, other: Rival) -> Iterator[Pair]:
    """Every way to name something of another's by an id of this type."""
    if type_ in SHARED:
        return
    theirs, mine = other.projects[0], viewer.projects[0]
    rows, own = _rows(theirs, f"Of {other.name} 0.0"), _rows(mine, f"Of {viewer.name} 0.0")
    if type_ not in rows:
        kind = IdKind(other.ids[type_].partition("_")[0])
        yield Pair(other.ids[type_], str(global_id(kind, NOWHERE)))
        if type_ == "Project":
            yield Pair(str(theirs), str(NOWHERE))
        return
    (kind, row), (_, own_row) = rows[type_], own[type_]
    yield Pair(other.ids[type_], str(project_row_id(kind, NOWHERE, row)))
    yield Pair(str(project_row_id(kind, theirs, own_row)), str(project_row_id(kind, NOWHERE, own_row)))
    yield Pair(str(project_row_id(kind, mine, row)), str(project_row_id(kind, mine, NOWHERE)))
    # In a project of each there is one with this id.
    same = uuid_of("same", 0)
    yield Pair(str(project_row_id(kind, theirs, same)), str(project_row_id(kind, NOWHERE, same)))


def texts(value: Any) -> Iterator[str]:
    """Every text in an answer, and what is in it when it is an id or a cursor."""
    match value:
        case dict():
            for key, part in value.items():
                yield from (key, *texts(part))
        case list():
            for part in value:
                yield from texts(part)
        case str():
            yield value
            for encoded in (value, value.partition("_")[2]):
                try:
                    payload = opaque.decode(encoded)
                except ValueError:
                    continue
                yield payload.hex()
                yield payload.decode(errors="replace")
        case _:
            pass


async def marks(connection: asyncpg.Connection, rival: Rival) -> set[str]:
    """What gives a client away: its name, and the id of every row that is its alone, as hexadecimal digits."""
    schemas = [ProjectSchema(id_).name for id_ in rival.projects]
    columns = await connection.fetch(
        "SELECT format('SELECT %I::text FROM %I.%I', column_name, table_schema, table_name)"
        " FROM information_schema.columns WHERE data_type = 'uuid' AND table_schema = ANY ($1)",
        schemas,
    )
    assert columns
    ids = {record[0] for [sql] in columns for record in await connection.fetch(sql) if record[0]}
    ids |= {str(id_) for id_ in [rival.client_id, *rival.projects]}
    used = await connection.fetch("SELECT id::text FROM public.llm_usage WHERE project_id = ANY ($1)", rival.projects)
    ids |= {record[0] for record in used}
    ids -= {str(uuid_of("same", number)) for number in range(9)}
    ids -= {str(uuid_of("object_model", "Article")), str(uuid_of("prompt", "Write"))}
    return {rival.name.lower(), *(id_.replace("-", "") for id_ in ids)}


def given_away(answers: Iterable[Any], marks: set[str]) -> set[str]:
    """The marks that the answers have in any of their texts."""
    every = "\n".join({text for answer in answers for text in texts(answer)})
    plain = every.lower().replace("-", "").replace("_", "")
    return {mark for mark in marks if mark in plain}


async def remove(connection: asyncpg.Connection, rival: Rival) -> None:
    """As if the client had never been."""
    for id_ in rival.projects:
        await connection.execute(f"DROP SCHEMA {ProjectSchema(id_).quoted} CASCADE")
    await connection.execute("DELETE FROM public.llm_usage WHERE project_id = ANY ($1)", rival.projects)
    await connection.execute("DELETE FROM public.projects WHERE client_id = $1", rival.client_id)
    await connection.execute("DELETE FROM public.clients WHERE id = $1", rival.client_id)
