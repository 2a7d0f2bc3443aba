"""What the tests of mutations share: documents, requests, and what everybody expects of every change."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg
from httpx import AsyncClient
from logins import bearing
from patience import PATIENCE_SECONDS
from world import World, uuid_of

from gql_server.db.project_schema import ProjectSchema
from gql_server.schema.ids import IdKind, global_id, project_row_id

Input = Mapping[str, Any]

NOWHERE = UUID(int=1)
"""The id of no project, nor of anything else."""

ARTICLE = global_id(IdKind.OBJECT_MODEL, uuid_of("object_model", "Article"))
RECIPE = global_id(IdKind.OBJECT_MODEL, uuid_of("object_model", "Recipe"))

BREAKS = {
    "its schema is dropped": "DROP SCHEMA {schema} CASCADE",
    "its table is dropped": "DROP TABLE {schema}.{table}",
    "its column is dropped": "ALTER TABLE {schema}.{table} DROP COLUMN {column} CASCADE",
}
MISSING_TABLE = "a table of its schema is missing"
REASONS = {
    "its schema is dropped": MISSING_TABLE,
    "its table is dropped": MISSING_TABLE,
    "its column is dropped": "a column of its schema is missing",
}

ALL_TABLES = """
SELECT format('SELECT t::text FROM %I.%I AS t ORDER BY 1', table_schema, table_name) AS sql,
    table_schema || '.' || table_name AS name
FROM information_schema.tables
WHERE (table_schema LIKE 'project\\_%' OR table_schema IN ('public', 'jobs')) AND table_name <> 'schema_migrations'
    AND table_type = 'BASE TABLE'
ORDER BY name
"""


WAITING = """
SELECT count(DISTINCT locks.pid)
FROM pg_locks AS locks JOIN pg_database ON datname = current_database() JOIN pg_locks AS own ON own.pid = locks.pid
WHERE NOT locks.granted AND own.database = pg_database.oid
"""


def mutation(name: str, selection: str) -> str:
    """A document that makes one change, of `$input`."""
    return f"mutation ($input: {_input(name)}) {{ {name}(input: $input) {selection} }}"


def mutations(name: str, selection: str, count: int) -> str:
    """A document that makes several changes of one kind, one after the other: `change0`, of `$input0`, and so on."""
    variables = ", ".join(f"$input{number}: {_input(name)}" for number in range(count))
    fields = " ".join(f"change{number}: {name}(input: $input{number}) {selection}" for number in range(count))
    return f"mutation ({variables}) {{ {fields} }}"


def _input(name: str) -> str:
    return f"{name[0].upper()}{name[1:]}Input!"


def numbered(inputs: Sequence[Input]) -> dict[str, Any]:
    """The variables of `mutations`."""
    return {f"input{number}": input_ for number, input_ in enumerate(inputs)}


def user_error(code: str, message: str, *path: str) -> dict[str, Any]:
    return {"code": code, "message": message, "path": ["input", *path]}


def missing(what: str, *path: str) -> dict[str, Any]:
    return user_error("NOT_FOUND", f"There is no such {what}.", *path)


async def answer(http: AsyncClient, query: str, headers: Mapping[str, str] | None = None, **variables: Any) -> Any:
    """The whole answer; escaped, since a text with half of a surrogate pair has no bytes."""
    content = json.dumps({"query": query, "variables": variables})
    response = await http.post(
        "/graphql", content=content, headers={"content-type": "application/json", **(headers or {})}
    )
    assert response.status_code == 200, response.text
    return response.json()


async def payload_of(http: AsyncClient, query: str, input_: Input, headers: Mapping[str, str] | None = None) -> Any:
    """The payload of a change that must be answered, whether it was made or not."""
    body = await answer(http, query, headers, input=input_)
    assert "errors" not in body, body["errors"]
    [payload] = body["data"].values()
    return payload


async def make_garden(world: World) -> UUID:
    """The project Garden of the client Acme, and two object models."""
    for name in ("Article", "Recipe"):
        await world.object_model(name)
    return await world.project("Garden", await world.client())


def object_of(length: int) -> dict[str, str]:
    """A JSON object of so many characters as text."""
    return {"a": "x" * (length - len('{"a": ""}'))}


def row_id(kind: IdKind, project_id: UUID, label: str) -> str:
    """The global id of what `World` makes in a project by this name."""
    path = {
        IdKind.CONTENT: "content",
        IdKind.TERM: "term",
        IdKind.PROMPT_COMPONENT: "prompt_component",
        IdKind.GENERATION: "generation",
    }[kind]
    return project_row_id(kind, project_id, uuid_of(project_id, path, label))


async def rows(connection: asyncpg.Connection, project_id: UUID, columns: str, table: str) -> list[tuple[Any, ...]]:
    """Columns of all rows of a project's table, in the order of the first column."""
    sql = f"SELECT {columns} FROM {ProjectSchema(project_id).quoted}.{table} ORDER BY 1"
    return [tuple(record) for record in await connection.fetch(sql)]


