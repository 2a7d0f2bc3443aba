"""Terms are deleted all together, or not at all."""

from uuid import UUID

import asyncpg
import pytest
from conftest import client_of
from httpx import AsyncClient
from logins import bearing
from mutating import (
    ARTICLE,
    BREAKS,
    NOWHERE,
    REASONS,
    answer,
    assert_archived,
    assert_as_many_statements,
    assert_bad_ids,
    assert_broken_alone,
    assert_none_for_others,
    assert_refused,
    break_project,
    make_garden,
    missing,
    mutation,
    mutations,
    numbered,
    payload_of,
    row_id,
    rows,
    user_error,
)
from world import World, uuid_of

from gql_server.config import Config
from gql_server.db.database import Database
from gql_server.db.project_schema import ProjectSchema
from gql_server.schema.ids import IdKind, project_row_id

SELECTION = "{ deletedIds userErrors { code message path } }"
DELETE = mutation("deleteTerms", SELECTION)
SEVERAL = mutations("deleteTerms", SELECTION, 3)
TERMS = ["Ash", "Elm", "Oak"]
NONE_NAMED = user_error("REQUIRED", "At least one has to be named.", "terms")
OTHER_PROJECT = "All have to be of one project, as the first is."


@pytest.fixture
async def garden(world: World) -> UUID:
    garden = await make_garden(world)
    for term in TERMS:
        await world.term(garden, term)
    return garden


def ids(project_id: UUID, *terms: str) -> list[str]:
    return [row_id(IdKind.TERM, project_id, term) for term in terms]


async def insert_many(connection: asyncpg.Connection, project_id: UUID, count: int) -> list[str]:
    records = await connection.fetch(
        f"INSERT INTO {ProjectSchema(project_id).quoted}.vocabulary (term, definition)"
        " SELECT number, 'x' FROM generate_series(1, $1) AS number RETURNING id",
        count,
    )
    return [project_row_id(IdKind.TERM, project_id, record[0]) for record in records]


async def terms(connection: asyncpg.Connection, project_id: UUID) -> list[str]:
    return [term for (term,) in await rows(connection, project_id, "term", "vocabulary")]


async def test_those_that_are_named_are_deleted(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection
) -> None:
    named = ids(garden, "Oak", "Ash")

    payload = await payload_of(http, DELETE, {"terms": named})

    assert payload == {"deletedIds": named, "userErrors": []}
    assert await terms(connection, garden) == ["Elm"]


async def test_what_cannot_be_deleted(http: AsyncClient, garden: UUID, world: World) -> None:
    park = await world.project("Park", uuid_of("client", "Acme"))
    await world.term(park, "Oak")
    [oak, ash], [other] = ids(garden, "Oak", "Ash"), ids(park, "Oak")
    none = project_row_id(IdKind.TERM, garden, NOWHERE)
    nowhere = project_row_id(IdKind.TERM, NOWHERE, NOWHERE)
    twin = "This term is in the list already, at 0."
    cases = [
        ([], [NONE_NAMED]),
        ([oak, none, ash, none[:-1] + "Q"], [missing("term", "terms", place) for place in ("1", "3")]),
        ([oak, ash, oak, oak], [user_error("INVALID", twin, "terms", place) for place in ("2", "3")]),
        ([oak, other, ash, other], [user_error("INVALID", OTHER_PROJECT, "terms", place) for place in ("1", "3")]),
        ([oak, nowhere], [user_error("INVALID", OTHER_PROJECT, "terms", "1")]),
        ([nowhere], [missing("term", "terms", "0")]),
        ([none], [missing("term", "terms", "0")]),
    ]
    inputs = [({"terms": named}, errors) for named, errors in cases]

    await assert_refused(http, world.connection, DELETE, inputs, {"deletedIds": []})


async def test_a_thousand_are_deleted_by_as_many_statements_as_one(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection, statements: list[str]
) -> None:
    many = await insert_many(connection, garden, 1000)

    one = {"terms": ids(garden, "Oak")}
    await assert_as_many_statements(http, statements, DELETE, one, {"terms": many})

    assert await terms(connection, garden) == ["Ash", "Elm"]


