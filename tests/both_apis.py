"""The API on graphql-core's executor and on ours."""

import re
from difflib import unified_diff
from functools import cache
from itertools import islice
from typing import Any

import orjson
from both_engines import Answer
from strawberry.types import ExecutionResult

from gql_server.config import Engine
from gql_server.http import json_text
from gql_server.schema.build import Schema, build_schema

ENGINES: tuple[Engine, Engine] = ("stock", "breadth_first")

LINES = 100
"""How much of a difference is told."""

REQUEST_ID = re.compile(r" under \S+\.$")
"""How the message ends of what went wrong in the server: differently each time."""


@cache
def api(engine: Engine, *, introspection: bool = False) -> Schema:
    return build_schema(engine=engine, introspection=introspection)


def told(result: ExecutionResult) -> Answer:
    """What an operation is answered with; errors are in an order of their own, without the ids of requests."""
    errors = [_without_request_id(error.formatted) for error in result.errors or ()]
    return Answer(result.data, sorted(errors, key=orjson.dumps))


def are_equal(one: Answer, other: Answer) -> bool:
    """To the order of the keys."""
    return json_text.encode(one.data) == json_text.encode(other.data) and one.errors == other.errors


def difference(one: Answer, other: Answer) -> str:
    """Where they differ, with what is around it."""
    before, after = (orjson.dumps(answer._asdict(), option=orjson.OPT_INDENT_2).decode() for answer in (one, other))
    lines = unified_diff(before.splitlines(), after.splitlines(), "one engine", "the other", n=8, lineterm="")
    return "\n".join(islice(lines, LINES))


async def both_told(document: str, variables: dict[str, Any] | None, context: Any) -> tuple[Answer, Answer]:
    """What graphql-core's executor answers, and ours."""
    stock, ours = [told(await api(engine).execute(document, variables, context_value=context)) for engine in ENGINES]
    return stock, ours


def _without_request_id(error: Any) -> dict[str, Any]:
    extensions = error.get("extensions", {})
    if "requestId" not in extensions:
        return error
    message = REQUEST_ID.sub(".", error["message"])
    return {**error, "message": message, "extensions": {**extensions, "requestId": ""}}
