"""One server that is asked the same again and again, for the benchmarks that compare it with itself."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks import load
from benchmarks.load import Job, Outcome
from benchmarks.postgres import Postgres, seeded_postgres
from benchmarks.servers import ENGINES, Server, running


@dataclass(frozen=True)
class Asked:
    """Our server, its PostgreSQL, and who asks."""

    postgres: Postgres
    server: Server
    generator: load.Generator
    connections: int

    def ask(self, bodies: Sequence[str], smallest: int, count: int, warm_up: int = 0) -> Outcome:
        """Raises RuntimeError when an answer fails, or has fewer bytes than `smallest`."""
        job = Job(
            port=self.server.port,
            requests=[load.request_text("/graphql", self.server.headers, body) for body in bodies],
            sizes=[-smallest] * len(bodies),
            connections=self.connections,
            count=count,
            warm_up=warm_up,
            pids={"server": self.server.pid, "postgres": self.postgres.pid},
        )
        outcome = self.generator.outcome(job)
        if outcome.failures:
            raise RuntimeError(f"The server failed: {outcome.failures}")
        return outcome


@contextmanager
def asked(engine: str, projects: int, rows: int, connections: int) -> Generator[Asked]:
    """Starts all that with a database of `projects` projects, each with `rows` rows of each kind."""
    with (
        seeded_postgres(projects, rows) as postgres,
        running(ENGINES[engine], postgres, None) as server,
        load.generator() as generator,
    ):
        yield Asked(postgres, server, generator, connections)
