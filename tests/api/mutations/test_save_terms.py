"""Terms are added and changed all together, or not at all."""

import asyncio
from typing import Any
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
    payload_of,
    row_id,
    rows,
    user_error,
    wait_for_waiting,
)
from world import START, World, uuid_of

from gql_server.config import Config
from gql_server.db.database import Database
from gql_server.db.project_schema import ProjectSchema
from gql_server.schema.ids import IdKind, project_row_id

SELECTION = """{
  terms { id term definition category createdAt project { name vocabulary { totalCount } } }
  userErrors { code message path }
}"""
SAVE = mutation("saveTerms", SELECTION)
SEVERAL = mutations("saveTerms", SELECTION, 3)
DELETE = mutation("deleteTerms", "{ deletedIds userErrors { code message path } }")
COLUMNS = "term, definition, category"


def bad_term(place: int) -> dict[str, Any]:
    return user_error("INVALID", "A term has 1 to 255 characters.", "terms", str(place), "term")


def bad_category(place: int) -> dict[str, Any]:
    return user_error("INVALID", "A category has 1 to 100 characters.", "terms", str(place), "category")


def unstorable(what: str, place: int, field: str) -> dict[str, Any]:
    return user_error("INVALID", f"{what} has a character that cannot be stored.", "terms", str(place), field)


def twin(place: int, first: int) -> dict[str, Any]:
    return user_error("INVALID", f"This term is in the list already, at {first}.", "terms", str(place), "term")


def words(project_id: UUID, *terms: str | dict[str, Any], **values: Any) -> dict[str, Any]:
    """An input of terms; of those that are only named, the definition is `x`."""
    whole = [{"term": term, "definition": "x"} if isinstance(term, str) else term for term in terms]
    return {"project": str(project_id), "terms": whole, **values}


@pytest.fixture
async def garden(world: World) -> UUID:
    """With the terms `Elm`, of no category, and `Oak`, of the category `Trees`."""
    garden = await make_garden(world)
    await world.term(garden, "Elm")
    await world.term(garden, "Oak", category="Trees")
    return garden


async def test_terms_are_added_and_changed(http: AsyncClient, garden: UUID, connection: asyncpg.Connection) -> None:
    terms = [
        {"term": " Yew ", "definition": " Dark. ", "category": " Trees "},
        {"term": "Oak", "definition": "Strong."},
        {"term": "Ash", "definition": "", "category": None},
    ]

    payload = await payload_of(http, SAVE, words(garden, *terms))

    kept = await rows(connection, garden, "term, definition, category, id, created_at", "vocabulary")
    assert [row[:3] for row in kept] == [
        ("Ash", "", None),
        ("Elm", "What Elm means.", None),
        ("Oak", "Strong.", "Trees"),
        ("Yew", " Dark. ", "Trees"),
    ]
    by_term = {row[0]: row for row in kept}
    assert (by_term["Oak"][3], by_term["Oak"][4]) == (uuid_of(garden, "term", "Oak"), START)
    assert payload == {
        "terms": [
            {
                "id": project_row_id(IdKind.TERM, garden, row[3]),
                "term": row[0],
                "definition": row[1],
                "category": row[2],
                "createdAt": row[4].isoformat(),
                "project": {"name": "Garden", "vocabulary": {"totalCount": 4}},
            }
            for row in (by_term["Yew"], by_term["Oak"], by_term["Ash"])
        ],
        "userErrors": [],
    }


@pytest.mark.parametrize(
    ("category", "kept"),
    [
        ({}, {"Oak": "Trees", "Elm": None, "Yew": None}),
        ({"category": None}, {"Oak": None, "Elm": None, "Yew": None}),
        ({"category": "Wood"}, {"Oak": "Wood", "Elm": "Wood", "Yew": "Wood"}),
        ({"category": "x" * 100}, {"Oak": "x" * 100, "Elm": "x" * 100, "Yew": "x" * 100}),
    ],
    ids=["absent", "null", "given", "100 characters"],
)
async def test_a_category_that_is_left_out_stays(
    category: dict[str, Any],
    kept: dict[str, str | None],
    http: AsyncClient,
    garden: UUID,
    connection: asyncpg.Connection,
) -> None:
    terms = [{"term": term, "definition": "x", **category} for term in kept]

    payload = await payload_of(http, SAVE, words(garden, *terms))

    assert {term["term"]: term["category"] for term in payload["terms"]} == kept
    assert {term: given for term, _, given in await rows(connection, garden, COLUMNS, "vocabulary")} == kept