async def stored(connection: asyncpg.Connection) -> dict[str, list[str]]:
    """Every row of every project, of what all share, and of the queue, whole."""
    tables = await connection.fetch(ALL_TABLES)
    return {name: [record[0] for record in await connection.fetch(sql)] for sql, name in tables}


async def refused(http: AsyncClient, connection: asyncpg.Connection, query: str, input_: Input) -> Any:
    """The payload of a change that must leave everything as it was."""
    before = await stored(connection)
    payload = await payload_of(http, query, input_)
    assert await stored(connection) == before
    return payload


async def assert_refused(
    http: AsyncClient,
    connection: asyncpg.Connection,
    query: str,
    cases: Sequence[tuple[Input, list[dict[str, Any]]]],
    nothing: Input,
) -> None:
    """Each input is answered with all of its errors and no more than `nothing`, and leaves everything as it was."""
    before = await stored(connection)
    for input_, errors in cases:
        assert await payload_of(http, query, input_) == {**nothing, "userErrors": errors}
    assert await stored(connection) == before


async def assert_bad_ids(
    http: AsyncClient, connection: asyncpg.Connection, query: str, inputs: Sequence[Input]
) -> None:
    """Each input has an id that is none, or one of another kind: no such change can be meant."""
    before = await stored(connection)
    for input_ in inputs:
        body = await answer(http, query, input=input_)
        [name] = body["data"]
        assert body["data"] == {name: None}
        [error] = body["errors"]
        assert (error["path"], error["extensions"]) == ([name], {"code": "BAD_REQUEST"})
    assert await stored(connection) == before


async def assert_none_for_others(
    http: AsyncClient, world: World, query: str, errors: list[dict[str, Any]], *pairs: tuple[Input, Input]
) -> None:
    """Another client is told the same of what is not its own as of what does not exist, and changes nothing.

    A pair is an input that names something of Acme's, and one that names nothing in the same way.
    """
    stranger = bearing(await world.key(await world.client("Beacon")))
    before = await stored(world.connection)
    for theirs, nothing in pairs:
        answers = [await answer(http, query, stranger, input=input_) for input_ in (theirs, nothing)]
        assert answers[0] == answers[1] == await answer(http, query, input=nothing)
        [payload] = answers[0]["data"].values()
        assert payload["userErrors"] == errors
        assert [value for name, value in payload.items() if name != "userErrors"] in ([None], [[]])
    # That the key was used is noted with its client.
    assert _without_clients(await stored(world.connection)) == _without_clients(before)


def _without_clients(tables: dict[str, list[str]]) -> dict[str, list[str]]:
    return {name: values for name, values in tables.items() if name != "public.clients"}


async def assert_archived(
    http: AsyncClient, connection: asyncpg.Connection, query: str, project_id: UUID, input_: Input, path: Sequence[str]
) -> None:
    """An archived project is not changed, and can be read."""
    await connection.execute("UPDATE public.projects SET status = 'archived' WHERE id = $1", project_id)

    payload = await refused(http, connection, query, input_)

    message = "This project is archived: it can be read, not changed."
    assert payload["userErrors"] == [user_error("CONFLICT", message, *path)]
    query = "query ($id: ID!) { node(id: $id) { ... on Project { status contents { totalCount } } } }"
    body = await answer(http, query, id=global_id(IdKind.PROJECT, project_id))
    assert body["data"]["node"]["status"] == "ARCHIVED"
    assert body["data"]["node"]["contents"]["totalCount"] >= 0


async def break_project(connection: asyncpg.Connection, how: str, project_id: UUID, table: str, column: str) -> None:
    sql = BREAKS[how].format(schema=ProjectSchema(project_id).quoted, table=table, column=column)
    await connection.execute(sql)


async def assert_broken_alone(
    http: AsyncClient, query: str, project_id: UUID, reason: str, broken: Input, fine: Sequence[Input]
) -> list[Any]:
    """A change of a broken project is its error alone; answers with the payloads of the two around it."""
    body = await answer(http, query, input0=fine[0], input1=broken, input2=fine[1])

    [error] = body["errors"]
    error.pop("locations")
    assert error == {
        "message": f"Project {project_id} cannot be read: {reason}.",
        "path": ["change1"],
        "extensions": {"code": "PROJECT_UNAVAILABLE", "projectId": str(project_id)},
    }
    assert body["data"]["change1"] is None
    around = [body["data"]["change0"], body["data"]["change2"]]
    assert [payload["userErrors"] for payload in around] == [[], []]
    return around


async def assert_as_many_statements(
    http: AsyncClient, statements: list[str], query: str, one: Input, many: Input
) -> None:
    """However much is changed at once: the second input has more than the first, of the same kind."""
    counts: list[int] = []
    for input_ in (one, many):
        statements.clear()
        assert (await payload_of(http, query, input_))["userErrors"] == []
        counts.append(len(statements))
    assert counts[0] == counts[1]
    assert counts[0] < 12


async def wait_for_waiting(connection: asyncpg.Connection, count: int) -> None:
    """Until so many wait for what others hold; `connection` may be in a transaction of its own."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await connection.fetchval(WAITING) < count:
            await asyncio.sleep(0.01)
