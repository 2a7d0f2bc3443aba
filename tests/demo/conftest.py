"""The demo data of one day."""

import pytest
from demo_day import TODAY

from gql_server.demo.data import build
from gql_server.demo.seeds import DemoData


@pytest.fixture(scope="session")
def data() -> DemoData:
    return build(today=TODAY)


@pytest.fixture(scope="session")
def many() -> DemoData:
    return build(200, today=TODAY)
