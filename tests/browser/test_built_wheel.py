"""The wheel with GraphiQL in it: complete, the same each time, and served where there is no Node.js."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path
from venv import EnvBuilder

import pytest
from developing import dev, keys_in, wait_until_ready
from playwright.sync_api import Page, expect
from served import free_port
from visiting import answer, open_page, run

REPOSITORY = Path(__file__).parents[2]
SOURCES = [
    "pyproject.toml", "hatch_build.py", "README.md", "LICENSE", "schema.graphql", "sql", "explorer", "gql_server",
]  # fmt: skip
BUILT = "gql_server/static/built/"

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built elsewhere and from nothing."""
    copy = tmp_path_factory.mktemp("sources")
    for name in SOURCES:
        source = REPOSITORY / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("node_modules", "built", "__pycache__"))
        else:
            shutil.copy(source, copy)
    return build(copy, tmp_path_factory.mktemp("dist"))


def build(sources: Path, directory: Path) -> Path:
    isolation = ["--no-isolation"] if importlib.util.find_spec("hatchling") else []
    call([sys.executable, "-m", "build", "--wheel", *isolation, "--outdir", str(directory), str(sources)])
    [wheel] = directory.glob("*.whl")
    return wheel


def call(command: list[str]) -> None:
    environment = os.environ | {"GQL_SERVER_UI": "require"}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_it_has_graphiql_and_everyone_s_licenses(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        files = [name.removeprefix(BUILT) for name in archive.namelist() if name.startswith(BUILT)]
        licenses = archive.read(f"{BUILT}THIRD_PARTY_LICENSES").decode()

    assets = [name.removeprefix("assets/") for name in files if name.startswith("assets/")]
    pages = {"graphiql.html", "usage.html"}
    assert set(files) - {f"assets/{name}" for name in assets} == {*pages, "THIRD_PARTY_LICENSES", ".inputs"}
    assert [name for name in assets if not re.fullmatch(r".+-[\w-]{8}\.(js|css|ttf)\.(br|gz)", name)] == []
    packages = re.findall(r"^=+\n(\S+) \S+ \((.+)\)\n=+$", licenses, re.MULTILINE)
    assert {"graphiql", "@graphiql/plugin-explorer", "monaco-editor", "react", "graphql", "@observablehq/plot"} <= {
        name for name, _ in packages
    }
    assert [package for package in packages if package[1] == "undefined"] == []
    assert wheel.stat().st_size < 6_000_000


def test_two_builds_have_the_same_bytes(wheel: Path, tmp_path: Path) -> None:
    # What lies in the checkout is of the build that installed it, in another place and at another time.
    again = build(REPOSITORY, tmp_path)

    assert again.read_bytes() == wheel.read_bytes()


def test_installed_where_there_is_no_node_it_serves_graphiql(wheel: Path, tmp_path: Path, page: Page) -> None:
    environment = tmp_path / "environment"
    EnvBuilder(symlinks=True).create(environment)
    [packages] = environment.glob("lib/python3.*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    python = str(environment / "bin/python")
    call([sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index", str(wheel)])
    port = free_port()
    programs = tmp_path / "programs"
    programs.mkdir()
    if setpriv := shutil.which("setpriv"):
        # PostgreSQL takes it when it is started by root.
        (programs / "setpriv").symlink_to(setpriv)
    path = f"PATH={programs}"
    command = ("env", "-C", str(tmp_path), "-u", "PYTHONPATH", path, str(environment / "bin/gql-server"))
    with dev(tmp_path / "data", port, "--projects", "1", program=command) as (process, output):
        wait_until_ready(port, process, output)
        open_page(page, f"http://127.0.0.1:{port}/graphql#key={keys_in(output)[0]}")
        run(page)

        expect(answer(page)).to_contain_text("Botanical Garden")
        process.terminate()
