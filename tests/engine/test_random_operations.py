"""Whatever is asked of whatever schema: the answer is graphql-core's."""

import gc
from collections.abc import Iterator
from random import Random

import pytest
from both_engines import ALL_ERRORS, both, graphql_cores, nearly_both
from graphql import build_schema, get_introspection_query, parse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import queries
from odd_schema import SDL, odd_schema
from rewriting import rewritten

SCHEMA = build_schema(SDL)
OPERATIONS = queries(SCHEMA, custom_scalars={})
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


@pytest.fixture(autouse=True)
def _collected() -> Iterator[None]:
    yield
    gc.collect()


@SETTINGS
@given(OPERATIONS, st.integers(0, 2**32), st.sampled_from([0, 5, 30, 100]))
async def test_when_nothing_is_awaited(operation: object, seed: int, rarity: int):
    schema = odd_schema(seed, rarity=rarity, asynchronous=False)
    await both(schema, rewritten(parse(str(operation)), SCHEMA, Random(seed)))


# graphql-core stops what it has not begun, of which Python warns whenever it is collected.
@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@SETTINGS
@given(OPERATIONS, st.integers(0, 2**32), st.sampled_from([0, 5, 30, 100]))
async def test_when_something_is_awaited(operation: object, seed: int, rarity: int):
    schema = odd_schema(seed, rarity=rarity, asynchronous=True)
    document = rewritten(parse(str(operation)), SCHEMA, Random(seed))
    answer = await nearly_both(schema, document)
    every = await graphql_cores(schema, document.replace(")", f") {ALL_ERRORS}", 1))
    assert [error for error in answer.errors if error not in every.errors] == []


@pytest.mark.parametrize("asynchronous", [False, True])
async def test_introspection(asynchronous: bool):
    answer = await both(odd_schema(1, rarity=0, asynchronous=asynchronous), get_introspection_query())
    assert answer.errors == []
