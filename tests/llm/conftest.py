"""A provider for each test, and the models that it serves."""

from collections.abc import Generator

import pytest
from fake_provider import FakeProvider, fake_provider


@pytest.fixture
def provider() -> Generator[FakeProvider]:
    with fake_provider() as provider:
        yield provider
