"""Variables and numbers that are made to take long or to crash what reads them, and bytes that are no text."""

import json

import pytest
from harmless import code_of
from target import Attack

TOO_MUCH, WRONG = "LIMIT_EXCEEDED", "BAD_REQUEST"

TYPENAME = "{ __typename }"
IDS = "query ($value: [ID!]!) { nodes(ids: $value) { id } }"
FILTER = "query ($value: ContentFilter) { contents(where: $value) { totalCount } }"
METADATA = "query ($value: JSON) { contents(where: {metadata: {contains: $value}}) { totalCount } }"
TITLE = "query ($value: String) { contents(where: {title: {contains: $value}}) { totalCount } }"
SEARCH = "query ($value: String) { contents(where: {search: $value}) { totalCount } }"
SHARED = "".join(
    [
        "query ($value: ContentFilter) { ",
        *(f"a{n}: contents(where: $value) {{ totalCount }} " for n in range(20)),
        "}",
    ]
)

THOUSAND = [{"title": {"contains": str(number)}} for number in range(1000)]

VALUES: dict[str, tuple[str, object, str | None]] = {
    "10 MB": (TYPENAME, "a" * 10_000_000, TOO_MUCH),
    "100,000 numbers for ids": (IDS, [[1]] * 100_000, TOO_MUCH),
    "1,000 long ids": (IDS, ["a" * 900] * 1000, WRONG),
    "50,000 keys of no filter": (FILTER, {f"k{number}": 1 for number in range(50_000)}, WRONG),
    "50,000 keys of JSON": (METADATA, {str(number): 1 for number in range(50_000)}, None),
    "1,000 filters": (FILTER, {"and": THOUSAND}, None),
    "10,000 filters": (FILTER, {"and": [{"or": THOUSAND[:100]}] * 100}, TOO_MUCH),
    "1,000 filters, 20 times": (SHARED, {"and": THOUSAND}, TOO_MUCH),
    "filters 100 deep": (FILTER, json.loads('{"not":' * 100 + "{}" + "}" * 100), WRONG),
    "a word of 900,000 letters": (TITLE, "a" * 900_000, None),
    "80,000 wildcards": (TITLE, "%_" * 40_000, None),
    "a regular expression": (TITLE, "(a+)+$" + "a" * 50_000 + "!", None),
    "100,000 negations": (SEARCH, "-" * 100_000 + "a", TOO_MUCH),
    "100,000 quotation marks": (SEARCH, '"' * 100_000, TOO_MUCH),
    "10,000 alternatives": (SEARCH, "a or " * 10_000, None),
    "50,000 words": (SEARCH, "word " * 50_000, TOO_MUCH),
}

LITERALS = {
    "an Int of 4,301 digits": ("{ contents(first: " + "9" * 4301 + ") { totalCount } }", WRONG),
    "an Int of 900,000 digits": ("{ contents(first: " + "9" * 900_000 + ") { totalCount } }", WRONG),
    "a number of 4,301 digits in JSON": (METADATA.replace("$value}", "9" * 4301 + "}"), WRONG),
    "an infinite number": (METADATA.replace("$value}", "1e999}"), WRONG),
    "a long fraction": (METADATA.replace("$value}", "1." + "1" * 900_000 + "}"), None),
    "minus zero": (METADATA.replace("$value}", "-0}"), None),
    "NaN": (METADATA.replace("$value}", "NaN}"), None),
    "half a surrogate pair": (METADATA.replace("$value}", r'"\ud800"}'), WRONG),
    "NUL": (METADATA.replace("$value}", r'"\u0000"}'), WRONG),
}


def with_variable(number: str) -> str:
    """A request whose one variable is written like this."""
    return '{"query": "{ __typename }", "variables": {"a": ' + number + "}}"


BODIES: dict[str, tuple[str | bytes, str | None]] = {
    "a number of 900,000 digits": (with_variable("9" * 900_000), WRONG),
    "numbers of 4,300 digits": (with_variable("[" + ",".join(["9" * 4300] * 200) + "]"), None),
    "1e999": (with_variable("1e999"), WRONG),
    "NaN": (with_variable("NaN"), WRONG),
    "minus zero": (with_variable("-0"), None),
    "a key twice": ('{"query": "{ a }", "query": "{ __typename }"}', None),
    "another prototype": ('{"__proto__": {"a": 1}, "query": "{ __typename }"}', None),
    "half a surrogate pair for a query": (r'{"query": "\ud800"}', WRONG),
    "half a surrogate pair in a text": (r'{"query": "{ project(id: \"\udfff\") { id } }"}', WRONG),
    "half a surrogate pair for a name": (r'{"query": "{ __typename }", "operationName": "\ud800"}', WRONG),
    "half a surrogate pair for a variable": (r'{"query": "{ __typename }", "variables": {"\ud800": 1}}', None),
    "half a surrogate pair for a hash": (
        r'{"query": "a", "extensions": {"persistedQuery": {"version": 1, "sha256Hash": "\ud800"}}}',
        WRONG,
    ),
    "half a surrogate pair for an id": (r'{"documentId": "\ud800"}', "PERSISTED_QUERY_NOT_FOUND"),
    "NUL for a name": (r'{"query": "{ __typename }", "operationName": "\u0000"}', WRONG),
    "a long name": ('{"query": "{ __typename }", "operationName": "' + "a" * 900_000 + '"}', WRONG),
    "a long id": ('{"documentId": "' + "a" * 900_000 + '"}', "PERSISTED_QUERY_NOT_FOUND"),
    "a byte order mark": ("\ufeff" + '{"query": "{ __typename }"}', WRONG),
    "a byte order mark in the query": (r'{"query": "\ufeff{ __typename }"}', None),
    "an overlong slash": (b'{"query": "\xc0\xaf"}', WRONG),
    "an overlong NUL": (b'{"query": "\xc0\x80"}', WRONG),
    "surrogates in UTF-8": (b'{"query": "\xed\xa0\x80"}', WRONG),
    "beyond Unicode": (b'{"query": "\xf4\x90\x80\x80"}', WRONG),
    "half a letter": (b'{"query": "\xe2\x82"}', WRONG),
    "all bytes": (bytes(range(256)) * 100, WRONG),
    "NUL alone": (b"\0" * 1000, WRONG),
    "UTF-16": ('{"query": "{ __typename }"}'.encode("utf-16"), WRONG),
    "UTF-7": (b'+AHsAIg-query": "{ __typename }"}', WRONG),
    "gzip": (b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x4b\x04\x00", WRONG),
}


@pytest.mark.parametrize("caller", ["admin", "acme"])
async def test_values_of_variables(caller: str, attack: Attack) -> None:
    found = {what: code_of(await attack(query, caller, value=value)) for what, (query, value, _) in VALUES.items()}

    assert found == {what: code for what, (_, _, code) in VALUES.items()}


async def test_values_in_a_document(attack: Attack) -> None:
    found = {
        what: code_of(await attack(document.replace("($value: JSON)", ""))) for what, (document, _) in LITERALS.items()
    }

    assert found == {what: code for what, (_, code) in LITERALS.items()}


@pytest.mark.parametrize("caller", ["admin", None])
async def test_bodies(caller: str | None, attack: Attack) -> None:
    encoded = {what: body.encode() if isinstance(body, str) else body for what, (body, _) in BODIES.items()}

    found = {what: code_of(await attack(body, caller)) for what, body in encoded.items()}

    assert found == {what: "UNAUTHENTICATED" if caller is None else code for what, (_, code) in BODIES.items()}