async def test_more_than_a_thousand_are_too_many(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection, config: Config, database: Database
) -> None:
    many = {"terms": await insert_many(connection, garden, 1001)}

    body = await answer(http, DELETE, input=many)
    async with client_of(config.model_copy(update={"list_length_limit": 2000}), database) as patient:
        payload = await payload_of(patient, DELETE, many)

    assert [error["extensions"] for error in body["errors"]] == [{"code": "LIMIT_EXCEEDED", "limit": "LIST_LENGTH"}]
    message = "From 1 to 1000 can be changed at once."
    assert payload == {"deletedIds": [], "userErrors": [user_error("INVALID", message, "terms")]}
    assert len(await terms(connection, garden)) == 1004


async def test_a_bad_id_is_a_bad_request(http: AsyncClient, garden: UUID, connection: asyncpg.Connection) -> None:
    [oak] = ids(garden, "Oak")
    bad = [str(garden), "", f"{oak}A", oak.replace("trm", "cnt"), ARTICLE]

    await assert_bad_ids(http, connection, DELETE, [{"terms": [oak, id_]} for id_ in bad])


async def test_another_s_terms_are_none(http: AsyncClient, garden: UUID, world: World) -> None:
    beacons = await world.project("Lake", await world.client("Coast"))
    theirs = {"terms": ids(garden, "Oak", "Ash")}
    nothing = {"terms": [project_row_id(IdKind.TERM, NOWHERE, uuid_of(number)) for number in range(2)]}

    errors = [missing("term", "terms", place) for place in ("0", "1")]
    await assert_none_for_others(http, world, DELETE, errors, (theirs, nothing))

    # Not beside one that would be its own, either.
    key = bearing(await world.key(uuid_of("client", "Coast")))
    await world.term(beacons, "Oak")
    both = {"terms": [*ids(beacons, "Oak"), *ids(garden, "Oak")]}
    payload = await payload_of(http, DELETE, both, key)
    assert payload == {"deletedIds": [], "userErrors": [user_error("INVALID", OTHER_PROJECT, "terms", "1")]}
    assert (await terms(world.connection, garden), await terms(world.connection, beacons)) == (TERMS, ["Oak"])


async def test_a_client_deletes_its_own(http: AsyncClient, garden: UUID, world: World) -> None:
    key = bearing(await world.key(uuid_of("client", "Acme")))
    named = ids(garden, *TERMS)

    payload = await payload_of(http, DELETE, {"terms": named}, key)

    assert payload == {"deletedIds": named, "userErrors": []}
    assert await terms(world.connection, garden) == []


async def test_an_archived_project_is_not_changed(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection
) -> None:
    input_ = {"terms": ids(garden, "Oak", "Elm")}
    await assert_archived(http, connection, DELETE, garden, input_, ["terms", "0"])


@pytest.mark.parametrize("how", BREAKS)
async def test_a_broken_project_is_an_error_of_its_own(how: str, http: AsyncClient, garden: UUID, world: World) -> None:
    park = await world.project("Park", uuid_of("client", "Acme"))
    for term in TERMS:
        await world.term(park, term)
    await break_project(world.connection, how, garden, "vocabulary", "id")
    fine = [{"terms": ids(park, term)} for term in ("Oak", "Elm")]

    await assert_broken_alone(http, SEVERAL, garden, REASONS[how], {"terms": ids(garden, "Oak")}, fine)

    assert await terms(world.connection, park) == ["Ash"]


async def test_each_change_of_an_operation_knows_of_those_before(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection
) -> None:
    named = [{"terms": ids(garden, *words)} for words in (["Oak"], ["Elm", "Oak"], ["Elm"])]

    data = (await answer(http, SEVERAL, **numbered(named)))["data"]

    assert [payload["userErrors"] for payload in data.values()] == [[], [missing("term", "terms", "1")], []]
    assert await terms(connection, garden) == ["Ash"]
