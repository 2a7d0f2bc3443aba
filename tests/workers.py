"""Runs `gql-server worker` in processes of their own: started, told to stop, paused and killed as machines do it."""

import signal
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from command import PROGRAM, environment
from fake_provider import Call, FakeProvider

PATIENCE_SECONDS = 40
"""For what takes a second where nothing else runs."""

READY = "The worker is ready."
HEARTBEAT_SECONDS = 1

MODELS = {
    "fake": "",
    "hasty": "timeout_seconds = 1",
    "narrow": "concurrency = 3",
    # A call costs 100 in and 20 out: 2 dollars.
    "priced": "price_in = 10000\nprice_out = 50000",
    "alone": "price_in = 10000\nprice_out = 50000\nconcurrency = 1",
}
"""What the models file has of each, beside where it is served."""


@dataclass(frozen=True)
class Worker:
    """A process; its calls come to a path of its own, so that it is known which are its."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def is_running(self) -> bool:
        return self.process.poll() is None

    def has_made(self, call: Call) -> bool:
        return call.path.startswith(f"/{self.name}/")

    @property
    def is_ready(self) -> bool:
        return READY in self.log.read_text()

    def wait_until_ready(self) -> None:
        until = time.monotonic() + PATIENCE_SECONDS
        while not self.is_ready:
            assert self.is_running, self.log.read_text()
            assert time.monotonic() < until, self.log.read_text()
            time.sleep(0.02)

    def kill(self) -> None:
        """As when its machine is switched off, but for its connections: those are closed."""
        self.process.kill()
        self.process.wait()

    def pause(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def tell_to_stop(self) -> None:
        self.process.terminate()

    def wait(self) -> int:
        """Until it has ended by itself; its exit code."""
        return self.process.wait(PATIENCE_SECONDS)


@dataclass
class Workers:
    """The workers of one database, over the models of one fake provider."""

    dsn: str
    provider: FakeProvider
    directory: Path
    settings: dict[str, object] = field(default_factory=dict[str, object])
    started: list[Worker] = field(default_factory=list[Worker])

    @property
    def running(self) -> list[Worker]:
        return [worker for worker in self.started if worker.is_running]

    def start(self, models: list[str] | None = None, **settings: object) -> Worker:
        """A worker that claims generations of these models, by default of all."""
        worker = self.begin(models, **settings)
        worker.wait_until_ready()
        return worker

    def begin(self, models: list[str] | None = None, **settings: object) -> Worker:
        """Starts a worker without waiting for it."""
        name = f"worker-{len(self.started)}"
        base_url = f"{self.provider.origin}/{name}/v1"
        tables = [
            f'[{model}]\nmodel = "openai-chat:{model}"\nbase_url = "{base_url}"\n{MODELS[model]}\n'
            for model in models or MODELS
        ]
        models_file = self.directory / f"{name}.toml"
        models_file.write_text("\n".join(tables))
        own = {
            "models_file": models_file,
            "log_level": "warning",
            "pool_size": 6,
            "worker_heartbeat_seconds": HEARTBEAT_SECONDS,
            "provider_backoff_seconds": 0.05,
            "provider_retries": 2,
        }
        log = self.directory / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [*PROGRAM, "worker"],
                env=environment(self.dsn, **{**own, **self.settings, **settings}),
                stdout=output,
                stderr=output,
                stdin=subprocess.DEVNULL,
            )
        worker = Worker(name, process, log)
        self.started.append(worker)
        return worker

    def awake(self, count: int) -> list[Worker]:
        """So many that run; all others are paused. It takes longer to start one anew."""
        begun = [self.begin() for _ in range(count - len(self.running))]
        for worker in begun:
            worker.wait_until_ready()
        chosen = self.running[:count]
        self.only(*chosen)
        return chosen

    def only(self, *chosen: Worker) -> None:
        """Wakes these, and pauses all others."""
        for worker in self.running:
            if worker in chosen:
                worker.resume()
            else:
                worker.pause()

    def maker_of(self, call: Call) -> Worker:
        [worker] = [worker for worker in self.started if worker.has_made(call)]
        return worker

    def stop(self) -> None:
        """Leaves none; what they have under way is lost."""
        for worker in self.running:
            worker.kill()


@contextmanager
def workers_of(dsn: str, provider: FakeProvider, directory: Path, **settings: object) -> Generator[Workers]:
    workers = Workers(dsn, provider, directory, settings)
    try:
        yield workers
    finally:
        workers.stop()
