"""Reading the files of sql/, and comparing them with what a schema has had applied."""

import hashlib
from collections.abc import Generator
from pathlib import Path

import pytest

from gql_server.db import migrations as module
from gql_server.db.migrations import Applied, Kind, MigrationRefusedError, latest_version, migrations, pending

SQL = Path(__file__).parents[2] / "sql"
TWO_FILES = {"0001_create_things.sql": "SELECT 1;\n", "0002_index_things.sql": "SELECT 2;\n"}


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Path]:
    """Takes the place of sql/project."""
    (directory := tmp_path / "project").mkdir()
    monkeypatch.setattr(module, "_directory", tmp_path.joinpath)
    migrations.cache_clear()
    yield directory
    migrations.cache_clear()


@pytest.fixture
def applied(directory: Path) -> list[Applied]:
    """The ledger of a schema that has had both of the files applied that are in the directory."""
    write(directory, TWO_FILES)
    return [Applied(known.version, known.name, known.checksum) for known in migrations("project")]


@pytest.mark.parametrize("kind", ["public", "project"])
def test_the_files_that_come_with_this_code_are_read(kind: Kind) -> None:
    files = sorted(path.name for path in (SQL / kind).iterdir())

    assert [migration.name for migration in migrations(kind)] == files
    assert latest_version(kind) == len(files)


def test_a_file_is_its_number_its_name_its_text_and_its_checksum(directory: Path) -> None:
    write(directory, TWO_FILES)

    [_, migration] = migrations("project")

    assert (migration.version, migration.name) == (2, "0002_index_things.sql")
    assert migration.sql == "SELECT 2;\n"
    assert migration.checksum == hashlib.sha256(b"SELECT 2;\n").hexdigest()


def test_the_checksum_is_the_same_for_the_line_ends_of_windows(directory: Path) -> None:
    (directory / "0001_create_things.sql").write_bytes(b"SELECT 1;\r\n")

    assert migrations("project")[0].checksum == hashlib.sha256(b"SELECT 1;\n").hexdigest()


def test_what_is_not_sql_is_no_migration(directory: Path) -> None:
    write(directory, {**TWO_FILES, "README.md": "About these files.", "0003_later.sql.orig": ""})

    assert [migration.version for migration in migrations("project")] == [1, 2]


@pytest.mark.parametrize(
    "names",
    [
        ["0001_create_things.sql", "0003_index_things.sql"],
        ["0002_create_things.sql"],
        ["0000_create_things.sql", "0001_index_things.sql"],
        ["0001_create_things.sql", "0001_index_things.sql"],
        [],
    ],
    ids=["a gap", "no first", "a zeroth", "a number twice", "no files"],
)
def test_files_that_are_not_numbered_without_gaps_are_refused(directory: Path, names: list[str]) -> None:
    write(directory, dict.fromkeys(names, ""))

    with pytest.raises(RuntimeError) as caught:
        migrations("project")

    assert str(caught.value) == "The files in sql/project are not numbered from 0001 without gaps."


@pytest.mark.parametrize("name", ["1_create.sql", "0001-create.sql", "0001_Create.sql", "0001.sql", "create.sql"])
def test_a_file_with_another_kind_of_name_is_refused(directory: Path, name: str) -> None:
    write(directory, {name: ""})

    with pytest.raises(RuntimeError) as caught:
        migrations("project")

    assert str(caught.value) == f"sql/project/{name} is not named like 0001_create_things.sql."


@pytest.mark.parametrize("count", [0, 1, 2])
def test_pending_is_what_the_ledger_lacks(applied: list[Applied], count: int) -> None:
    assert pending("project", applied[:count]) == migrations("project")[count:]


def test_a_schema_that_is_newer_than_the_code_is_refused(applied: list[Applied]) -> None:
    newer = [*applied, Applied(3, "0003_later.sql", "0")]

    assert refusal(newer) == (
        "is at version 3, newer than this gql-server, which knows 2: "
        "use the gql-server that migrated it, or a newer one"
    )


def test_a_file_that_changed_after_it_was_applied_is_refused(applied: list[Applied]) -> None:
    changed = [applied[0]._replace(checksum="0"), applied[1]]

    assert refusal(changed) == (
        "has had 0001_create_things.sql applied, and sql/project/0001_create_things.sql is not that file any more: "
        "restore the file, and put what is new into a migration of its own"
    )


def test_a_changed_file_is_refused_while_others_are_pending(applied: list[Applied]) -> None:
    assert refusal([applied[0]._replace(checksum="0")]) == refusal([applied[0]._replace(checksum="0"), applied[1]])


def test_a_ledger_that_leaves_out_a_version_is_refused(applied: list[Applied]) -> None:
    assert refusal([applied[1]]) == (
        "has had 0002_index_things.sql applied, and sql/project/0001_create_things.sql is not that file any more: "
        "restore the file, and put what is new into a migration of its own"
    )


def write(directory: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (directory / name).write_text(text)


def refusal(applied: list[Applied]) -> str:
    with pytest.raises(MigrationRefusedError) as caught:
        pending("project", applied)
    return str(caught.value)
