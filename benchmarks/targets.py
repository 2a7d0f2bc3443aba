"""What the project has set itself, and whether a run meets it."""

from collections.abc import Callable
from typing import NamedTuple

from benchmarks.servers import FLOOR, KINDS, MERCURIUS, OURS, STOCK

MEMORY_MB = 150
"""Of the process, after many requests over many projects: benchmarks/memory.py."""

CPU_TARGETS = [
    ("large", MERCURIUS, 0.75),
    ("large", STOCK, 1 / 15),
    ("small", MERCURIUS, 0.9),
    ("page", MERCURIUS, 0.9),
    ("node", MERCURIUS, 1.0),
]
FLOOR_RATIO = 2.0
RACES = ("page", "large")
"""Workloads in which throughput and p99 are to be ahead of every peer that executes GraphQL."""

OWN = ("gql_server", "stock_engine", FLOOR)


class Figures(NamedTuple):
    """Rounds by workload and server; `ratio` takes workload, server, other server and figure."""

    rounds: dict[str, dict[str, list[dict[str, float]]]]
    ratio: Callable[[str, str, str, str], float]


def verdicts(figures: Figures) -> list[list[str]]:
    """A row for each target whose servers and workloads were measured."""
    titles = {kind.name: kind.title for kind in KINDS}
    rows: list[list[str]] = []

    def add(what: str, measured: float, target: float, at_most: bool = True) -> None:
        met = measured <= target if at_most else measured >= target
        sign = "≤" if at_most else "≥"
        rows.append([what, f"{measured:.3g}", f"{sign} {target:.3g}", "yes" if met else "NO"])

    floors = [(workload, FLOOR, FLOOR_RATIO) for workload in figures.rounds]
    for workload, peer, most in [*CPU_TARGETS, *floors]:
        if peer in figures.rounds.get(workload, {}):
            add(f"{workload}: CPU to {titles[peer]}'s", figures.ratio(workload, OURS, peer, "cpu_ms"), most)
    for workload in RACES:
        for peer in figures.rounds.get(workload, {}):
            if peer not in OWN:
                ahead = figures.ratio(workload, OURS, peer, "per_second")
                add(f"{workload}: requests a second to {titles[peer]}'s", ahead, 1, at_most=False)
                add(f"{workload}: p99 to {titles[peer]}'s", figures.ratio(workload, OURS, peer, "p99_ms"), 1)
    return rows
