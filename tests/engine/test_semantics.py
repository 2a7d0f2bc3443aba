"""What an operation means does not depend on who executes it."""

import asyncio
import gc
from collections.abc import AsyncIterator
from typing import Any

import pytest
from both_engines import Ours, both, nearly_both, ours
from graphql import ExecutionResult, GraphQLSchema, build_schema, execute, execute_sync, parse, subscribe
from graphql.execution import experimental_execute_incrementally
from graphql.language.parser import MAX_NESTING_DEPTH
from graphql.pyutils import AbortController

from gql_server.engine import executor, make_batched, plans
from gql_server.engine.plans import plans_of

SDL = """
interface Named { name: String! }
type Leaf implements Named { name: String! size: Int }
type Tree implements Named { name: String! leaves: [Leaf!] grid: [[Leaf]!] trees: [Tree] any: [Named] later: String }
type Query { tree: Tree named: Named number(of: Int = 3): Int list: [String!] }
type Mutation { first: Int second: Int strict: Int! last: Int }
type Subscription { tick: Tree }
"""


def leaf(name: str | None, size: Any = 1) -> dict[str, Any]:
    return {"__typename": "Leaf", "name": name, "size": size}


TREE = {
    "__typename": "Tree",
    "name": "Oak",
    "leaves": [leaf("a"), leaf("b", "big"), leaf("c")],
    "grid": [[leaf("a"), None], [], [leaf("b", "big"), leaf(None)]],
    "trees": [{"name": "Ash", "trees": [{"name": None}, None]}, {"name": "Elm"}, ValueError("Felled.")],
    "any": [leaf("x"), {"__typename": "Tree", "name": "Fir"}, {"__typename": "Bush"}, {"name": "?"}, leaf(None)],
}
ROOT = {"tree": TREE, "named": TREE, "number": lambda _info, of: of, "list": ["a", None]}
OPERATIONS = [
    "{ tree { name } }",
    "{ b: number(of: 1) a: number c: number(of: null) d: number(of: 1.5) }",
    "query ($n: Int = 4, $m: Int) { a: number(of: $n) b: number(of: $m) c: number(of: $n) }",
    "{ ...F tree { leaves { size } name } } fragment F on Query { tree { name leaves { name } } }",
    "{ named { __typename ... on Tree { leaves { name } } ... on Leaf { size } ...N } } fragment N on Named { name }",
    "query ($yes: Boolean!) { tree @include(if: $yes) { name @skip(if: $yes) leaves @skip(if: false) { name } } }",
    "{ tree { grid { name } } }",
    "{ tree { grid { size } leaves { size name } } }",
    "{ tree { trees { name trees { name trees { name } } } } }",
    "{ tree { any { __typename name ... on Leaf { size } } } }",
    "{ list tree { unknown name } nothing }",
    "{ __typename __schema { queryType { name fields { name args { name defaultValue } } } } }",
    "mutation { first last second }",
    "mutation { first strict last }",
]


@pytest.mark.parametrize("document", OPERATIONS)
async def test_the_answer_is_the_same(document: str):
    root = {**ROOT, "first": 1, "second": 2, "last": 3, "strict": None}
    schema = build_schema(SDL)
    for _ in range(2):
        await both(schema, document, root_value=root, variable_values={"yes": True})


async def test_plans_are_kept_for_each_combination_of_conditions():
    schema, document = build_schema(SDL), parse("query ($a: Boolean!) { number @include(if: $a) list @skip(if: $a) }")
    answers = [
        (await ours(schema, document, root_value=ROOT, variable_values={"a": a})).data for a in (True, False, True)
    ]
    assert answers == [{"number": 3}, {"list": None}, {"number": 3}]
    built = Ours.build(schema, document, raw_variable_values={"a": True})
    assert isinstance(built, Ours)
    assert plans_of(built) is plans_of(built)


async def test_plans_are_forgotten_with_their_document():
    await ours(build_schema(SDL), "{ number }", root_value=ROOT)
    gc.collect()
    before = len(plans._remembered)
    await ours(build_schema(SDL), "{ number }", root_value=ROOT)
    gc.collect()
    assert len(plans._remembered) == before


def test_what_awaits_nothing_is_executed_at_once():
    result = execute_sync(build_schema(SDL), parse("{ number }"), ROOT, executor_class=Ours)
    assert result.data == {"number": 3}


async def test_mutations_run_one_after_the_other_until_all_is_null():
    calls: list[str] = []

    def field(name: str, value: int | None) -> Any:
        async def resolve(_info: Any) -> int | None:
            calls.append(f"{name} begins")
            calls.append(f"{name} ends")
            return value

        return resolve

    root = {"first": field("first", 1), "strict": field("strict", None), "last": field("last", 1)}
    answer = await both(build_schema(SDL), "mutation { first strict last }", root_value=root)
    assert answer.data is None
    assert calls == ["first begins", "first ends", "strict begins", "strict ends"] * 2


