"""Whatever is asked of whatever schema: the answer is graphql-core's."""

import gc
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from both_engines import ALL_ERRORS, both, graphql_cores, nearly_both
from graphql import (
    FieldNode,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
    Visitor,
    build_schema,
    get_introspection_query,
    parse,
    print_ast,
    visit,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import queries
from odd_schema import SDL, odd_schema

OPERATIONS = queries(build_schema(SDL), custom_scalars={})
SETTINGS = settings(
    max_examples=150,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.filter_too_much,
        HealthCheck.large_base_example,
    ],
)
HEAD = "query ($yes: Boolean = true, $no: Boolean = false)"
CONDITIONS = [" @include(if: $yes)", " @skip(if: $no)", " @include(if: $no)", " @skip(if: $yes)", " @include(if: true)"]


class Rewriting(Visitor):
    """Has parts of a selection in fragments, twice, under conditions, and the name of the type among them."""

    def __init__(self, random: Random) -> None:
        super().__init__()
        self._random = random

    def leave_selection_set(self, node: SelectionSetNode, *_: Any) -> SelectionSetNode:
        selections = list(node.selections)
        for selection in node.selections:
            match self._random.randrange(12):
                case 0:
                    selections.append(InlineFragmentNode(directives=(), selection_set=_set(selection)))
                case 1:
                    selections.insert(0, selection)
                case 2:
                    selections.append(self._conditional(selection))
                case 3 if isinstance(selection, FieldNode):
                    selections.extend(_parsed("__typename kind: __typename").selections)
                case _:
                    pass
        return SelectionSetNode(selections=tuple(selections))

    def _conditional(self, selection: SelectionNode) -> SelectionNode:
        (fragment,) = _parsed(f"...{self._random.choice(CONDITIONS)} {{ a }}").selections
        return InlineFragmentNode(directives=fragment.directives, selection_set=_set(selection))


def _set(selection: SelectionNode) -> SelectionSetNode:
    return SelectionSetNode(selections=(selection,))


def _parsed(selections: str) -> SelectionSetNode:
    document: Any = parse(f"{{ {selections} }}")
    return document.definitions[0].selection_set


def rewritten(operation: object, random: Random) -> str:
    body = print_ast(visit(parse(str(operation)), Rewriting(random)))
    return f"{HEAD} {body[body.index('{') :]}"


@pytest.fixture(autouse=True)
def _collected() -> Iterator[None]:
    yield
    gc.collect()


@SETTINGS
@given(OPERATIONS, st.integers(0, 2**32), st.sampled_from([0, 5, 30, 100]))
async def test_when_nothing_is_awaited(operation: object, seed: int, rarity: int):
    schema = odd_schema(seed, rarity=rarity, asynchronous=False)
    await both(schema, rewritten(operation, Random(seed)))


# graphql-core stops what it has not begun, of which Python warns whenever it is collected.
@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@SETTINGS
@given(OPERATIONS, st.integers(0, 2**32), st.sampled_from([0, 5, 30, 100]))
async def test_when_something_is_awaited(operation: object, seed: int, rarity: int):
    schema = odd_schema(seed, rarity=rarity, asynchronous=True)
    document = rewritten(operation, Random(seed))
    answer = await nearly_both(schema, document)
    every = await graphql_cores(schema, document.replace(")", f") {ALL_ERRORS}", 1))
    assert [error for error in answer.errors if error not in every.errors] == []


@pytest.mark.parametrize("asynchronous", [False, True])
async def test_introspection(asynchronous: bool):
    answer = await both(odd_schema(1, rarity=0, asynchronous=asynchronous), get_introspection_query())
    assert answer.errors == []
