"""Projects are made, changed, archived and deleted at the same time, and nobody is in the way of another."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from random import Random
from typing import Any

import asyncpg
import pytest
from catalog import read_schemas
from conftest import client_of, config_of
from doctoring import examine
from logins import AUTHORIZATION, bearing
from patience import BOUND_SECONDS, PATIENCE_SECONDS
from world import World, uuid_of

from gql_server.db.database import open_database
from gql_server.db.ledger import creation
from gql_server.db.migrations import latest_version
from gql_server.db.project_schema import ProjectSchema
from gql_server.db.tables import projects
from gql_server.schema.ids import IdKind, global_id, project_row_id

CREATE = """
mutation ($input: CreateProjectInput!) {
  change: createProject(input: $input) {
    project { id name status schemaVersion client { name } contents { totalCount } metadata { key } }
    userErrors { code path }
  }
}
"""
DELETE = "mutation ($input: DeleteProjectInput!) { change: deleteProject(input: $input) { userErrors { code path } } }"
ARCHIVE = (
    "mutation ($input: ArchiveProjectInput!) { change: archiveProject(input: $input) { userErrors { code path } } }"
)
ADD = "mutation ($input: CreateContentInput!) { change: createContent(input: $input) { userErrors { code path } } }"
UPDATE = "mutation ($input: UpdateContentInput!) { change: updateContent(input: $input) { userErrors { code path } } }"
TAKE = "mutation ($input: DeleteContentsInput!) { change: deleteContents(input: $input) { userErrors { code path } } }"
SAVE = "mutation ($input: SaveTermsInput!) { change: saveTerms(input: $input) { userErrors { code path } } }"
FORGET = "mutation ($input: DeleteTermsInput!) { change: deleteTerms(input: $input) { userErrors { code path } } }"
SET = "mutation ($input: SetMetadataInput!) { change: setMetadata(input: $input) { userErrors { code path } } }"
UNSET = "mutation ($input: DeleteMetadataInput!) { change: deleteMetadata(input: $input) { userErrors { code path } } }"
READ = """
query ($id: ID!) {
  project(id: $id) {
    status updatedAt metadata { key value }
    contents { totalCount nodes { id body version } } vocabulary { totalCount nodes { id term definition } }
  }
}
"""
WAITING = """
SELECT count(DISTINCT pid) FROM pg_locks
WHERE NOT granted AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database())
"""
CALLERS = ("Acme", "Beacon", "admin")
WRITERS = 8
SECONDS = 5

ACME = global_id(IdKind.CLIENT, uuid_of("client", "Acme"))
MODEL = global_id(IdKind.OBJECT_MODEL, uuid_of("object_model", "Article"))
GARDEN = global_id(IdKind.PROJECT, uuid_of("project", "Garden"))
GONE = [{"code": "NOT_FOUND", "path": ["input", "project"]}]
CLOSED = [{"code": "CONFLICT", "path": ["input", "project"]}]

Send = Callable[..., Awaitable[Any]]
"""Sends a document of a caller's, with the fields of its input or its variables; answers with all of the answer."""


@pytest.fixture(autouse=True)
def tries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who deletes a project gives way as often as a busy machine needs."""
    usual = "IN 1..15 LOOP"
    assert usual in projects.DROP_SCHEMA
    monkeypatch.setattr(projects, "DROP_SCHEMA", projects.DROP_SCHEMA.replace(usual, "IN 1..200 LOOP"))


@pytest.fixture
async def send(dsn: str, world: World) -> AsyncGenerator[Send]:
    """A server with the connections that one has, the clients Acme and Beacon, and a project of Acme's."""
    config = config_of(dsn, pool_size=20)
    await world.object_model()
    keys = {name: bearing(await world.key(await world.client(name))) for name in ("Acme", "Beacon")}
    keys["admin"] = AUTHORIZATION
    await world.project("Garden", uuid_of("client", "Acme"))

    async with open_database(config) as database, client_of(config, database) as http:

        async def send(caller: str, query: str, variables: dict[str, Any] | None = None, **input: Any) -> Any:
            body = {"query": query, "variables": variables or {"input": input}}
            return (await http.post("/graphql", json=body, headers=keys[caller])).json()

        yield send


async def errors_of(answer: Awaitable[Any]) -> list[dict[str, Any]]:
    """The user errors of a change, which has no others."""
    body = await answer
    assert body.keys() == {"data"}, body
    return body["data"]["change"]["userErrors"]


