"""Has every query that a test sends to a server in its process executed by the other engine, too.

The answers must be the same. `GQL_SERVER_TEST_BOTH_ENGINES=1` switches it on.
"""

from collections.abc import Callable, Generator
from contextvars import ContextVar
from typing import Any

import pytest
from both_apis import api, are_equal, difference, told
from graphql import GraphQLError, OperationType, get_operation_ast, parse
from strawberry.types import ExecutionResult

from gql_server.schema.build import BreadthFirst, Schema

LEFT_OUT = {
    "tests/api/test_engines": "They compare the two themselves.",
    "tests/api/test_errors.py::test_one_failure_under_many_parents_is_one_in_the_log": "It counts what is logged.",
    "tests/api/test_prompt_previews.py::test_others_are_served_while_a_template_is_rendered": "It counts threads.",
    "tests/services/test_concurrent_projects.py": "It reads what others are changing all the time.",
}
"""The tests whose queries are executed once, by how their ids begin, and why."""

ATTEMPTS = 3
"""Executions on one engine of which two in a row must agree, lest the database has changed between the two engines."""

_is_shadow: ContextVar[bool] = ContextVar("_is_shadow", default=False)


def unless_shadowing(note: Callable[[str], None]) -> Callable[[str], None]:
    """Notes the statements that a test has sent, without those of the other engine."""
    return lambda statement: None if _is_shadow.get() else note(statement)


class Shadowing:
    def __init__(self) -> None:
        self.compared = 0
        self.differences: list[str] = []

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, Any]:
        self._is_left_out = any(item.nodeid.startswith(begin) for begin in LEFT_OUT)
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Generator[None, Any, Any]:
        try:
            result = yield
            assert self.differences == [], "\n\n".join(self.differences)
        finally:
            self.differences.clear()
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionstart(self, session: pytest.Session) -> Generator[None, Any, Any]:
        execute: Any = Schema.execute

        async def execute_twice(schema: Schema, query: str | None, *args: Any, **kwargs: Any) -> ExecutionResult:
            result = await execute(schema, query, *args, **kwargs)
            if not self._is_left_out and not _is_shadow.get() and _is_query(query, *args, **kwargs):
                token = _is_shadow.set(True)
                try:
                    await self._compare(result, schema, query, *args, **kwargs)
                finally:
                    _is_shadow.reset(token)
            return result

        Schema.execute = execute_twice  # pyright: ignore[reportAttributeAccessIssue]
        return (yield)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput["compared"] = self.compared  # pyright: ignore[reportAttributeAccessIssue]

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        self.compared += getattr(node, "workeroutput", {}).get("compared", 0)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        terminalreporter.write_line(f"{self.compared} queries were executed by both engines.")

    async def _compare(self, result: ExecutionResult, schema: Schema, query: Any, *args: Any, **kwargs: Any) -> None:
        self.compared += 1
        other = _other(schema)
        before = told(result)
        for _ in range(ATTEMPTS):
            shadow = told(await other.execute(query, *args, **kwargs))
            if are_equal(before, shadow):
                return
            after = told(await schema.execute(query, *args, **kwargs))
            if are_equal(before, after):
                self.differences.append(f"{query}\n{difference(before, shadow)}")
                return
            before = after
        self.differences.append(f"{query}\nis answered differently each time.")


def _is_query(
    query: str | None,
    _variables: Any = None,
    _context: Any = None,
    _root: Any = None,
    name: str | None = None,
    **more: Any,
) -> bool:
    try:
        operation = get_operation_ast(parse(query or "", no_location=True), name or more.get("operation_name"))
    except (GraphQLError, RecursionError):
        return False
    return operation is not None and operation.operation is OperationType.QUERY


def _other(schema: Schema) -> Schema:
    is_ours = schema.execution_context_class is BreadthFirst
    introspection = not schema.config.disable_field_suggestions
    return api("stock" if is_ours else "breadth_first", introspection=introspection)
