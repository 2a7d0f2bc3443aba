"""Measures gql_server beside servers that do the same work over the same tables.

    python -m benchmarks.compare --help

All servers run at once, on one machine and one PostgreSQL, and are asked in turns: an idle one costs nothing.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from benchmarks import node as node_programs
from benchmarks.answers import checked_sizes, requests_for
from benchmarks.load import Generator, Job, Outcome, generator, request_text
from benchmarks.postgres import Postgres, seeded_postgres
from benchmarks.processes import memory_mb
from benchmarks.report import Results, print_results
from benchmarks.servers import KINDS, OURS, Kind, Server, running
from benchmarks.workloads import WORKLOADS, Workload

NamedT = TypeVar("NamedT", Workload, Kind)

PROJECTS, ROWS = 200, 60
TRIAL = 4
"""Requests that tell how long the next ones will take."""


@dataclass(frozen=True)
class Options:
    """What the command line asks for; `warm_up` is how many requests each server has before the rounds at least."""

    rounds: int
    seconds: float
    warm_up: int
    requests: int | None
    connections: int
    workloads: list[Workload]
    kinds: list[Kind]


class Bench:
    """Asks servers in turns, and keeps what comes of it."""

    def __init__(self, options: Options, postgres: Postgres, servers: Sequence[Server], load: Generator) -> None:
        self._options = options
        self._postgres = postgres
        self._servers = servers
        self._generator = load
        self._sizes: dict[str, dict[str, list[int]]] = {}
        self._counts: dict[tuple[str, str], int] = {}
        self.results = Results()

    def check(self) -> None:
        # The last comes first: what it changes is to be changed when others are looked at.
        for workload in reversed(self._options.workloads):
            self._sizes[workload.name] = checked_sizes(workload, self._of(workload), self._postgres.seeded)
            say(f"{workload.name}: {len(self._sizes[workload.name])} servers answer alike")

    def warm_up(self) -> None:
        """Has compilers and caches see all that comes, and finds out how many requests a round has time for."""
        for workload in self._options.workloads:
            for server in self._of(workload):
                outcome, fast = self._run(workload, server, TRIAL, 0), self._options.seconds / 2
                # A server that is slow at first may be fast when it is warm.
                for _ in range(2):
                    if outcome.seconds < fast or len(outcome.milliseconds) == TRIAL:
                        count = self._fitting(workload, outcome, fast, self._options.warm_up)
                        outcome = self._run(workload, server, count, 0)
                count = self._fitting(workload, outcome, self._options.seconds, self._options.connections)
                self._counts[workload.name, server.kind.name] = self._options.requests or count

    def _fitting(self, workload: Workload, outcome: Outcome, seconds: float, least: int) -> int:
        """How many requests would fit into that time if they took as long as these did."""
        fitting = int(seconds * len(outcome.milliseconds) / outcome.seconds)
        return max(least, min(workload.requests, fitting))

    def round(self, number: int) -> None:
        for workload in self._options.workloads:
            servers = self._of(workload)
            for server in servers if number % 2 == 0 else servers[::-1]:
                count = self._counts[workload.name, server.kind.name]
                outcome = self._run(workload, server, count, min(count // 4, self._options.connections))
                self.results.add(workload.name, server.kind.name, count, outcome)

    def weigh(self) -> None:
        for server in self._servers:
            self.results.memory_mb[server.kind.name] = memory_mb(server.pid)

    def _of(self, workload: Workload) -> list[Server]:
        return [server for server in self._servers if server.kind.answers(workload)]

    def _run(self, workload: Workload, server: Server, count: int, warm_up: int) -> Outcome:
        bodies = requests_for(server, workload, self._postgres.seeded)
        job = Job(
            port=server.port,
            requests=[request_text(server.path(workload), server.headers, body) for body in bodies],
            sizes=self._sizes[workload.name][server.kind.name],
            connections=self._options.connections,
            count=count,
            warm_up=warm_up,
            pids={"server": server.pid, "postgres": self._postgres.pid},
        )
        outcome = self._generator.outcome(job)
        if outcome.failures:
            raise RuntimeError(f"{server.kind.title} failed with {workload.name}: {outcome.failures}")
        return outcome


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> None:
    arguments = _arguments()
    begun = time.perf_counter()
    options, node = _options(arguments)
    with ExitStack() as stack:
        say(f"Seeding {arguments.projects} projects with {ROWS} rows of each kind …")
        postgres = stack.enter_context(seeded_postgres(arguments.projects, ROWS))
        servers = [stack.enter_context(running(kind, postgres, node)) for kind in options.kinds]
        bench = Bench(options, postgres, servers, stack.enter_context(generator()))
        bench.check()
        bench.warm_up()
        for number in range(options.rounds):
            say(f"round {number + 1} of {options.rounds}, {time.perf_counter() - begun:.0f} s")
            bench.round(number)
        bench.weigh()
    bench.results.describe(options.rounds, options.connections, arguments.projects, node)
    print_results(bench.results, options.workloads, options.kinds)
    if arguments.json:
        arguments.json.write_text(json.dumps(bench.results.as_json(), indent=2) + "\n")
    say(f"{time.perf_counter() - begun:.0f} s")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measures gql_server beside others.", prog="make bench ARGS=…")
    names, kinds = [workload.name for workload in WORKLOADS], [kind.name for kind in KINDS]
    parser.add_argument("--quick", action="store_true", help="one short round, for a first look")
    parser.add_argument("--workloads", help=f"some of {','.join(names)}")
    parser.add_argument("--servers", help=f"some of {','.join(kinds)}; ours is always there")
    parser.add_argument("--rounds", type=int, help="how often each server is asked (4)")
    parser.add_argument("--requests", type=int, help="requests of a round, whatever time they take")
    parser.add_argument("--seconds", type=float, help="about how long a round of one server and workload may take (2)")
    parser.add_argument("--connections", type=int, default=32, help="connections, each with one request at a time (32)")
    parser.add_argument("--projects", type=int, default=PROJECTS, help=f"projects that are seeded ({PROJECTS})")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures into a file")
    return parser.parse_args()


def _options(arguments: argparse.Namespace) -> tuple[Options, str | None]:
    workloads = _chosen(WORKLOADS, arguments.workloads)
    kinds = _chosen(KINDS, arguments.servers and f"{OURS},{arguments.servers}")
    node = node_programs.find_node()
    if any(kind.script for kind in kinds):
        hindrance = node_programs.install() if node else f"Node {node_programs.OLDEST} or newer is missing"
        if hindrance:
            say(f"{hindrance}: only the servers in Python are measured.")
            kinds = [kind for kind in kinds if kind.script is None]
    rounds = arguments.rounds or (1 if arguments.quick else 4)
    seconds = arguments.seconds or (1.0 if arguments.quick else 2.0)
    warm_up = 2 * TRIAL if arguments.quick else arguments.connections
    return Options(rounds, seconds, warm_up, arguments.requests, arguments.connections, workloads, kinds), node


def _chosen(all_: list[NamedT], names: str | None) -> list[NamedT]:
    wanted = None if names is None else {name.strip() for name in names.split(",")}
    if wanted and (unknown := wanted - {one.name for one in all_}):
        raise SystemExit(f"There is no {', '.join(sorted(unknown))}; there are {', '.join(one.name for one in all_)}.")
    return [one for one in all_ if wanted is None or one.name in wanted]


if __name__ == "__main__":
    main()