async def waiting(connection: asyncpg.Connection, count: int) -> None:
    """Returns when so many wait for a lock."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await connection.fetchval(WAITING) < count:
            await connection.execute("SELECT pg_stat_clear_snapshot()")


async def create(send: Send, caller: str, name: str) -> Any:
    of = {"client": ACME} if caller == "admin" else {}
    body = await send(caller, CREATE, name=name, **of)
    assert body.keys() == {"data"}, body
    return body["data"]["change"]


def created(caller: str, name: str) -> dict[str, Any]:
    project = {"name": name, "status": "ACTIVE", "schemaVersion": latest_version("project"), "metadata": []}
    client = {"name": "Acme" if caller == "admin" else caller}
    return {"project": {**project, "client": client, "contents": {"totalCount": 0}}, "userErrors": []}


async def test_many_are_made_at_once_while_others_are_read(send: Send, dsn: str) -> None:
    callers = [CALLERS[number % 3] for number in range(20)]
    creations = [asyncio.create_task(create(send, caller, f"New {place}")) for place, caller in enumerate(callers)]
    reads: list[Any] = []
    while not all(creation.done() for creation in creations):
        reads.append(await send("Acme", READ, {"id": GARDEN}))
    made = [await creation for creation in creations]

    ids = {change["project"].pop("id") for change in made}
    assert made == [created(caller, f"New {place}") for place, caller in enumerate(callers)]
    assert len(ids) == 20
    assert reads == [reads[0]] * len(reads)
    assert reads[0]["data"]["project"]["status"] == "ACTIVE"
    assert await examine(config_of(dsn)) == []


async def test_nobody_waits_for_a_project_that_is_being_made(send: Send, connection: asyncpg.Connection) -> None:
    new = uuid_of("project", "New")
    variables = {"id": global_id(IdKind.PROJECT, new)}
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute(
        "INSERT INTO public.projects (id, name, client_id) VALUES ($1, 'New', $2)", new, uuid_of("client", "Acme")
    )
    await connection.execute(creation(ProjectSchema(new)))

    started = time.monotonic()
    meanwhile = await asyncio.gather(
        *[create(send, caller, "Other") for caller in CALLERS],
        *[errors_of(send(caller, SAVE, project=GARDEN, terms=[])) for caller in CALLERS],
        errors_of(send("Acme", ADD, project=GARDEN, objectModel=MODEL, body="A rose.")),
        *[send(caller, READ, variables) for caller in CALLERS],
    )
    other = await errors_of(send("Acme", DELETE, project=meanwhile[0]["project"]["id"], confirmName="Other"))
    took = time.monotonic() - started
    await transaction.commit()

    assert [change["userErrors"] for change in meanwhile[:3]] == [[], [], []]
    assert meanwhile[3:6] == [[{"code": "INVALID", "path": ["input", "terms"]}]] * 3
    assert meanwhile[6] == other == []
    assert meanwhile[7:] == [{"data": {"project": None}}] * 3
    assert took < BOUND_SECONDS
    assert (await send("Acme", READ, variables))["data"]["project"]["status"] == "ACTIVE"


async def write(send: Send, writer: int) -> list[dict[str, Any]]:
    """Writes to the project until that is refused, and answers with what is said then."""
    number = 0
    while True:
        number += 1
        terms = [{"term": f"term {term}", "definition": f"{writer}, {number}"} for term in (writer, number % 3)]
        errors = await errors_of(
            send("Acme", SAVE, project=GARDEN, terms=terms[: 1 + (terms[0] != terms[1])])
            if number % 2
            else send("admin", ADD, project=GARDEN, objectModel=MODEL, body=f"{writer}, {number}")
        )
        if errors:
            return errors


async def written(connection: asyncpg.Connection) -> None:
    """Returns when more contents are in the project than there are writers."""
    contents = f"SELECT count(*) FROM {ProjectSchema(uuid_of('project', 'Garden')).quoted}.contents"
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await connection.fetchval(contents) <= WRITERS:
            await asyncio.sleep(0.01)


async def test_who_writes_to_a_project_that_is_deleted(send: Send, connection: asyncpg.Connection) -> None:
    writers = [asyncio.create_task(write(send, 10 + writer)) for writer in range(WRITERS)]
    await written(connection)

    assert await errors_of(send("Acme", DELETE, project=GARDEN, confirmName="Garden")) == []

    assert await asyncio.gather(*writers) == [GONE] * WRITERS
    assert await read_schemas(connection) == []


@pytest.mark.parametrize("first", ["contents", "metadata", "prompt_components", "vocabulary"])
async def test_who_deletes_a_project_gives_way_to_who_reads_it(
    first: str, send: Send, connection: asyncpg.Connection
) -> None:
    schema = ProjectSchema(uuid_of("project", "Garden")).quoted
    async with connection.transaction():
        await connection.execute(f"SELECT FROM {schema}.{first}")
        deletion = asyncio.create_task(errors_of(send("Acme", DELETE, project=GARDEN, confirmName="Garden")))
        await waiting(connection, 1)
        async with asyncio.timeout(BOUND_SECONDS):
            for table in ("contents", "metadata", "prompt_components", "vocabulary"):
                await connection.execute(f"SELECT FROM {schema}.{table}")

    assert await deletion == []
    assert await read_schemas(connection) == []


async def test_nothing_is_written_to_a_project_that_has_been_archived(
    send: Send, connection: asyncpg.Connection
) -> None:
    writers = [asyncio.create_task(write(send, 10 + writer)) for writer in range(WRITERS)]
    await written(connection)

    assert await errors_of(send("Acme", ARCHIVE, project=GARDEN)) == []
    then = await send("Acme", READ, {"id": GARDEN})

    assert await asyncio.gather(*writers) == [CLOSED] * WRITERS
    assert await send("Acme", READ, {"id": GARDEN}) == then
    assert then["data"]["project"]["status"] == "ARCHIVED"
    assert then["data"]["project"]["contents"]["totalCount"] > WRITERS


def terms(random: Random) -> list[dict[str, str]]:
    return [{"term": f"term {number}", "definition": f"{random.random()}"} for number in random.sample(range(12), 6)]


def entries(random: Random) -> list[dict[str, Any]]:
    return [{"key": f"key {number}", "value": random.random()} for number in random.sample(range(12), 6)]


async def stress(send: Send, random: Random, projects: list[str], until: float) -> list[Any]:
    """Changes projects at random beside others who do; answers with all errors."""
    found: list[Any] = []
    while time.monotonic() < until:
        project = random.choice(projects)
        read = await send("admin", READ, {"id": project})
        found += [error["extensions"]["code"] for error in read.get("errors", [])]
        rows: dict[str, Any] = read["data"]["project"] or {}
        contents, known = [
            [node["id"] for node in (rows.get(name) or {"nodes": []})["nodes"]] for name in ("contents", "vocabulary")
        ]
        possible = [
            (CREATE, {"client": ACME, "name": "Passing"}),
            (DELETE, {"project": project, "confirmName": "Passing"}),
            (SAVE, {"project": project, "terms": terms(random)}),
            (SAVE, {"project": project, "terms": terms(random)}),
            (FORGET, {"terms": random.sample(known, min(6, len(known)))}),
            (SET, {"project": project, "entries": entries(random)}),
            (UNSET, {"project": project, "keys": [entry["key"] for entry in entries(random)[:3]]}),
            (ADD, {"project": project, "objectModel": MODEL, "body": f"{random.random()}"}),
            *[(UPDATE, {"content": content, "body": f"{random.random()}"}) for content in contents[:3]],
            (TAKE, {"contents": random.sample(contents, min(6, len(contents)))}),
        ]
        query, values = random.choice(possible)
        body = await send(random.choice(["Acme", "admin"]), query, **values)
        found += [error["extensions"]["code"] for error in body.get("errors", [])]
        if "errors" not in body:
            found += [error["code"] for error in body["data"]["change"]["userErrors"]]
            if query == CREATE:
                projects.append(body["data"]["change"]["project"]["id"])
    return found


@pytest.mark.parametrize(
    ("save", "delete", "values"),
    [
        (SAVE, FORGET, {"terms": [{"term": term, "definition": "New."} for term in "ab"]}),
        (SET, UNSET, {"entries": [{"key": key, "value": 1} for key in "ab"]}),
    ],
    ids=["terms", "metadata"],
)
async def test_who_deletes_what_others_save_waits_for_them(
    save: str, delete: str, values: dict[str, Any], send: Send, world: World, connection: asyncpg.Connection
) -> None:
    """The two come upon the same rows in one order, whatever that of the rows in the table is."""
    garden = uuid_of("project", "Garden")
    ids = [project_row_id(IdKind.TERM, garden, await world.term(garden, term)) for term in "ba"]
    for key in "ba":
        await world.metadata(garden, key, 0)
    rows = {"terms": ids} if delete == FORGET else {"project": GARDEN, "keys": ["b", "a"]}
    changes: list[asyncio.Task[Any]] = []

    async with connection.transaction():
        for table in ("vocabulary WHERE term = 'b'", "metadata WHERE key = 'b'"):
            await connection.execute(f"SELECT FROM {ProjectSchema(garden).quoted}.{table} FOR UPDATE")
        for query, input_ in ((delete, rows), (save, {"project": GARDEN, **values})):
            changes.append(asyncio.create_task(errors_of(send("Acme", query, **input_))))
            await waiting(connection, len(changes))

    assert await asyncio.gather(*changes) == [[], []]


async def test_whatever_is_changed_at_once_no_two_wait_for_one_another(send: Send, dsn: str) -> None:
    until = time.monotonic() + SECONDS
    projects: list[str] = [GARDEN] * 4

    found = await asyncio.gather(*[stress(send, Random(seed), projects, until) for seed in range(WRITERS)])

    # What is gone is told, and what nothing is left of to be deleted; a read may come upon a project as it goes.
    assert {code for codes in found for code in codes} <= {"NOT_FOUND", "INVALID", "REQUIRED", "PROJECT_UNAVAILABLE"}
    assert await examine(config_of(dsn)) == []