async def test_each_term_has_its_own_category(http: AsyncClient, garden: UUID, connection: asyncpg.Connection) -> None:
    oak, elm = {"term": "Oak", "definition": "x"}, {"term": "Elm", "definition": "y", "category": "Wood"}

    await payload_of(http, SAVE, words(garden, oak, elm))

    assert await rows(connection, garden, COLUMNS, "vocabulary") == [("Elm", "y", "Wood"), ("Oak", "x", "Trees")]


async def test_terms_differ_by_case_and_by_code_point(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection
) -> None:
    payload = await payload_of(http, SAVE, words(garden, "oak", "OAK", "é", "e\u0301", "x" * 255))

    assert payload["userErrors"] == []
    assert len(await rows(connection, garden, "term", "vocabulary")) == 7


async def test_what_cannot_be_terms(http: AsyncClient, garden: UUID, connection: asyncpg.Connection) -> None:
    good = {"term": "Yew", "definition": "x"}
    cases = [
        (words(garden), [user_error("INVALID", "From 1 to 1000 can be changed at once.", "terms")]),
        (words(garden, "Yew", "", " \t"), [bad_term(1), bad_term(2), twin(2, 1)]),
        (words(garden, "Yew", "x" * 256), [bad_term(1)]),
        (words(garden, "a\0b", "\ud800"), [unstorable("A term", 0, "term"), unstorable("A term", 1, "term")]),
        (words(garden, good | {"definition": "\0"}), [unstorable("A definition", 0, "definition")]),
        (words(garden, good | {"category": ""}), [bad_category(0)]),
        (words(garden, good | {"category": "x" * 101}), [bad_category(0)]),
        (words(garden, good | {"category": "\udc00"}), [unstorable("A category", 0, "category")]),
        (words(garden, "Yew", "Ash", " Yew", "Yew"), [twin(2, 0), twin(3, 0)]),
        (
            words(garden, "Yew", {"term": "", "definition": "\0", "category": ""}, "Yew"),
            [unstorable("A definition", 1, "definition"), bad_term(1), bad_category(1), twin(2, 0)],
        ),
        (words(NOWHERE, "Yew"), [missing("project", "project")]),
    ]

    await assert_refused(http, connection, SAVE, cases, {"terms": []})


async def test_a_thousand_are_saved_by_as_many_statements_as_one(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection, statements: list[str]
) -> None:
    many = [f"Term {number:04}" for number in range(1000)][::-1]
    one = words(garden, "Yew")

    await assert_as_many_statements(http, statements, SAVE, one, words(garden, *many))
    payload = await payload_of(http, SAVE, words(garden, *many))

    assert [term["term"] for term in payload["terms"]] == many
    assert len(await rows(connection, garden, "term", "vocabulary")) == 1003


async def test_more_than_a_thousand_are_too_many(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection, config: Config, database: Database
) -> None:
    many = words(garden, *(f"Term {number}" for number in range(1001)))

    body = await answer(http, SAVE, input=many)
    async with client_of(config.model_copy(update={"list_length_limit": 2000}), database) as patient:
        payload = await payload_of(patient, SAVE, many)

    assert [error["extensions"] for error in body["errors"]] == [{"code": "LIMIT_EXCEEDED", "limit": "LIST_LENGTH"}]
    message = "From 1 to 1000 can be changed at once."
    assert payload == {"terms": [], "userErrors": [user_error("INVALID", message, "terms")]}
    assert len(await rows(connection, garden, "term", "vocabulary")) == 2


async def test_two_who_save_the_same_terms_in_opposite_orders(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection
) -> None:
    terms = [f"Term {number:03}" for number in range(200)]
    orders = [
        [{"term": term, "definition": name} for term in order]
        for name, order in (("first", terms), ("second", terms[::-1]))
    ]
    insert = f"INSERT INTO {ProjectSchema(garden).quoted}.vocabulary (term, definition) VALUES ('Term 100', 'x')"
    async with connection.transaction():
        # Both have to wait for this one, each amid its own.
        await connection.execute(insert)
        saves = [asyncio.create_task(answer(http, SAVE, input=words(garden, *order))) for order in orders]
        await wait_for_waiting(connection, 2)
    answers = await asyncio.gather(*saves)

    for body, order in zip(answers, orders, strict=True):
        assert "errors" not in body
        assert [term["term"] for term in body["data"]["saveTerms"]["terms"]] == [term["term"] for term in order]
    kept = await rows(connection, garden, "DISTINCT definition", "vocabulary WHERE starts_with(term, 'Term')")
    assert kept in ([("first",)], [("second",)])


