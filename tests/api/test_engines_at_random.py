"""Whatever is asked for, and whatever fails: graphql-core's executor and ours give the same answer.

`GQL_SERVER_TEST_OPERATIONS` says how many operations each test makes, and `GQL_SERVER_TEST_SEED` which.
"""

import asyncio
import gc
import os
import sys
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
import structlog
from both_apis import api, both_told, difference
from both_engines import assert_nearly_equal
from everything import UNLIMITED
from faults import Faults, injected
from generated_operations import SEED, generated
from patience import BOUND_SECONDS
from random_operations import Maker
from surface import Ids
from world import World, resources_of

from gql_server.config import Config
from gql_server.context import Resources
from gql_server.db.database import Database
from gql_server.http.json_text import encode

OPERATIONS = int(os.environ.get("GQL_SERVER_TEST_OPERATIONS", "100"))

pytestmark = pytest.mark.timeout(60 + OPERATIONS)


class Comparison:
    """Of the answers of both engines to one operation after the other."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self.answered = 0
        self.with_data = 0
        self.with_errors = 0
        self.with_others_errors = 0
        """Those of which the engines chose different errors where several make the same null."""

    async def check(self, document: str, variables: dict[str, Any] | None = None) -> None:
        stock, ours = await both_told(document, variables, self._resources)
        context = f"An operation made of the seed {SEED}:\n{document}\n{variables}"
        assert encode(ours.data) == encode(stock.data), f"{context}\n{difference(stock, ours)}"
        try:
            assert_nearly_equal(stock, ours)
        except AssertionError as error:
            raise AssertionError(f"{context}\n{difference(stock, ours)}") from error
        self.answered += 1
        self.with_data += ours.data is not None
        self.with_errors += ours.errors != []
        self.with_others_errors += ours.errors != stock.errors

    def tell(self) -> None:
        """Says with `pytest -rP` how many there were."""
        numbers = {name: number for name, number in vars(self).items() if isinstance(number, int)}
        sys.stdout.write(f"Operations made of the seed {SEED}: {numbers}\n")


@pytest.fixture
async def ids(world: World) -> Ids:
    return await world.one_of_each()


@pytest.fixture
def resources(config: Config, database: Database) -> Resources:
    return resources_of(config.model_copy(update=UNLIMITED), database)


@pytest.fixture(autouse=True)
def _silent(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("gql_server.schema.errors.log", structlog.ReturnLogger())
    yield
    gc.collect()


# graphql-core stops what it has not begun, of which Python warns whenever it is collected.
two_engines = pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


@two_engines
async def test_what_hypothesis_makes_of_the_schema(resources: Resources, ids: Ids) -> None:
    whole, faulty, random = Comparison(resources), Comparison(resources), Random(SEED)
    for document in generated(OPERATIONS, ids):
        await whole.check(document)
        with injected(Faults(random.randrange(2**32))):
            await faulty.check(document)

    whole.tell()
    faulty.tell()
    assert whole.with_data > OPERATIONS / 4
    assert whole.with_others_errors <= OPERATIONS / 50
    assert faulty.with_errors > OPERATIONS / 4


@two_engines
async def test_odd_values(resources: Resources, ids: Ids) -> None:
    comparison, maker = Comparison(resources), Maker(SEED, ids, odd=0.03)
    for _ in range(OPERATIONS):
        await comparison.check(*maker.operation())

    comparison.tell()
    assert comparison.with_others_errors <= OPERATIONS / 50


@two_engines
async def test_faults_in_loaders(resources: Resources, ids: Ids) -> None:
    comparison, maker, random = Comparison(resources), Maker(SEED, ids), Random(SEED)
    for _ in range(OPERATIONS):
        with injected(Faults(random.randrange(2**32))):
            await comparison.check(*maker.operation())

    comparison.tell()
    assert comparison.with_errors > OPERATIONS / 4


async def test_nothing_is_left_of_an_operation(resources: Resources, ids: Ids) -> None:
    others = asyncio.all_tasks()
    maker, random = Maker(SEED, ids, odd=0.01), Random(SEED)
    for _ in range(OPERATIONS):
        document, variables = maker.operation()
        with injected(Faults(random.randrange(2**32))):
            await api("breadth_first").execute(document, variables, context_value=resources)
        if left := asyncio.all_tasks() - others:
            await asyncio.wait(left, timeout=BOUND_SECONDS)
        assert asyncio.all_tasks() == others, f"{SEED}: {document} {variables}"