async def test_nothing_is_waited_for_when_all_is_null_at_once():
    calls: list[str] = []

    async def second(_info: Any) -> int:
        calls.append("begins")
        await asyncio.sleep(0)
        calls.append("ends")
        return 2

    async def leaves(_parents: Any, _info: Any) -> list[Any]:
        raise AssertionError

    schema: Any = build_schema(SDL.replace("type Query {", "type Query { second: Tree strict: Int!"))
    make_batched(schema.type_map["Tree"].fields["leaves"], leaves)
    document = parse("{ second { leaves { name } } strict }")
    result = execute(schema, document, {"second": second, "strict": None}, executor_class=Ours)
    assert isinstance(result, ExecutionResult)
    assert [error.path for error in result.errors or ()] == [["strict"]]
    assert (result.data, calls) == (None, [])
    for _ in range(5):
        await asyncio.sleep(0)
    assert calls == ["begins", "ends"]
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.parametrize("field", ["tree: Tree", "trees: [Tree!]", "grid: [[Tree]!]!"])
async def test_as_deep_as_a_document_may_be(field: str):
    key = field.split(":", maxsplit=1)[0]
    tree: dict[str, Any] = {}
    tree.update(tree=tree, trees=[tree], grid=[[None, tree]])
    schema = build_schema(f"type Tree {{ {field} name: String! }} type Query {{ tree: Tree }}")
    levels = MAX_NESTING_DEPTH - 2
    document = f"{{ tree {f'{{ {key} ' * levels} {{ name }} {'}' * levels} }}"

    answer = await ours(schema, document, root_value=tree)
    [error] = answer.errors
    assert [error["path"].count(key), error["path"][-1]] == [levels + (key == "tree"), "name"]


async def test_each_event_of_a_subscription_is_executed():
    async def events() -> AsyncIterator[Any]:
        yield {"tick": {"name": "one"}}
        yield {"tick": {"name": None}}
        yield {"tick": {"name": "two"}}

    document = parse("subscription { tick { name } }")
    root = {"tick": lambda _info: events()}
    stream: Any = subscribe(build_schema(SDL), document, root, executor_class=Ours)
    results = [result async for result in stream]
    assert [result.data for result in results] == [{"tick": {"name": "one"}}, {"tick": None}, {"tick": {"name": "two"}}]
    assert [len(result.errors or ()) for result in results] == [0, 1, 0]


async def _later(value: Any) -> Any:
    return value


async def _one_by_one(*values: Any) -> AsyncIterator[Any]:
    for value in values:
        yield value


@pytest.mark.parametrize(
    "leaves",
    [
        lambda: [_later(leaf("a")), leaf("b")],
        lambda: [leaf("a"), _later(leaf(None))],
        lambda: [_later(ValueError("No leaf.")), leaf("b")],
        lambda: _one_by_one(leaf("a"), leaf("b", "big")),
        lambda: _one_by_one(leaf("a"), leaf(None)),
        lambda: (leaf(name) for name in "ab"),
    ],
)
async def test_lists_that_are_left_to_graphql_core(leaves: Any):
    root = {"tree": {"name": "Oak", "leaves": lambda _info: leaves(), "later": lambda _info: _later("x")}}
    await nearly_both(build_schema(SDL), "{ tree { leaves { name size } name later } }", root_value=root)


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """A list that has an element for each execution that was not left to graphql-core."""
    made: list[Any] = []
    run: Any = executor.Run

    def noted(*arguments: Any) -> Any:
        made.append(arguments)
        return run(*arguments)

    monkeypatch.setattr(executor, "Run", noted)
    return made


async def test_middleware_is_left_to_graphql_core(runs: list[Any]):
    def twice(resolve: Any, source: Any, info: Any, **arguments: Any) -> Any:
        value = resolve(source, info, **arguments)
        return value * 2 if isinstance(value, int) else value

    answer = await both(build_schema(SDL), "{ number }", root_value=ROOT, middleware=[twice])
    assert answer.data == {"number": 6}
    assert runs == []


async def test_what_may_be_aborted_is_left_to_graphql_core(runs: list[Any]):
    answer = await both(build_schema(SDL), "{ number }", root_value=ROOT, abort_signal=AbortController().signal)
    assert answer.data == {"number": 3}
    assert runs == []


async def test_errors_that_do_not_propagate_are_left_to_graphql_core(runs: list[Any]):
    answer = await both(build_schema(SDL), "query @experimental_disableErrorPropagation { list }", root_value=ROOT)
    assert answer.data == {"list": ["a", None]}
    assert runs == []


def incremental_schema() -> GraphQLSchema:
    directives = """
    directive @defer(if: Boolean! = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT
    directive @stream(if: Boolean! = true, label: String, initialCount: Int! = 0) on FIELD
    """
    schema: Any = build_schema(directives + SDL)
    make_batched(schema.type_map["Tree"].fields["leaves"], lambda trees, _info: [tree["leaves"] for tree in trees])
    return schema


@pytest.mark.parametrize(
    "document",
    [
        "{ tree { name ... @defer { leaves { name } } } }",
        "{ tree { name leaves @stream(initialCount: 1) { name } } }",
    ],
)
async def test_what_is_streamed_is_left_to_graphql_core(document: str, runs: list[Any]):
    told: list[Any] = []
    every: list[dict[str, Any]] = [{}, {"executor_class": Ours}]
    for options in every:
        result: Any = experimental_execute_incrementally(incremental_schema(), parse(document), ROOT, **options)
        told.append([result.initial_result.formatted, *[part.formatted async for part in result.subsequent_results]])
    assert told[0] == told[1]
    assert len(told[0]) > 1
    assert runs == []
