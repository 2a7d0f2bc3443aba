"""What a page that cannot be gets, of every connection: a number out of bounds, or a cursor that is none of its own."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from itertools import product
from typing import Any

from graphql import GraphQLEnumType, GraphQLInputObjectType, get_named_type, get_nullable_type
from surface import ANSWERED, CONNECTIONS, Field, Ids, outcome
from world import GraphQL

NO_CURSOR = "`{}` is not a cursor of this list."
OTHER_ORDER = "`{}` is a cursor of the same list in another order."

NEXT_CONTENT = """
query ($after: String) {
  contents(first: 1, after: $after, orderBy: {field: UPDATED_AT}) { nodes { title } pageInfo { endCursor } }
}
"""

ORDERED = [field for field in CONNECTIONS if "orderBy" in field.definition.args]


async def cursor_of(field: Field, ids: Ids, ask: GraphQL, arguments: str = "") -> str:
    """The cursor of a list's first node."""
    body = await ask(field.query(ids, arguments, selection="edges { cursor }"))
    return field.value(body)["edges"][0]["cursor"]


async def refusal(field: Field, ids: Ids, ask: GraphQL, arguments: str) -> str:
    """The message with which these arguments are refused, at the field and for no other reason than they."""
    body = await ask(field.query(ids, arguments))
    [error] = body["errors"]
    assert (error["path"], error["extensions"]) == (field.at, {"code": "BAD_REQUEST"})
    return error["message"]


def orders_of(field: Field) -> list[str]:
    """Each key of the list's order, in both directions, as an argument."""
    input_ = get_named_type(field.definition.args["orderBy"].type)
    assert isinstance(input_, GraphQLInputObjectType)
    keys = get_nullable_type(input_.fields["field"].type)
    assert isinstance(keys, GraphQLEnumType)
    return [f"orderBy: [{{field: {key}, direction: {way}}}]" for key, way in product(keys.values, ("ASC", "DESC"))]


def rewritten(change: Callable[[list[Any]], object]) -> Callable[[str], str]:
    """Makes a cursor with other values in it."""

    def rewrite(cursor: str) -> str:
        values = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return urlsafe_b64encode(json.dumps(change(values)).encode()).rstrip(b"=").decode()

    return rewrite


def changed(place: int, value: object) -> Callable[[str], str]:
    """Makes a cursor with another value in one place."""
    return rewritten(lambda values: [*values[:place], value, *values[place:][1:]])


TAMPERED: dict[str, Callable[[str], str]] = {
    "nothing": lambda _: "",
    "a letter": lambda _: "x",
    "a letter of no alphabet": lambda _: "é",
    "NUL": lambda _: "\0",
    "cut": lambda cursor: cursor[:-4],
    "padded": lambda cursor: f"{cursor}=",
    "something between its letters": lambda cursor: f"{cursor}!!!!",
    "an object": rewritten(lambda _: {}),
    "an empty list": rewritten(lambda _: []),
    "a number": rewritten(lambda _: 7),
    "a value too few": rewritten(lambda values: values[:-1]),
    "another one too few": rewritten(lambda values: values[1:]),
    "a value too many": rewritten(lambda values: [*values, values[-1]]),
    "an id that is none": changed(-1, "x"),
    "an id that is null": changed(-1, None),
    **{f"{value!r} in place {place}": changed(place, value) for place in range(4) for value in (7, ["x"], None)},
}


async def test_a_page_of_fewer_than_no_nodes_or_more_than_a_hundred(ids: Ids, ask: GraphQL) -> None:
    for field, name, number in product(CONNECTIONS, ("first", "last"), (-1, 101, 1000, 2**31 - 1)):
        message = await refusal(field, ids, ask, f"{name}: {number}")

        assert message == f"`{name}` is {number}, and must be from 0 to 100."


async def test_a_page_from_both_ends(ids: Ids, ask: GraphQL) -> None:
    for field in CONNECTIONS:
        message = await refusal(field, ids, ask, "first: 1, last: 1")

        assert message == "Ask for `first` or for `last`, not for both."


async def test_the_largest_and_the_smallest_page(ids: Ids, ask: GraphQL) -> None:
    for field, name, number in product(CONNECTIONS, ("first", "last"), (0, 100)):
        body = await ask(field.query(ids, f"{name}: {number}"))

        assert len(field.value(body)["nodes"]) == (field.value(body)["totalCount"] if number else 0)


async def test_a_tampered_cursor(ids: Ids, ask: GraphQL) -> None:
    for field in CONNECTIONS:
        cursor = await cursor_of(field, ids, ask)
        messages = {
            how: await refusal(field, ids, ask, f"after: {json.dumps(change(cursor))}")
            for how, change in TAMPERED.items()
        }

        expected = {NO_CURSOR.format("after"), OTHER_ORDER.format("after")}
        assert {how: message for how, message in messages.items() if message not in expected} == {}


async def test_a_tampered_cursor_before_which_to_read(ids: Ids, ask: GraphQL) -> None:
    for field in CONNECTIONS:
        assert await refusal(field, ids, ask, 'last: 1, before: "x"') == NO_CURSOR.format("before")


async def test_a_cursor_of_another_order(ids: Ids, ask: GraphQL) -> None:
    for field in ORDERED:
        cursors = {order: await cursor_of(field, ids, ask, order) for order in orders_of(field)}
        for made, used in product(cursors, repeat=2):
            arguments = f'after: "{cursors[made]}", {used}'

            if made == used:
                assert outcome(field, await ask(field.query(ids, arguments))) == ANSWERED
            else:
                assert await refusal(field, ids, ask, arguments) == OTHER_ORDER.format("after")


async def test_a_cursor_of_another_list(ids: Ids, ask: GraphQL) -> None:
    for made in CONNECTIONS:
        cursor = await cursor_of(made, ids, ask)
        for used in (field for field in CONNECTIONS if field.node_type != made.node_type):
            assert await refusal(used, ids, ask, f'after: "{cursor}"') == NO_CURSOR.format("after")
