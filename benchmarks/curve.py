"""How the cost of a request grows with projects and with rows, as a table and a plot.

    python -m benchmarks.curve --help

Only ours is measured, at sizes in turns; the plot needs matplotlib, of the dependency group `bench`.
"""

import argparse
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.asking import Asked, asked
from benchmarks.plotting import Line, Panel, draw
from benchmarks.report import print_table
from benchmarks.servers import ENGINES
from benchmarks.workloads import LARGE, body

PROJECTS = (1, 2, 5, 10, 20, 50, 100, 150, 200)
ROWS = (1, 2, 5, 10, 20, 40, 60, 80, 100)
ROWS_FIXED, PROJECTS_FIXED = 20, 10
CONNECTIONS = 4
SMALLEST = 200
"""Bytes that every answer has, and an error has not."""

LEAST, MOST = 8, 2000
PLOT = Path(__file__).parent.parent / "docs" / "performance-curve.svg"


class Size(NamedTuple):
    """How many projects are asked for, with how many rows of each kind."""

    projects: int
    rows: int


class Cost(NamedTuple):
    """Milliseconds of CPU for one request."""

    server: float
    postgres: float


def measure(asked_: Asked, sizes: Sequence[Size], rounds: int, seconds: float) -> dict[Size, Cost]:
    """The medians of the rounds, in each of which every size is asked for in turn."""
    found: dict[Size, list[Cost]] = {size: [] for size in sizes}
    counts: dict[Size, int] = {}
    for number in range(rounds + 1):
        for size in sizes:
            bodies = [body(LARGE, {"projects": size.projects, "rows": size.rows})]
            outcome = asked_.ask(bodies, SMALLEST, counts.get(size, LEAST), warm_up=CONNECTIONS)
            answered = len(outcome.milliseconds)
            if number == 0:
                counts[size] = max(LEAST, min(MOST, int(seconds * answered / outcome.seconds)))
            else:
                cpu = outcome.cpu
                found[size].append(Cost(cpu["server"] * 1000 / answered, cpu["postgres"] * 1000 / answered))
    return {size: Cost(*map(statistics.median, zip(*costs, strict=True))) for size, costs in found.items()}


def main() -> None:
    arguments = _arguments()
    by_projects = [Size(projects, ROWS_FIXED) for projects in PROJECTS]
    by_rows = [Size(PROJECTS_FIXED, rows) for rows in ROWS]
    sizes = list(dict.fromkeys([*by_projects, *by_rows]))
    with asked(arguments.engine, max(PROJECTS), max(ROWS), CONNECTIONS) as asked_:
        costs = measure(asked_, sizes, arguments.rounds, arguments.seconds)
    panels = [
        _panel(f"projects, {ROWS_FIXED} rows of each kind", PROJECTS, [costs[size] for size in by_projects]),
        _panel(f"rows of each kind, {PROJECTS_FIXED} projects", ROWS, [costs[size] for size in by_rows]),
    ]
    for panel in panels:
        _print(panel)
    if not arguments.no_plot:
        draw(panels, arguments.plot)
        print(f"\nThe plot is in {arguments.plot}.")


def _panel(label: str, places: Sequence[int], costs: Sequence[Cost]) -> Panel:
    lines = [Line("gql_server", [cost.server for cost in costs]), Line("PostgreSQL", [cost.postgres for cost in costs])]
    return Panel(label, list(places), lines)


def _print(panel: Panel) -> None:
    print(f"\nMilliseconds of CPU for one request, by {panel.label}:\n")
    headings = [panel.label.partition(",")[0]]
    for line in panel.lines:
        headings += [line.label, "straight line"]
    rows = [
        [
            str(place),
            *(f"{value:.2f}" for line in panel.lines for value in (line.values[number], line.fit(panel)(place))),
        ]
        for number, place in enumerate(panel.places)
    ]
    print_table(headings, rows)
    for line in panel.lines:
        fit = line.fit(panel)
        print(
            f"{line.label}: {fit.start:.2f} ms and {fit.slope:.3f} ms for each more, R² {line.determination(panel):.4f}"
        )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="How the cost of a request grows.", prog="make bench-curve ARGS=…")
    parser.add_argument("--engine", choices=list(ENGINES), default="breadth_first")
    parser.add_argument("--rounds", type=int, default=3, help="how often each size is asked for (3)")
    parser.add_argument("--seconds", type=float, default=1.5, help="about how long a round of one size takes (1.5)")
    parser.add_argument("--plot", type=Path, default=PLOT, help="where the plot is written")
    parser.add_argument("--no-plot", action="store_true", help="print the tables alone")
    return parser.parse_args()


if __name__ == "__main__":
    main()
