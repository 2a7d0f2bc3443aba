"""Texts that would do harm if they became part of a statement, a pattern or a template, wherever one can be written."""

import json
from typing import Any

import asyncpg
import pytest
from surface import DISTINCT, PLACES, Place, places
from target import Attack, Target

HARMLESS = "zzzzzz"
"""What matches nothing, and is no id and no cursor."""

SQL = [
    "' OR 1=1 --",
    "' OR ''='",
    "'; DROP TABLE public.clients; --",
    "'); DROP SCHEMA public CASCADE; --",
    "1; COPY clients TO PROGRAM 'true'",
    "' UNION ALL TABLE clients --",
    "'||pg_sleep(9)||'",
    "$$; DROP TABLE clients; $$",
    "\\",
    "\\'; DROP TABLE clients; --",
    "\u2019 OR 1=1 --",
    "\u02bc; DROP TABLE clients --",
    "\uff07 OR 1=1",
    "/*",
    '"; SET ROLE gql_owner; --',
]
PATTERNS = ["%", "_", "%%", "[a-z]%", "(a+)+$", "^.*$", ".*", "\\%", "*", "?"]
TEMPLATES = [
    "$1",
    "%s",
    "%(a)s",
    ':"schema"',
    "{0}",
    "{0.__class__}",
    "{{ 7*7 }}",
    "${7*7}",
    "#{7*7}",
    "<%= 7*7 %>",
    "__import__('os')",
]
PAYLOADS = [*SQL, *PATTERNS, *TEMPLATES]

TABLES = "SELECT table_schema, table_name FROM information_schema.tables WHERE table_schema !~ '^(pg_|information)'"
COUNT = "{ clients { totalCount } projects { totalCount } contents { totalCount } prompts { totalCount } }"


def without_messages(body: dict[str, Any]) -> dict[str, Any]:
    """An answer without what quotes the request, and where in the request it is."""
    errors = [{key: error[key] for key in ("path", "extensions") if key in error} for error in body.get("errors", [])]
    return {**body, "errors": errors}


def some(number: int, share: int, payloads: list[str]) -> list[str]:
    """Every so manieth of the payloads, others for the next number."""
    return payloads[number % share :: share]


async def state(target: Target, attack: Attack) -> tuple[Any, Any]:
    connection = await asyncpg.connect(target.dsn)
    tables = sorted(map(tuple, await connection.fetch(TABLES)))
    await connection.close()
    return tables, await attack(COUNT)


async def differing(attack: Attack, caller: str, query: str, payloads: list[str], written: str = "") -> dict[str, Any]:
    """What is answered otherwise than a harmless text is, by what was sent."""
    found: dict[str, Any] = {}
    expected: Any = None
    for payload in (HARMLESS, *payloads):
        document = query.replace(written, json.dumps(payload)) if written else query
        variables = {} if written else {"value": payload}
        answer = without_messages(await attack(document, caller, echoed=(payload,), **variables))
        expected = expected or answer
        if answer != expected:
            found[f"{document} {payload}"] = answer
    return found


@pytest.mark.parametrize(
    ("caller", "among", "share"), [("admin", PLACES, 36), ("acme", DISTINCT, 9)], ids=["anywhere", "everything"]
)
async def test_texts_in_variables(caller: str, among: list[Place], share: int, target: Target, attack: Attack) -> None:
    before = await state(target, attack)

    for number, place in enumerate(places("String", "ID", among=among)):
        query = place.query(target.ids, "$value", f"$value: {place.type}!")
        assert await differing(attack, caller, query, some(number, share, PAYLOADS)) == {}

    assert await state(target, attack) == before


async def test_texts_in_documents(target: Target, attack: Attack) -> None:
    before = await state(target, attack)

    for number, place in enumerate(places("String", "ID", among=DISTINCT)):
        query = place.query(target.ids, "<here>")
        assert await differing(attack, "acme", query, some(number, 15, SQL), "<here>") == {}

    assert await state(target, attack) == before


async def test_texts_within_json(target: Target, attack: Attack) -> None:
    for place in places("JSON", among=DISTINCT):
        query = place.query(target.ids, "$value", "$value: JSON!")
        expected = await attack(query, "acme", value=HARMLESS)
        for payload in PAYLOADS:
            for value in (payload, {payload: payload}, [{"a": payload}]):
                assert await attack(query, "acme", echoed=(payload,), value=value) == expected, (str(place), value)


async def test_texts_in_the_place_of_names(attack: Attack) -> None:
    for payload in PAYLOADS:
        for body in (
            {"query": "{ __typename }", "operationName": payload},
            {"documentId": payload},
            {"query": "{ __typename }", "extensions": {"persistedQuery": {"version": 1, "sha256Hash": payload}}},
            {"query": payload},
        ):
            answer = await attack(body, "acme", echoed=(payload,))
            assert "data" not in answer
