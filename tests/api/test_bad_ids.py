"""What an id that is none, or another thing's, or nothing's, gets, wherever in the API it can be written."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from surface import ANSWERED, DISTINCT, NODES, REFUSED, Ids, each, everywhere, missing, outcome, places
from world import GraphQL

from gql_server.schema.ids import IdKind, parse_id

NODE = "query ($id: ID!) { node(id: $id) { id } }"
PROJECT = "query ($id: ID!) { project(id: $id) { id } }"
OBJECT_MODEL = "query ($id: ID!) { objectModel(id: $id) { id } }"

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

EVERY = places("ID")
LISTS = [place for place in places("ID", among=DISTINCT) if "[%s]" in place.text]

NOTHING: list[object] = [None, [], [None], [{"calls": 0}], [{"count": 0}] * 5, {"nodes": [], "totalCount": 0}]
"""What fields of each type answer with when there is nothing."""


def is_nothing(answer: Any) -> bool:
    """Also of what says so among the errors that its caller can put right."""
    errors = answer.get("userErrors") if isinstance(answer, dict) else None
    return answer in NOTHING or bool(errors and {error["code"] for error in errors} == {"NOT_FOUND"})


def respelt(id_: str) -> str:
    """The same bytes: of the last letter, a bit is set that no byte needs."""
    return id_[:-1] + ALPHABET[ALPHABET.index(id_[-1]) + 1]


async def test_a_malformed_id_anywhere(ids: Ids, ask: GraphQL) -> None:
    assert await everywhere(ask, ids, EVERY, "ID!", "x") == each(EVERY, REFUSED)


async def test_another_spelling_of_an_id_anywhere(ids: Ids, ask: GraphQL) -> None:
    outcomes: dict[str, str] = {}
    for place in EVERY:
        body = await ask(place.query(ids, "$id", "$id: ID!"), id=respelt(ids[place.takes[0]]))
        outcomes[str(place)] = outcome(place.field, body)

    assert outcomes == each(EVERY, REFUSED)


def malformed(id_: str) -> list[str]:
    other_size = "cli" if IdKind(id_[:3]).in_project else "cnt"
    shorter = ["", id_[:3], id_[:4], id_[4:], id_[:-1], "\0", "7"]
    longer = [f"{id_}=", f"{id_}A", f"{id_}\n", f" {id_}", f"{id_[:4]}{id_}"]
    return [*shorter, *longer, respelt(id_), id_.upper(), f"{id_[:-1]}é", f"zzz{id_[3:]}", f"{other_size}{id_[3:]}"]


async def test_every_way_to_malform_an_id(ids: Ids, ask: GraphQL) -> None:
    for id_ in ids.values():
        for wrong in malformed(id_):
            body = await ask(NODE, id=wrong)

            assert body["data"] == {"node": None}
            [error] = body["errors"]
            assert error["message"] == f"{wrong!r} is not an id of this API."
            assert (error["path"], error["extensions"]) == (["node"], {"code": "BAD_REQUEST"})


async def test_of_a_long_id_the_message_quotes_the_beginning(ask: GraphQL) -> None:
    body = await ask(NODE, id="9" * 5000)

    assert [error["message"] for error in body["errors"]] == [f"'{'9' * 100}…' is not an id of this API."]


async def test_an_id_of_another_type_anywhere(ids: Ids, ask: GraphQL) -> None:
    outcomes = {name: await everywhere(ask, ids, EVERY, "ID!", id_) for name, id_ in ids.items()}

    assert outcomes == {
        name: {str(place): ANSWERED if name in place.takes else REFUSED for place in EVERY} for name in NODES
    }


async def test_the_message_names_both_types(ids: Ids, ask: GraphQL) -> None:
    body = await ask(PROJECT, id=ids["Term"])

    assert [error["message"] for error in body["errors"]] == [
        f"{ids['Term']!r} is the id of a term, where the id of a project is needed."
    ]


async def test_the_message_names_them_in_english(ids: Ids, ask: GraphQL) -> None:
    body = await ask(OBJECT_MODEL, id=ids["LlmUsage"])

    assert [error["message"] for error in body["errors"]] == [
        f"{ids['LlmUsage']!r} is the id of an LLM usage row, where the id of an object model is needed."
    ]


async def test_a_bare_uuid_is_the_id_of_a_project_alone(ids: Ids, ask: GraphQL) -> None:
    outcomes = await everywhere(ask, ids, EVERY, "ID!", str(parse_id(ids["Project"]).id))

    assert outcomes == {str(place): ANSWERED if place.takes == ["Project"] else REFUSED for place in EVERY}


async def test_another_spelling_of_a_bare_uuid(ids: Ids, ask: GraphQL) -> None:
    uuid = str(parse_id(ids["Project"]).id)
    spellings = [f"{{{uuid}}}", f"urn:uuid:{uuid}", uuid.replace("-", ""), "-".join(uuid), f"+{uuid[1:]}", f"{uuid}-"]

    answers = {spelling: (await ask(PROJECT, id=spelling)).get("data") for spelling in spellings}

    assert answers == {spelling: {"project": None} for spelling in spellings}


@pytest.mark.parametrize("project_id", [None, uuid4()], ids=["in a project", "in a project that is not there"])
async def test_the_id_of_nothing_anywhere(project_id: UUID | None, ids: Ids, ask: GraphQL) -> None:
    answers: dict[str, Any] = {}
    for place in EVERY:
        for name in place.takes:
            unknown = missing(ids[name], project_id=project_id)
            body = await ask(place.query(ids, "$id", "$id: ID!"), id=unknown)
            answers[f"{place} of {name}"] = body["errors"] if "errors" in body else place.field.value(body)

    assert {asked: answer for asked, answer in answers.items() if not is_nothing(answer)} == {}


async def test_a_thousand_ids_in_a_list_anywhere(ids: Ids, ask: GraphQL) -> None:
    for number, expected in ((1000, ANSWERED), (1001, "LIMIT_EXCEEDED for the request")):
        outcomes: dict[str, str] = {}
        for place in LISTS:
            many = [missing(ids[place.takes[0]], place_in_list) for place_in_list in range(number)]
            query = place.field.query(ids, place.text.replace("[%s]", "$ids"), "$ids: [ID!]!")
            outcomes[str(place)] = outcome(place.field, await ask(query, ids=many))

        assert outcomes == each(LISTS, expected)
