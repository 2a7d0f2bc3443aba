"""What was measured, as tables of medians and ratios, and as JSON."""

import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks import node as node_programs
from benchmarks.load import Outcome
from benchmarks.servers import OURS, Kind
from benchmarks.targets import Figures, verdicts
from benchmarks.workloads import Workload

HEADINGS = [
    "",
    "CPU ms",
    "to ours",
    "PostgreSQL ms",
    "to ours",
    "a second",
    "to ours",
    "p50 ms",
    "p95 ms",
    "p99 ms",
    "to ours",
]


@dataclass
class Results:
    """`rounds` has, for each workload and server, what each round measured."""

    rounds: dict[str, dict[str, list[dict[str, float]]]] = field(default_factory=dict)
    memory_mb: dict[str, float] = field(default_factory=dict)
    about: dict[str, Any] = field(default_factory=dict)

    def add(self, workload: str, server: str, count: int, outcome: Outcome) -> None:
        percentiles = statistics.quantiles(outcome.milliseconds, n=100, method="inclusive")
        measured = {
            "requests": count,
            "cpu_ms": outcome.cpu["server"] * 1000 / count,
            "postgres_ms": outcome.cpu["postgres"] * 1000 / count,
            "per_second": count / outcome.seconds,
            "p50_ms": percentiles[49],
            "p95_ms": percentiles[94],
            "p99_ms": percentiles[98],
        }
        self.rounds.setdefault(workload, {}).setdefault(server, []).append(measured)

    def describe(self, rounds: int, connections: int, projects: int, node: str | None) -> None:
        self.about = {
            "order": "all servers run at once and are asked in turns",
            "rounds": rounds,
            "connections": connections,
            "projects": projects,
            "cpus": os.cpu_count(),
            "python": platform.python_version(),
            "node": node_programs.version(node) if node else None,
        }

    def medians(self, workload: str, server: str) -> dict[str, float]:
        rounds = self.rounds[workload][server]
        return {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}

    def ratio(self, workload: str, server: str, other: str, figure: str) -> float:
        """The median of the rounds' ratios: what drifts over a run drifts for both."""
        ours, theirs = self.rounds[workload][server], self.rounds[workload][other]
        # PostgreSQL's share of few requests may be less than the system's clock tells.
        pairs = [(one[figure], two[figure]) for one, two in zip(ours, theirs, strict=True)]
        return statistics.median(one / two if two else float("nan") for one, two in pairs)

    def as_json(self) -> dict[str, Any]:
        return {"about": self.about, "rounds": self.rounds, "memory_mb": self.memory_mb}


def print_results(results: Results, workloads: Sequence[Workload], kinds: Sequence[Kind]) -> None:
    print("; ".join(f"{name}: {value}" for name, value in results.about.items()))
    print("CPU of the server's process and of PostgreSQL's for one request; beside each figure is its ratio to ours.")
    for workload in workloads:
        print(f"\n### {workload.name}: {workload.asks}\n")
        print_table(HEADINGS, [_row(results, workload.name, kind) for kind in kinds if kind.answers(workload)])
    print("\n### Memory\n")
    print_table(["", "MB resident"], [[kind.title, f"{results.memory_mb[kind.name]:.0f}"] for kind in kinds])
    found = verdicts(Figures(results.rounds, results.ratio))
    if found:
        print("\n### Targets\n")
        print_table(["", "measured", "target", "met"], found)


def _row(results: Results, workload: str, kind: Kind) -> list[str]:
    own = results.medians(workload, kind.name)

    def times(figure: str) -> str:
        return f"{results.ratio(workload, kind.name, OURS, figure):.2f}"

    return [
        kind.title,
        f"{own['cpu_ms']:.2f}",
        times("cpu_ms"),
        f"{own['postgres_ms']:.2f}",
        times("postgres_ms"),
        f"{own['per_second']:.0f}",
        times("per_second"),
        *(f"{own[name]:.1f}" for name in ("p50_ms", "p95_ms", "p99_ms")),
        times("p99_ms"),
    ]


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table in Markdown that can be read as it is."""
    widths = [max(len(cell) for cell in column) for column in zip(headings, *rows, strict=True)]
    rules = ["-" * width if not place else "-" * (width - 1) + ":" for place, width in enumerate(widths)]
    for row in (headings, rules, *rows):
        cells = [
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        print(f"| {' | '.join(cells)} |")
