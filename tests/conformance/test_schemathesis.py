"""Operations that schemathesis makes from the schema: valid ones, and such as break it in one place."""

from pathlib import Path

import pytest
import schemathesis
from harmless import check_answer, check_text, code_of
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from patience import PATIENCE_SECONDS
from schemathesis.graphql import nodes
from target import Target
from world import uuid_of

from gql_server.schema.ids import IdKind, global_id

EXAMPLES = 40
"""For each field of the root, the same ones every time."""

CALLERS = ["admin", "acme"]

SCHEMA = schemathesis.graphql.from_path(Path(__file__).parents[2] / "schema.graphql")

WORDS = st.sampled_from(["Content", "zzz", "%", "'", "\\", ""])


@pytest.fixture(scope="session", autouse=True)
def values(target: Target) -> None:
    """What the API's own types are written like, and ids that there are beside those that there are not."""
    # The callers' own client is none of them: whoever rotates its key has to use another one from there on.
    ids = {**target.ids, "Client": global_id(IdKind.CLIENT, uuid_of("client", "Beacon"))}
    schemathesis.graphql.scalar("ID", st.one_of(st.sampled_from(list(ids.values())), st.text()).map(nodes.String))
    schemathesis.graphql.scalar(
        "DateTime", st.one_of(st.datetimes().map(lambda t: f"{t.isoformat()}Z"), WORDS).map(nodes.String)
    )
    schemathesis.graphql.scalar(
        "JSON", st.one_of(WORDS.map(nodes.String), st.integers().map(nodes.Int), st.booleans().map(nodes.Boolean))
    )


@pytest.mark.parametrize("caller", CALLERS)
@SCHEMA.parametrize()
@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
def test_whatever_is_asked_for_does_no_harm(case: schemathesis.Case, caller: str, target: Target) -> None:
    response = case.call(base_url=f"{target.url}/graphql", headers=target.headers(caller), timeout=PATIENCE_SECONDS)

    assert response.status_code in {200, 400}, case.body
    check_text(response.text, str(case.body))
    answer = check_answer(response.text)
    if case.meta is not None and case.meta.generation.mode.is_negative:
        assert (answer.keys(), code_of(answer)) == ({"errors"}, "BAD_REQUEST"), case.body
