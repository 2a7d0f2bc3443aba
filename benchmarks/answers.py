"""Sees to it that all servers give the same answers before they are measured, and how long these are."""

from collections.abc import Sequence
from typing import Any

import httpx

from benchmarks.seeding import Seeded
from benchmarks.servers import POSTGRAPHILE, Server
from benchmarks.workloads import Workload, bodies, bodies_for_postgraphile

LISTS = ("contents", "vocabulary", "promptComponents")


def requests_for(server: Server, workload: Workload, seeded: Seeded) -> list[str]:
    return bodies_for_postgraphile(seeded) if server.kind.name == POSTGRAPHILE else bodies(workload, seeded)


def checked_sizes(workload: Workload, servers: Sequence[Server], seeded: Seeded) -> dict[str, list[int]]:
    """The bytes of each answer of each server. Raises AssertionError for one that is not as the first server's is."""
    sizes: dict[str, list[int]] = {}
    expected: list[Any] = []
    for server in servers:
        with httpx.Client(base_url=f"http://127.0.0.1:{server.port}", headers=server.headers, timeout=60) as client:
            answers = [_answer(client, server, workload, body) for body in requests_for(server, workload, seeded)]
        sizes[server.kind.name] = [len(answer.content) for answer in answers]
        data = [answer.json() for answer in answers]
        assert all("errors" not in answer and answer["data"] for answer in data), (server.kind.title, data[0])
        if not expected:
            expected = data
        elif server.kind.name == POSTGRAPHILE:
            _check_contents(expected[0]["data"]["project"], data[0]["data"])
        else:
            assert data == expected, (
                f"{server.kind.title} answers {workload.name} in another way than {servers[0].kind.title}."
            )
    return sizes


def _answer(client: httpx.Client, server: Server, workload: Workload, body: str) -> httpx.Response:
    answer = client.post(server.path(workload), content=body)
    assert answer.status_code == 200, f"{server.kind.title} answers {workload.name} with {answer.status_code}."
    return answer


def _check_contents(ours: Any, answer: Any) -> None:
    """PostGraphile's ids and times are written in its own way; all else is to be the same."""
    theirs = {**answer["project"], **{name: answer[name] for name in LISTS}}
    assert _plain(theirs) == _plain(ours), "PostGraphile has other rows."


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items() if name not in ("id", "createdAt")}
    return [_plain(item) for item in value] if isinstance(value, list) else value
