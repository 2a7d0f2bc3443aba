"""Whatever is asked for, and whatever fails: graphql-core's executor and ours give the same answer.

`GQL_SERVER_TEST_OPERATIONS` says how many operations each test makes, and `GQL_SERVER_TEST_SEED` which.
"""

import os
import sys
from random import Random
from typing import Any

import pytest
import structlog
from both_apis import both_told, difference
from both_engines import assert_nearly_equal
from everything import UNLIMITED
from faults import Faults, injected
from generated_operations import SEED, generated
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
def comparison(config: Config, database: Database) -> Comparison:
    return Comparison(resources_of(config.model_copy(update=UNLIMITED), database))


@pytest.fixture(autouse=True)
def _silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gql_server.schema.errors.log", structlog.ReturnLogger())


async def test_what_hypothesis_makes_of_the_schema(comparison: Comparison, ids: Ids) -> None:
    for document in generated(OPERATIONS, ids):
        await comparison.check(document)

    comparison.tell()
    assert comparison.with_others_errors == 0
    assert comparison.with_data > OPERATIONS / 4


async def test_odd_values(comparison: Comparison, ids: Ids) -> None:
    maker = Maker(SEED, ids, odd=0.03)
    for _ in range(OPERATIONS):
        await comparison.check(*maker.operation())

    comparison.tell()
    assert comparison.with_others_errors == 0


async def test_faults_in_loaders(comparison: Comparison, ids: Ids) -> None:
    maker, random = Maker(SEED, ids), Random(SEED)
    for _ in range(OPERATIONS):
        with injected(Faults(random.randrange(2**32))):
            await comparison.check(*maker.operation())

    comparison.tell()
    assert comparison.with_errors > OPERATIONS / 4


async def test_faults_in_what_hypothesis_makes(comparison: Comparison, ids: Ids) -> None:
    random = Random(SEED)
    for document in generated(OPERATIONS, ids):
        with injected(Faults(random.randrange(2**32))):
            await comparison.check(document)

    comparison.tell()
    assert comparison.with_errors > OPERATIONS / 4
