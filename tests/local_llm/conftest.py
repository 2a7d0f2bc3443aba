"""The small model, served for as long as the tests run."""

import re
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from gql_server.llm.catalogue import NamedModel


@pytest.fixture(scope="session")
def small_model() -> Generator[NamedModel]:
    program = [sys.executable, str(Path(__file__).parent / "small_model.py")]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        found = next(filter(None, (re.match(r"Serving at (\S+)", line) for line in server.stdout)))
        yield NamedModel("small", "openai-chat:smollm2", f"{found[1]}/v1", timeout_seconds=150, max_tokens=120)
        server.stdin.close()
        server.wait(30)
