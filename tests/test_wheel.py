"""The wheel holds everything that the commands need where there is no checkout."""

import importlib.util
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Sequence
from pathlib import Path
from venv import EnvBuilder

import asyncpg
import pytest
from catalog import read_ledger
from command import environment

from gql_server.db.migrations import latest_version, migrations

REPOSITORY = Path(__file__).parents[1]
DATA = {".sql", ".toml", ".json", ".graphql"}

PAGE = """
from starlette.testclient import TestClient
from gql_server.app import create_app
from gql_server.config import read_config

app = create_app(read_config(database_url="postgresql://localhost/x", graphiql="on"))
page = TestClient(app).get("/graphql", headers={"accept": "text/html"})
print(page.status_code, page.headers["content-security-policy"], page.text)
"""

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("dist")
    # The backend comes from pip's index unless it is installed here.
    isolation = ["--no-isolation"] if importlib.util.find_spec("hatchling") else []
    # What it looks like with GraphiQL, which may take Node.js and a registry, is for tests/browser.
    run([sys.executable, "-m", "build", "--wheel", *isolation, "--outdir", directory, REPOSITORY], ui="skip")
    [wheel] = directory.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment that has the wheel, and this environment's other packages."""
    directory = tmp_path_factory.mktemp("installed")
    EnvBuilder(symlinks=True).create(directory)
    programs = directory / "bin"
    [packages] = directory.glob("lib/python3.*/site-packages")
    # The .pth files of a place that is added so, such as an editable install's, are not read.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    run(
        [
            sys.executable,
            "-m",
            "pip",
            "--python",
            programs / "python",
            "install",
            "--quiet",
            "--no-deps",
            "--no-index",
            wheel,
        ]
    )
    return programs


def test_the_wheel_holds_the_packages_data_and_what_lies_beside_it(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        files = {name: archive.read(name) for name in archive.namelist() if Path(name).suffix in DATA}

    in_package = {path for path in (REPOSITORY / "gql_server").rglob("*") if path.suffix in DATA}
    beside = {*(REPOSITORY / "sql").rglob("*.sql"), REPOSITORY / "schema.graphql"}
    expected = {path.relative_to(REPOSITORY).as_posix(): path.read_bytes() for path in in_package}
    expected |= {f"gql_server/{path.relative_to(REPOSITORY).as_posix()}": path.read_bytes() for path in beside}
    assert files == expected
    assert [name for name in files if name.startswith("gql_server/demo/subjects/")]


def test_without_graphiql_it_has_the_plain_page(wheel: Path, installed: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        static = {name for name in archive.namelist() if name.startswith("gql_server/static/")}
    page = run([installed / "python", "-c", PAGE], cwd=tmp_path)

    plain = REPOSITORY / "gql_server/static/plain"
    assert static == {path.relative_to(REPOSITORY).as_posix() for path in plain.iterdir()}
    assert page.startswith("200 default-src 'none'; script-src 'self'; style-src 'self'; ")
    assert '<script type="module" src="./assets/plain.js"></script>' in page


async def test_an_installed_wheel_migrates_and_prints_its_schema(
    installed: Path, tmp_path: Path, empty_dsn: str
) -> None:
    module = run([installed / "python", "-c", "import gql_server; print(gql_server.__file__)"], cwd=tmp_path)
    migrated = run([installed / "gql-server", "migrate"], cwd=tmp_path, dsn=empty_dsn)
    printed = run([installed / "gql-server", "schema", "print"], cwd=tmp_path)

    assert Path(module).is_relative_to(installed.parent)
    assert migrated == f"Shared schema: version 0 → {latest_version('public')}.\n"
    assert printed == (REPOSITORY / "schema.graphql").read_text()
    assert list(tmp_path.iterdir()) == []
    connection = await asyncpg.connect(empty_dsn)
    assert await read_ledger(connection, "public") == [migration.name for migration in migrations("public")]
    await connection.close()


def run(command: Sequence[str | Path], *, cwd: Path = REPOSITORY, dsn: str | None = None, **settings: object) -> str:
    """What a command writes; its errors are the test's."""
    ended = subprocess.run(
        command, cwd=cwd, env=environment(dsn, **settings), capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout
