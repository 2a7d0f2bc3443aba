"""What is no GraphQL request, or no operation of this API, gets."""

import json
from typing import Any

from httpx import AsyncClient
from surface import Post
from world import GraphQL

TYPENAME = '{"query": "{ __typename }", %s}'
TWO = "query One { __typename } query Two { __typename }"

NO_JSON = {
    "nothing": b"",
    "half an object": b'{"query": ',
    "no UTF-8": b'{"query": "\xff"}',
    "another encoding": '{"query": "{ __typename }"}'.encode("utf-16"),
    "NaN": (TYPENAME % '"variables": {"a": NaN}').encode(),
    "Infinity": (TYPENAME % '"variables": {"a": -Infinity}').encode(),
    "a number beyond all floats": (TYPENAME % '"variables": {"a": 1e999}').encode(),
    "a number of 5000 digits": (TYPENAME % f'"variables": {{"a": {"9" * 5000}}}').encode(),
}
NO_REQUEST = {
    "null": "null",
    "a boolean": "true",
    "a number alone": "7",
    "a text alone": '"{ __typename }"',
    "an empty list": "[]",
    "a list of a number": "[1]",
    "an empty object": "{}",
    "no query": '{"variables": {}}',
    "a query that is null": '{"query": null}',
    "a query that is a number": '{"query": 7}',
    "a query that is a list": '{"query": ["{ __typename }"]}',
    "variables in a list": TYPENAME % '"variables": []',
    "variables in a text": TYPENAME % '"variables": "{}"',
    "extensions in a list": TYPENAME % '"extensions": []',
}
NO_OPERATION = {
    "an empty document": "",
    "a fragment alone": "fragment part on Query { __typename }",
    "a type": "type Query { a: Int }",
}
NO_SYNTAX = {
    "a comment": "#",
    "an open bracket": "{",
    "a control character": "{ \0 }",
    "words": "all projects, please",
}
INVALID = {
    "an unknown field": ("{ secret }", "Cannot query field 'secret' on type 'Query'."),
    "an unknown directive": ("{ __typename @nope }", "Unknown directive '@nope'."),
    "an unknown fragment": ("{ ...nope }", "Unknown fragment 'nope'."),
    "a fragment in itself": ("{ ...a } fragment a on Query { ...a }", "Cannot spread fragment 'a' within itself."),
    "no selection of an object": (
        "{ usage(groupBy: []) }",
        "Field 'usage' of type '[UsageGroup!]!' must have a selection of subfields.",
    ),
    "a missing argument": (
        "{ node { id } }",
        "Argument 'Query.node(id:)' of type 'ID!' is required, but it was not provided.",
    ),
    "a missing variable": (
        "query ($id: ID!) { node(id: $id) { id } }",
        "Variable '$id' has invalid value: Expected a value of non-null type 'ID!' to be provided.",
    ),
    "an undeclared variable": ("{ node(id: $id) { id } }", "Variable '$id' is not defined."),
}


def refusal(message: str) -> dict[str, Any]:
    """What is answered when nothing was executed."""
    return {"errors": [{"message": message, "extensions": {"code": "BAD_REQUEST"}}]}


async def test_a_body_that_is_no_json(post: Post) -> None:
    responses = {what: await post(body) for what, body in NO_JSON.items()}

    assert {what: (response.status_code, response.json()) for what, response in responses.items()} == dict.fromkeys(
        NO_JSON, (400, refusal("The request, or its `variables` or `extensions`, is not JSON in UTF-8."))
    )


async def test_json_that_is_no_request(post: Post) -> None:
    statuses = {what: (await post(body)).status_code for what, body in NO_REQUEST.items()}

    assert statuses == dict.fromkeys(NO_REQUEST, 400)


async def test_a_body_of_another_type(http: AsyncClient) -> None:
    for headers in ({}, {"content-type": "text/plain"}, {"content-type": "application/xml"}):
        response = await http.post("/graphql", content=TYPENAME % '"variables": {}', headers=headers)

        message = "A request is sent as `Content-Type: application/json`, in UTF-8."
        assert (response.status_code, response.json()) == (415, refusal(message))


async def test_variables_in_the_address_that_are_no_json(http: AsyncClient) -> None:
    for variables in ("nope", "NaN", "{", "\ufffd"):
        parameters = {"query": "{ __typename }", "variables": variables}
        response = await http.get("/graphql", params=parameters, headers={"apollo-require-preflight": "1"})

        message = "The request, or its `variables` or `extensions`, is not JSON in UTF-8."
        assert (response.status_code, response.json()) == (400, refusal(message))


async def test_a_document_without_an_operation(post: Post) -> None:
    statuses = {what: (await post(json.dumps({"query": query}))).status_code for what, query in NO_OPERATION.items()}

    assert statuses == dict.fromkeys(NO_OPERATION, 400)


async def test_an_operation_that_is_not_in_the_document(post: Post) -> None:
    response = await post(json.dumps({"query": TWO, "operationName": "Three"}))

    assert (response.status_code, response.json()) == (400, refusal('Unknown operation named "Three".'))


async def test_two_operations_and_no_word_which(post: Post) -> None:
    for name in ({}, {"operationName": None}):
        response = await post(json.dumps({"query": TWO, **name}))

        message = "This document has several operations: name one in `operationName`."
        assert response.json() == refusal(message)


async def test_a_document_that_cannot_be_parsed(ask: GraphQL) -> None:
    for query in NO_SYNTAX.values():
        body = await ask(query)

        assert body.keys() == {"errors"}
        [error] = body["errors"]
        assert error["message"].startswith("Syntax Error: ")
        assert error["extensions"] == {"code": "BAD_REQUEST"}


async def test_a_document_that_asks_for_what_is_not_there(ask: GraphQL) -> None:
    for query, message in INVALID.values():
        body = await ask(query)

        assert body.keys() == {"errors"}
        [error] = body["errors"]
        assert (error["message"], error["extensions"]) == (message, {"code": "BAD_REQUEST"})