async def test_terms_are_saved_and_deleted_at_the_same_time(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection
) -> None:
    # Inserted last to first, so that the rows lie in another order than their terms.
    vocabulary = f"{ProjectSchema(garden).quoted}.vocabulary"
    terms = [f"Term {number:03}" for number in range(200)]
    insert = f"INSERT INTO {vocabulary} (term, definition) SELECT unnest($1::text[]), 'x' RETURNING id"
    ids = [project_row_id(IdKind.TERM, garden, record[0]) for record in await connection.fetch(insert, terms[::-1])]
    async with connection.transaction():
        await connection.execute(f"SELECT FROM {vocabulary} WHERE term = 'Term 100' FOR UPDATE")
        changes = [
            asyncio.create_task(answer(http, SAVE, input=words(garden, *terms))),
            asyncio.create_task(answer(http, DELETE, input={"terms": ids})),
        ]
        await wait_for_waiting(connection, 2)
    saved, deleted = await asyncio.gather(*changes)

    assert ("errors" in saved, "errors" in deleted) == (False, False)
    assert deleted["data"]["deleteTerms"] == {"deletedIds": ids, "userErrors": []}
    assert saved["data"]["saveTerms"]["userErrors"] == []


async def test_a_bad_id_is_a_bad_request(http: AsyncClient, garden: UUID, connection: asyncpg.Connection) -> None:
    bad = ["", "x", ARTICLE, row_id(IdKind.TERM, garden, "Oak")]

    await assert_bad_ids(http, connection, SAVE, [words(garden, "Yew", project=id_) for id_ in bad])


async def test_another_s_project_is_none(http: AsyncClient, garden: UUID, world: World) -> None:
    pairs = [(words(garden, *terms), words(NOWHERE, *terms)) for terms in (["Oak"], ["Yew", "Elm"])]

    await assert_none_for_others(http, world, SAVE, [missing("project", "project")], *pairs)


async def test_a_client_saves_its_own(http: AsyncClient, garden: UUID, world: World) -> None:
    key = bearing(await world.key(uuid_of("client", "Acme")))

    payload = await payload_of(http, SAVE, words(garden, "Oak", "Yew", idempotencyKey="1"), key)

    assert [term["term"] for term in payload["terms"]] == ["Oak", "Yew"]
    kept = [("Elm", "What Elm means.", None), ("Oak", "x", "Trees"), ("Yew", "x", None)]
    assert await rows(world.connection, garden, COLUMNS, "vocabulary") == kept


async def test_an_archived_project_is_not_changed(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection
) -> None:
    await assert_archived(http, connection, SAVE, garden, words(garden, "Oak"), ["project"])


@pytest.mark.parametrize("how", [*BREAKS, "its constraint is dropped"])
async def test_a_broken_project_is_an_error_of_its_own(how: str, http: AsyncClient, garden: UUID, world: World) -> None:
    park = await world.project("Park", uuid_of("client", "Acme"))
    if how in BREAKS:
        await break_project(world.connection, how, garden, "vocabulary", "category")
    else:
        # As in a project that was not migrated since terms came to be unique.
        schema = ProjectSchema(garden).quoted
        await world.connection.execute(f"ALTER TABLE {schema}.vocabulary DROP CONSTRAINT vocabulary_term_key")
    reason = REASONS.get(how, "a constraint of its schema is missing")

    fine = [words(park, "Oak"), words(park, "Oak", "Yew")]
    around = await assert_broken_alone(http, SEVERAL, garden, reason, words(garden, "Oak"), fine)

    assert [[term["term"] for term in payload["terms"]] for payload in around] == [["Oak"], ["Oak", "Yew"]]


async def test_each_change_of_an_operation_knows_of_those_before(
    http: AsyncClient, garden: UUID, connection: asyncpg.Connection
) -> None:
    inputs = {"input0": words(garden, "Yew"), "input1": words(garden, "Ash", ""), "input2": words(garden, "Oak", "Ash")}

    data = (await answer(http, SEVERAL, **inputs))["data"]

    counts = [[term["project"]["vocabulary"]["totalCount"] for term in payload["terms"]] for payload in data.values()]
    assert counts == [[3], [], [4, 4]]
    assert [term for (term,) in await rows(connection, garden, "term", "vocabulary")] == ["Ash", "Elm", "Oak", "Yew"]


async def test_what_a_thousand_terms_are_answered_with_is_measured(http: AsyncClient, world: World) -> None:
    garden = await make_garden(world)
    query = mutation("saveTerms", "{ terms { project { contents(first: 100) { nodes { id } } } } }")
    terms = [{"term": str(number), "definition": "x"} for number in range(1000)]

    body = await answer(http, query, input={"project": str(garden), "terms": terms})

    assert [error["extensions"]["code"] for error in body["errors"]] == ["LIMIT_EXCEEDED"]
