"""Operations on graphql-core's own executor and on ours."""

import json
from collections.abc import Awaitable
from inspect import isawaitable
from typing import Any, NamedTuple

from graphql import DocumentNode, ExecutionResult, GraphQLError, GraphQLSchema, execute, parse
from graphql.execution.incremental.incremental_executor import IncrementalExecutor

from gql_server.engine import BreadthFirstExecutor

ALL_ERRORS = "@experimental_disableErrorPropagation"


class Ours(BreadthFirstExecutor, IncrementalExecutor):
    pass


class Answer(NamedTuple):
    data: Any
    errors: list[Any]


async def ours(schema: GraphQLSchema, document: str | DocumentNode, **options: Any) -> Answer:
    return await _answer(schema, document, executor_class=Ours, **options)


async def graphql_cores(schema: GraphQLSchema, document: str | DocumentNode, **options: Any) -> Answer:
    return await _answer(schema, document, **options)


async def both(schema: GraphQLSchema, document: str, **options: Any) -> Answer:
    """The answer that both give, to the order of the keys and of the errors."""
    expected = await graphql_cores(schema, document, **options)
    actual = await ours(schema, document, **options)
    assert json.dumps(actual.data) == json.dumps(expected.data)
    assert actual.errors == expected.errors
    return actual


async def nearly_both(schema: GraphQLSchema, document: str, **options: Any) -> Answer:
    """Ours, which has the other's data, and of the errors those that do not depend on what came first."""
    expected = await graphql_cores(schema, document, **options)
    actual = await ours(schema, document, **options)
    assert json.dumps(actual.data) == json.dumps(expected.data)
    assert_nearly_equal(expected, actual)
    return actual


def assert_nearly_equal(expected: Answer, actual: Answer) -> None:
    """The errors may differ in the choice among those that are at or below one null, and would each make it null."""
    assert nulls(actual) == nulls(expected)
    assert certain(actual) == certain(expected)
    assert len(actual.errors) == len({json.dumps(error) for error in actual.errors})


def nulls(answer: Answer) -> set[str]:
    """What is null because of the errors."""
    return {json.dumps(_null(answer.data, error["path"])) for error in answer.errors if "path" in error}


def certain(answer: Answer) -> list[str]:
    """The errors that make nothing null but the place where they are raised."""
    at_home = [error for error in answer.errors if _null(answer.data, error.get("path", [])) == error.get("path", [])]
    return sorted(map(json.dumps, at_home))


def _null(data: Any, path: list[str | int]) -> list[str | int]:
    node = data
    for length, key in enumerate(path):
        if node is None:
            return path[:length]
        node = node[key]
    return path


async def _answer(schema: GraphQLSchema, document: str | DocumentNode, **options: Any) -> Answer:
    parsed = parse(document) if isinstance(document, str) else document
    result: ExecutionResult | Awaitable[ExecutionResult] = execute(schema, parsed, **options)
    answered = await result if isawaitable(result) else result
    return Answer(answered.data, [_told(error) for error in answered.errors or ()])


def _told(error: GraphQLError) -> dict[str, Any]:
    return {key: value for key, value in error.formatted.items() if key != "extensions"}
