"""Faults in loaders, the same ones for whoever loads the same keys."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from gql_server.db.pages import PageQuery
from gql_server.errors import BadRequestError, NotFoundError
from gql_server.loaders.lists import ByParent, ListLoader
from gql_server.loaders.llm_usage import UsageQuery
from gql_server.loaders.rows import Loader

CAUSES: list[type[Exception]] = [BadRequestError, NotFoundError, RuntimeError, KeyError, ValueError]
"""Those that the caller is told of, and those that are masked."""


class Faults:
    """Has some loaders fail for some keys, and some for all, as `seed` has it.

    A fault is of the key, not of the batch that it is loaded in: engines do not make the same batches. For the same
    reason no statement fails here, since all that is read after it in the same snapshot would fail, too.
    """

    def __init__(self, seed: int) -> None:
        random = Random(seed)
        self._seed = seed
        self._loaders_that_fail = random.choice([0, 0.1, 0.3])
        self._keys_that_fail = random.choice([0.1, 0.3, 0.6])

    def of_loader(self, name: str) -> Exception | None:
        """What each batch of a loader raises."""
        return self._fault(Random(f"{self._seed} {name}"), self._loaders_that_fail, name)

    def of_key(self, name: str, key: object) -> Exception | None:
        """What a loader has in the place of a key's value."""
        return self._fault(Random(f"{self._seed} {name} {key!r}"), self._keys_that_fail, f"{name} {key!r}")

    def _fault(self, random: Random, likelihood: float, what: str) -> Exception | None:
        if random.random() > likelihood:
            return None
        return random.choice(CAUSES)(f"There is a fault in {what}.")


@contextmanager
def injected(faults: Faults) -> Iterator[None]:
    """Injects them in all loaders that are made meanwhile."""
    initialize: Any = Loader.__init__

    def initialize_faulty(loader: Any, *args: Any, **kwargs: Any) -> None:
        initialize(loader, *args, **kwargs)
        # Those of lists have no name of their own.
        if type(loader) is not Loader:
            loader.batch_load_fn = _faulty(loader.batch_load_fn, faults, type(loader).__name__, "")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Loader, "__init__", initialize_faulty)
        for name in ("pages_by_parent", "counts_by_parent"):
            patch.setattr(ListLoader, name, _making_faulty(getattr(ListLoader, name), faults))
        yield


def _making_faulty(make: Any, faults: Faults) -> Any:
    def by_parent(loader: Any, query: Any) -> ByParent[Any, Any]:
        made: Any = make(loader, query)
        if not hasattr(made, "faults"):
            made.faults = faults
            name = f"{type(loader).__name__}.{make.__name__}"
            made._load_all = _faulty(made._load_all, faults, name, repr(_asked(query)))
        return made

    return by_parent


def _asked(key: Any) -> Any:
    """A key or a query without the columns that are read for it, which are not the same for both engines."""
    match key:
        case PageQuery():
            return replace(key, columns=None)
        case (parent, UsageQuery() as query):
            return parent, query._replace(columns=None)
        case _:
            return key


def _faulty(load: Any, faults: Faults, name: str, asked: str) -> Any:
    raised = faults.of_loader(name)

    async def load_or_fail(keys: Sequence[Any]) -> list[Any]:
        if raised is not None:
            raise raised
        values = await load(keys)
        return [faults.of_key(f"{name} {asked}", _asked(key)) or value for key, value in zip(keys, values, strict=True)]

    return load_or_fail
