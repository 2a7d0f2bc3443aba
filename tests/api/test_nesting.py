"""Requests that nest deeper than anything could be meant to: refused, whatever it is that nests."""

import json

import pytest
from httpx import AsyncClient
from surface import Post
from world import GraphQL

FILTER = "query ($value: ContentFilter) { contents(where: $value) { totalCount } }"
METADATA = "query ($value: JSON) { contents(where: {metadata: {contains: $value}}) { totalCount } }"
IDS = "query ($value: [ID!]!) { nodes(ids: $value) { id } }"

ABORTED = "Document is nested too deeply. Parsing aborted."
TOO_LARGE = "A request may have 1000000 bytes, not more."
TOO_DEEP = "This request is nested too deeply."

DOCUMENTS = {
    "lists": ("{ nodes(ids: ", "[", "1", "]", ") { id } }"),
    "lists that do not end": ("{ nodes(ids: ", "[", "", "", ""),
    "objects in JSON": ("{ contents(where: {metadata: {contains: ", "{a: ", "1", "}", "}}) { totalCount } }"),
    "filters": ("{ contents(where: ", "{not: ", "{}", "}", ") { totalCount } }"),
    "lists of filters": ("{ contents(where: ", "{and: [", "{}", "]}", ") { totalCount } }"),
    "selections": ("{ ", "client { ", "id", " }", " }"),
    "selections that do not end": ("{ ", "client { ", "", "", ""),
    "inline fragments": ("{ ", "... { ", "id", " }", " }"),
    "types": ("query ($ids: ", "[", "ID", "]", ") { nodes(ids: $ids) { id } }"),
    "defaults": ("query ($ids: [ID!]! = ", "[", "1", "]", ") { nodes(ids: $ids) { id } }"),
}
"""What comes before, the opening, the middle, the closing, and what comes after."""

VARIABLES = {
    "lists": (IDS, "[", "1", "]"),
    "lists that do not end": (IDS, "[", "", ""),
    "lists in JSON": (METADATA, "[", "1", "]"),
    "objects in JSON": (METADATA, '{"a":', "1", "}"),
    "filters": (FILTER, '{"not":', "{}", "}"),
    "lists of filters": (FILTER, '{"and":[', "{}", "]}"),
}


def nested(depth: int, opening: str, middle: str, closing: str) -> str:
    return opening * depth + middle + closing * depth


@pytest.mark.parametrize("depth", [201, 2000, 50_000])
@pytest.mark.parametrize("parts", DOCUMENTS.values(), ids=DOCUMENTS)
async def test_a_document(parts: tuple[str, ...], depth: int, ask: GraphQL) -> None:
    before, opening, middle, closing, after = parts

    body = await ask(before + nested(depth, opening, middle, closing) + after)

    assert body.keys() == {"errors"}
    assert [(error["message"], error["extensions"]) for error in body["errors"]] == [
        (ABORTED, {"code": "LIMIT_EXCEEDED", "limit": "NESTING"})
    ]


async def test_fragments_that_nest_one_another(ask: GraphQL) -> None:
    fragments = "".join(f"fragment f{n} on Client {{ ...f{n + 1} }} " for n in range(300))

    body = await ask(f"{{ clients {{ nodes {{ ...f0 }} }} }} {fragments} fragment f300 on Client {{ id }}")

    [error] = body["errors"]
    assert error["message"] == "This document is too complex to be validated."
    assert error["extensions"] == {"code": "LIMIT_EXCEEDED", "limit": "VALIDATION"}


@pytest.mark.parametrize("depth", [2000, 100_000])
@pytest.mark.parametrize("parts", VARIABLES.values(), ids=VARIABLES)
async def test_variables(parts: tuple[str, ...], depth: int, post: Post) -> None:
    query, *bracket = parts

    response = await post(f'{{"query": {json.dumps(query)}, "variables": {{"value": {nested(depth, *bracket)}}}}}')

    assert response.status_code == 413
    [error] = response.json()["errors"]
    assert error["extensions"]["code"] == "LIMIT_EXCEEDED"
    assert (error["message"], error["extensions"]["limit"]) in {(TOO_DEEP, "NESTING"), (TOO_LARGE, "BODY")}


@pytest.mark.parametrize("depth", [250, 400])
@pytest.mark.parametrize("parts", VARIABLES.values(), ids=VARIABLES)
async def test_variables_that_can_be_read(parts: tuple[str, ...], depth: int, post: Post) -> None:
    query, opening, middle, closing = parts
    response = await post(
        f'{{"query": {json.dumps(query)}, "variables": {{"value": {nested(depth, opening, middle, closing)}}}}}'
    )

    body = response.json()
    expected = {IDS: {"code": "BAD_REQUEST"}, FILTER: {"code": "LIMIT_EXCEEDED", "limit": "NESTING"}}
    if not closing:
        assert response.status_code == 400
    elif query == METADATA:
        assert body == {"data": {"contents": {"totalCount": 0}}}
    else:
        assert [error["extensions"] for error in body["errors"]] == [expected[query]]


async def test_the_rest_of_a_request(post: Post) -> None:
    for body in (nested(10_000, "[", "", "]"), "[" * 10_000, f'{{"extensions": {nested(10_000, "[", "", "]")}}}'):
        response = await post(body)

        error = {"message": TOO_DEEP, "extensions": {"code": "LIMIT_EXCEEDED", "limit": "NESTING"}}
        assert (response.status_code, response.json()) == (413, {"errors": [error]})


async def test_variables_in_the_address(http: AsyncClient) -> None:
    parameters = {"query": IDS, "variables": f'{{"value": {nested(5_000, "[", "1", "]")}}}'}

    response = await http.get("/graphql", params=parameters)

    assert (response.status_code, response.json()["errors"][0]["message"]) == (413, TOO_DEEP)


async def test_a_message_that_quotes_the_request_is_cut(ask: GraphQL) -> None:
    body = await ask(f"{{ nodes(ids: {nested(150, '[', '1', ']')}) {{ id }} }}")

    [error] = body["errors"]
    assert error["message"].startswith("ID cannot represent a non-string and non-integer value: [")
    assert (len(error["message"]), error["message"][-1]) == (1001, "…")
