"""Usage of language models: which calls a filter finds, and what they come to, exactly."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import combinations
from typing import Any, NamedTuple

import pytest
from world import START, GraphQL, World, uuid_of

from gql_server.schema.ids import IdKind, global_id

USAGE = """
query ($by: [UsageDimension!]!, $where: UsageFilter) {
  all: usage(groupBy: $by, where: $where) { ...Sum }
  clients { nodes { name usage(groupBy: $by, where: $where) { ...Sum } } }
  projects { nodes { name usage(groupBy: $by, where: $where) { ...Sum } llmUsage(where: $where) { totalCount } } }
  llmUsage(where: $where) { totalCount nodes { id } }
}
fragment Sum on UsageGroup {
  client { name } project { name } prompt { name } model day
  calls tokensIn tokensOut cost unpricedCalls
}
"""
NOTHING = "{ usage(groupBy: []) { calls tokensIn tokensOut cost unpricedCalls meanSeconds p95Seconds } }"
DURATIONS = """
query ($by: [UsageDimension!]!) {
  usage(groupBy: $by) { model meanSeconds p95Seconds }
  projects { nodes { usage(groupBy: $by) { model meanSeconds p95Seconds } } }
}
"""
DIMENSIONS = ("CLIENT", "PROJECT", "PROMPT", "MODEL", "DAY")
CLIENTS = {"Atlas": "Acme", "Boats": "Acme", "Caves": "Beacon", None: None}
"""Whose the projects are."""


class Call(NamedTuple):
    project: str | None
    prompt: str | None
    model: str
    at: datetime
    tokens_in: int
    tokens_out: int
    cost: Decimal

    @property
    def dimensions(self) -> dict[str, Any]:
        names = {"client": CLIENTS[self.project], "project": self.project, "prompt": self.prompt}
        named = {key: name and {"name": name} for key, name in names.items()}
        return {**named, "model": self.model, "day": self.at.date().isoformat()}


MANY = 2_000_000_000
LAST = datetime(2026, 1, 1, 23, 59, 59, 999999, UTC)
FIRST = datetime(2026, 1, 2, tzinfo=UTC)
CALLS = [
    Call("Atlas", "Write", "small", LAST, MANY, MANY, Decimal("0.000001")),
    Call("Atlas", "Write", "small", FIRST, MANY, 1, Decimal("0.100000")),
    Call("Atlas", None, "large", FIRST, MANY, MANY, Decimal("9999.999999")),
    Call("Boats", "Shorten", "large", FIRST, 5, MANY, Decimal("9999.999999")),
    Call("Boats", "Write", "Small", LAST, 0, 0, Decimal("0.000000")),
    Call("Caves", "Write", "small", FIRST, 3, 4, Decimal("0.200000")),
    Call(None, None, "large", LAST, 7, 8, Decimal("1.500000")),
    Call(None, "Write", "small", FIRST, 1, 2, Decimal("0.000009")),
]

PROJECTS = {name: global_id(IdKind.PROJECT, uuid_of("project", name)) for name in ("Atlas", "Boats", "Caves")}
WRITE = global_id(IdKind.PROMPT, uuid_of("prompt", "Write"))
IDS = [global_id(IdKind.LLM_USAGE, uuid_of("llm_usage", place)) for place in range(len(CALLS))]

FILTERS: list[tuple[dict[str, Any], Callable[[Call], bool]]] = [
    ({"model": {"eq": "small"}}, lambda call: call.model == "small"),
    ({"model": {"ne": "small"}}, lambda call: call.model != "small"),
    ({"model": {"in": ["small", "tiny"]}}, lambda call: call.model == "small"),
    ({"model": {"contains": "MA"}}, lambda call: call.model.lower() == "small"),
    ({"model": {"startsWith": "l"}}, lambda call: call.model == "large"),
    ({"model": {"isNull": True}}, lambda _call: False),
    ({"project": {"eq": PROJECTS["Boats"]}}, lambda call: call.project == "Boats"),
    ({"project": {"eq": str(uuid_of("project", "Boats"))}}, lambda call: call.project == "Boats"),
    ({"project": {"in": [PROJECTS["Boats"], PROJECTS["Caves"]]}}, lambda call: call.project in {"Boats", "Caves"}),
    ({"project": {"in": []}}, lambda _call: False),
    ({"project": {"isNull": True}}, lambda call: call.project is None),
    ({"project": {"isNull": False}}, lambda call: call.project is not None),
    ({"not": {"project": {"eq": PROJECTS["Atlas"]}}}, lambda call: call.project != "Atlas"),
    ({"prompt": {"eq": WRITE}}, lambda call: call.prompt == "Write"),
    ({"prompt": {"in": [WRITE]}}, lambda call: call.prompt == "Write"),
    ({"prompt": {"isNull": True}}, lambda call: call.prompt is None),
    ({"createdAt": {"lt": "2026-01-02T09:00:00+09:00"}}, lambda call: call.at == LAST),
    ({"createdAt": {"gte": "2026-01-02T09:00:00+09:00"}}, lambda call: call.at == FIRST),
    ({"createdAt": {"eq": "2026-01-01T23:59:59.999999Z"}}, lambda call: call.at == LAST),
    ({"id": {"eq": IDS[3]}}, lambda call: call is CALLS[3]),
    ({"id": {"in": [IDS[3], IDS[6]]}}, lambda call: call in (CALLS[3], CALLS[6])),
    ({"and": [{"model": {"eq": "small"}}, {"prompt": {"isNull": False}}]}, lambda call: call.model == "small"),
    (
        {"or": [{"prompt": {"isNull": True}}, {"project": {"eq": PROJECTS["Caves"]}}], "model": {"ne": "tiny"}},
        lambda call: call.prompt is None or call.project == "Caves",
    ),
    ({"or": []}, lambda _call: False),
    ({}, lambda _call: True),
]


@pytest.fixture
async def calls(world: World) -> None:
    """The calls, in a database whose days begin elsewhere."""
    name = await world.connection.fetchval("SELECT current_database()")
    await world.connection.execute(f"ALTER DATABASE {name} SET TimeZone = 'Asia/Tokyo'")
    clients = {name: await world.client(name) for name in ("Acme", "Beacon")}
    projects = {name: await world.project(name, clients[of]) for name, of in CLIENTS.items() if name and of}
    prompts = {name: await world.prompt(name) for name in ("Write", "Shorten")}
    for place, call in enumerate(CALLS):
        of = {"project_id": projects.get(call.project or ""), "prompt_id": prompts.get(call.prompt or "")}
        values = {"model": call.model, "created_at": call.at, "cost": call.cost}
        await world.llm_usage(place, **of, **values, tokens_in=call.tokens_in, tokens_out=call.tokens_out)


def sums(calls: Sequence[Call], by: Sequence[str]) -> list[dict[str, Any]]:
    groups: dict[str, list[Call]] = {}
    for call in calls:
        groups.setdefault(str([call.dimensions[name.lower()] for name in by]), []).append(call)
    return in_any_order([sum_of(group, by) for group in groups.values()])


def sum_of(calls: Sequence[Call], by: Sequence[str]) -> dict[str, Any]:
    dimensions = {key: value if key.upper() in by else None for key, value in calls[0].dimensions.items()}
    return {
        **dimensions,
        "calls": len(calls),
        "tokensIn": sum(call.tokens_in for call in calls),
        "tokensOut": sum(call.tokens_out for call in calls),
        "cost": str(sum((call.cost for call in calls), Decimal("0.000000"))),
        "unpricedCalls": 0,
    }


def in_any_order(groups: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(groups, key=str)


async def check(data: GraphQL, calls: Sequence[Call], by: Sequence[str], where: dict[str, Any]) -> None:
    """Compares what is answered everywhere that usage is with what `calls` come to."""
    answer = await data(USAGE, by=by, where=where)
    assert in_any_order(answer["all"]) == sums(calls, by)
    for client in answer["clients"]["nodes"]:
        own = [call for call in calls if CLIENTS[call.project] == client["name"]]
        assert in_any_order(client["usage"]) == sums(own, by)
    for project in answer["projects"]["nodes"]:
        own = [call for call in calls if call.project == project["name"]]
        assert in_any_order(project["usage"]) == sums(own, by)
        assert project["llmUsage"]["totalCount"] == len(own)
    assert answer["llmUsage"]["totalCount"] == len(calls)
    found = {node["id"] for node in answer["llmUsage"]["nodes"]}
    assert found == {IDS[CALLS.index(call)] for call in calls}


@pytest.mark.usefixtures("calls")
@pytest.mark.parametrize("size", range(len(DIMENSIONS) + 1))
async def test_usage_is_summed_by_any_dimensions(size: int, data: GraphQL) -> None:
    for by in combinations(DIMENSIONS, size):
        await check(data, CALLS, by, {})
        await check(data, CALLS, by[::-1] * 2, {})


@pytest.mark.usefixtures("calls")
async def test_a_filter_finds_calls_and_sums_them(data: GraphQL) -> None:
    for where, met in FILTERS:
        await check(data, [call for call in CALLS if met(call)], ["MODEL"], where)


@pytest.mark.usefixtures("calls")
async def test_a_sum_beyond_32_bits_and_of_exact_cost(data: GraphQL) -> None:
    where = {"project": {"eq": PROJECTS["Atlas"]}}
    answer = await data(USAGE, by=["PROJECT", "DAY"], where=where)

    sums_ = [(each["day"], each["tokensIn"], each["tokensOut"], each["cost"]) for each in answer["all"]]
    assert sums_ == [
        ("2026-01-01", 2_000_000_000, 2_000_000_000, "0.000001"),
        ("2026-01-02", 4_000_000_000, 2_000_000_001, "10000.099999"),
    ]


async def test_everything_is_one_sum_even_of_nothing(world: World, data: GraphQL) -> None:
    zeros = {"calls": 0, "tokensIn": 0, "tokensOut": 0, "cost": "0", "unpricedCalls": 0}
    zeros |= {"meanSeconds": None, "p95Seconds": None}
    assert await data(NOTHING) == {"usage": [zeros]}


async def test_durations_are_those_of_answered_calls(world: World, data: GraphQL) -> None:
    project = await world.project("Atlas", await world.client())
    answered = [(seconds, status) for seconds in range(1, 11) for status in ("succeeded", "invalid")]
    others = [(1000, "failed"), (1000, "aborted"), (1000, "lost"), (None, "started"), (None, "succeeded")]
    for place, (seconds, status) in enumerate([*answered, *others]):
        end = None if seconds is None else START + timedelta(seconds=seconds)
        await world.llm_usage(
            place, project_id=project, model="quick", status=status, created_at=START, finished_at=end
        )
    await world.llm_usage("failed", project_id=project, model="never", status="failed", finished_at=START)

    answer = await data(DURATIONS, by=["MODEL"])

    groups = [
        {"model": "never", "meanSeconds": None, "p95Seconds": None},
        # Between the 19th and the 20th of 20.
        {"model": "quick", "meanSeconds": 5.5, "p95Seconds": 10},
    ]
    assert sorted(answer["usage"], key=str) == groups
    assert [sorted(node["usage"], key=str) for node in answer["projects"]["nodes"]] == [groups]


@pytest.mark.usefixtures("calls")
async def test_calls_are_put_in_order_by_duration_for_whoever_asks(statements: list[str], data: GraphQL) -> None:
    await data("{ usage(groupBy: [MODEL]) { model cost } }")
    await data("{ usage(groupBy: [MODEL]) { model ... on UsageGroup { seconds: p95Seconds } } }")

    assert ["percentile" in statement for statement in statements if "llm_usage" in statement] == [False, True]
