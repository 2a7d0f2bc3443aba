"""What the answer to anything must be: JSON of GraphQL, with documented codes, and without a word of the inside."""

import json
import re
from typing import Any

from httpx import Response

from gql_server.errors import ApiError

INSIDES = re.compile(
    r"INTERNAL|asyncpg|postgres|\bSELECT\b|jsonb|SQLSTATE|DETAIL:|HINT:|Traceback|\.py\b|gql_server|Undefined| at 0x"
    r"|\brelation \"|\bcolumn \"|at or near|\b(?!UserError\b)\w+(?:Error|Exception)\b|NoneType"
    r"|object has no attribute|coroutine"
    r"|strawberry|starlette|uvicorn|graphql-core|site-packages|/(?:home|root|tmp|usr|work)/"
)


def _codes(class_: type[ApiError]) -> set[str]:
    return {class_.code} | {code for below in class_.__subclasses__() for code in _codes(below)}


CODES = {code for class_ in ApiError.__subclasses__() for code in _codes(class_)}
"""What `extensions.code` may be when nothing is wrong with the server itself."""


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON.")


def answer_of(response: Response, *echoed: str) -> dict[str, Any]:
    """The body of an answer that does no harm; `echoed` is what the request had, and the answer may quote."""
    assert response.status_code < 500, response.text
    check_text(f"{response.headers} {response.text}", *echoed)
    media_type = response.headers["content-type"]
    assert media_type in {
        "application/json; charset=utf-8",
        "application/graphql-response+json; charset=utf-8",
    }, media_type
    return check_answer(response.text)


def check_text(text: str, *echoed: str) -> None:
    """Refuses what gives away how the server is made."""
    for part in echoed:
        for spelling in (part, json.dumps(part)[1:-1], json.dumps(repr(part)[1:-1])[1:-1]):
            text = text.replace(spelling, "") if spelling else text
        # A piece of what was sent may come back without the rest: generated texts have words of our own source.
        for word in INSIDES.findall(part):
            text = text.replace(word, "")
    found = INSIDES.search(text)
    assert not found, text[max(0, found.start() - 200) : found.end() + 200]


def check_answer(text: str) -> dict[str, Any]:
    """A body that is JSON to the letter and has nothing but what GraphQL knows."""
    body = json.loads(text, parse_constant=_no_constant)
    assert body.keys() <= {"data", "errors", "extensions"}
    assert body.keys() & {"data", "errors"}
    for error in body.get("errors", []):
        assert error.keys() <= {"message", "locations", "path", "extensions"}
        assert error["message"]
        assert error["extensions"]["code"] in CODES, error
    return body


def code_of(body: dict[str, Any]) -> str | None:
    """The code of the first error, or None where there is none."""
    return body["errors"][0]["extensions"]["code"] if "errors" in body else None
