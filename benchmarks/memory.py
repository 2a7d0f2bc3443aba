"""What memory the server and PostgreSQL take as more and more projects are read, some far more often than others.

python -m benchmarks.memory --help
"""

import argparse
import random
import statistics

from benchmarks.asking import Asked, asked
from benchmarks.processes import memory_mb, own_memory_mb
from benchmarks.report import print_table
from benchmarks.servers import ENGINES
from benchmarks.targets import MEMORY_MB
from benchmarks.workloads import SMALL, body, global_id

PROJECTS, ROWS = 1000, 10
CONNECTIONS = 32
STEP = 1000
SETTLED = 10_000
"""Requests after which memory is to grow no more."""

SMALLEST = 1000
"""Bytes that every answer has, and an error has not."""


def main() -> None:
    arguments = _arguments()
    rng = random.Random(1)
    weights = [1 / rank for rank in range(1, PROJECTS + 1)]
    with asked(arguments.engine, PROJECTS, ROWS, CONNECTIONS) as asked_:
        figures = [_weighed(asked_)]
        seen: set[int] = set()
        rows = [["0", "0", *_shown(figures[0])]]
        for answered in range(STEP, arguments.requests + 1, STEP):
            chosen = rng.choices(range(PROJECTS), weights, k=STEP)
            seen.update(chosen)
            asked_.ask([_body(asked_, number) for number in chosen], SMALLEST, STEP)
            figures.append(_weighed(asked_))
            rows.append([f"{answered:,}", str(len(seen)), *_shown(figures[-1])])
    print_table(["requests", "projects", "server MB", "PostgreSQL MB"], rows)
    _judge([server for server, _ in figures])


def _body(asked_: Asked, number: int) -> str:
    project = global_id("prj", asked_.postgres.seeded.projects[number])
    return body(SMALL, {"project": project, "rows": ROWS})


def _weighed(asked_: Asked) -> tuple[float, float]:
    return memory_mb(asked_.server.pid), own_memory_mb(asked_.postgres.pid)


def _shown(figures: tuple[float, float]) -> list[str]:
    return [f"{figure:.0f}" for figure in figures]


def _judge(server: list[float]) -> None:
    settled = server[SETTLED // STEP :]
    if not settled:
        return
    print(f"\nThe server takes {settled[0]:.0f} MB after {SETTLED:,} requests; {MEMORY_MB} MB are its target.")
    if len(settled) > 2:
        slope, _ = statistics.linear_regression(range(len(settled)), settled)
        print(f"From there on it grows by {slope:.2f} MB for each {STEP:,} requests.")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="What memory is taken.", prog="make bench-memory ARGS=…")
    parser.add_argument("--engine", choices=list(ENGINES), default="breadth_first")
    parser.add_argument("--requests", type=int, default=30_000, help="how many requests there are in all (30000)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
