"""A server in a process of its own, for tools that others have made for GraphQL servers."""

from collections.abc import Generator

import pytest
from target import NewDatabase, Target, running_target


@pytest.fixture(scope="session")
def target(new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Generator[Target]:
    with running_target(new_database, tmp_path_factory.mktemp("target")) as target:
        yield target
        log = target.log.read_text()
        assert "Traceback" not in log, log
        assert "[error" not in log, log
