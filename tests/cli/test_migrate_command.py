"""`gql-server migrate` as its user runs it: what it changes, what it says and how it ends."""

import asyncio
import os
import pty
import re
import subprocess

import asyncpg
import pytest
from catalog import read_catalog, read_ledger
from command import PROGRAM, Result, environment, run
from conftest import config_of
from migration import migrate
from patience import PATIENCE_SECONDS
from seed_document import hyphenated, make_project, make_shared_tables, underscored
from world import uuid_of

from gql_server.db.migrate import migrator
from gql_server.db.migrations import latest_version, migrations

SHARED, PROJECT = latest_version("public"), latest_version("project")
FILES = [migration.name for migration in migrations("project")]

COFFEE, TEA = uuid_of("project", "Coffee"), uuid_of("project", "Tea")
COFFEE_SCHEMA, TEA_SCHEMA = underscored(COFFEE)[1:-1], underscored(TEA)[1:-1]

COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")

BROKEN = (
    "stays at version 1, since 0002_store_times_with_zone.sql failed: cannot alter type of a column used by a view "
    f'or rule (rule _RETURN on view {TEA_SCHEMA}.recent depends on column "created_at")'
)


@pytest.fixture
def dsn(empty_dsn: str) -> str:
    return empty_dsn


@pytest.fixture
async def connection(connection: asyncpg.Connection) -> asyncpg.Connection:
    """The database was made with the document's statements, and has two projects."""
    await make_shared_tables(connection)
    await make_project(connection, COFFEE, "Coffee", hyphenated(COFFEE))
    await make_project(connection, TEA, "Tea")
    return connection


async def break_tea(connection: asyncpg.Connection) -> None:
    await connection.execute(f"CREATE VIEW {TEA_SCHEMA}.recent AS SELECT created_at FROM {TEA_SCHEMA}.vocabulary")


async def test_an_empty_database(dsn: str) -> None:
    assert await run("migrate", dsn=dsn) == Result(0, f"Shared schema: version 0 → {SHARED}.\n", "")


async def test_everything_is_migrated_once(dsn: str, connection: asyncpg.Connection) -> None:
    first = await run("migrate", "--jobs", 1, dsn=dsn)
    second = await run("migrate", dsn=dsn)

    assert (first.code, first.err) == (0, "")
    assert first.out.splitlines() == [
        f"Shared schema: version 0 → {SHARED}.",
        f"{COFFEE_SCHEMA}: version {PROJECT}.",
        f"{TEA_SCHEMA}: version {PROJECT}.",
        "Projects: 2 migrated.",
    ]
    assert second == Result(0, "Everything is up to date.\n", "")
    assert await read_ledger(connection, COFFEE_SCHEMA) == await read_ledger(connection, TEA_SCHEMA) == FILES


async def test_looking_changes_nothing(dsn: str, connection: asyncpg.Connection) -> None:
    schemas = ["public", hyphenated(COFFEE), TEA_SCHEMA]
    before = [await read_catalog(connection, schema) for schema in schemas]

    status, plan = await asyncio.gather(run("migrate", "--status", dsn=dsn), run("migrate", "--dry-run", dsn=dsn))

    assert (status.code, status.err, plan.code, plan.err) == (0, "", 0, "")
    assert rows(status.out) == [
        ["Schema", "Name", "Version", "State"],
        ["public", "shared tables", "0", f"{SHARED} to apply"],
        [COFFEE_SCHEMA, "Coffee", "0", f"{PROJECT} to apply"],
        [TEA_SCHEMA, "Tea", "0", f"{PROJECT} to apply"],
    ]
    assert plan.out.splitlines() == [
        *[f"public: {migration.name}" for migration in migrations("public")],
        f"{COFFEE_SCHEMA}: rename {hyphenated(COFFEE)[1:-1]}",
        *[f"{COFFEE_SCHEMA}: {name}" for name in FILES],
        *[f"{TEA_SCHEMA}: {name}" for name in FILES],
    ]
    assert [await read_catalog(connection, schema) for schema in schemas] == before


async def test_a_project_that_fails_is_listed_and_the_rest_is_done(dsn: str, connection: asyncpg.Connection) -> None:
    await break_tea(connection)

    result = await run("migrate", dsn=dsn)

    assert result.code == 1
    assert result.out.splitlines() == [
        f"Shared schema: version 0 → {SHARED}.",
        f"{COFFEE_SCHEMA}: version {PROJECT}.",
        "Projects: 1 migrated, 1 failed.",
    ]
    assert result.err.splitlines() == [
        f"{TEA_SCHEMA} (Tea) {BROKEN}.",
        "gql-server: 1 project could not be migrated; mend what is wrong and run it again.",
    ]
    await connection.execute(f"DROP VIEW {TEA_SCHEMA}.recent")
    again = await run("migrate", dsn=dsn)
    assert again == Result(0, f"{TEA_SCHEMA}: version {PROJECT}.\nProjects: 1 migrated, 1 up to date already.\n", "")


async def test_what_is_refused_is_told_by_status_and_plan(dsn: str, connection: asyncpg.Connection) -> None:
    await migrate(config_of(dsn))
    await connection.execute(f"INSERT INTO {COFFEE_SCHEMA}.schema_migrations VALUES ({PROJECT + 1}, 'later', '')")
    await connection.execute(f"DROP SCHEMA {TEA_SCHEMA} CASCADE")
    newer = (
        f"is at version {PROJECT + 1}, newer than this gql-server, which knows {PROJECT}: "
        "use the gql-server that migrated it, or a newer one"
    )
    missing = "has no schema: restore it, or remove the project"

    status, plan = await asyncio.gather(run("migrate", "--status", dsn=dsn), run("migrate", "--dry-run", dsn=dsn))

    assert (status.code, status.err, plan.code, plan.err) == (0, "", 0, "")
    *table, first, second = status.out.splitlines()
    assert rows("\n".join(table)) == [
        ["Schema", "Name", "Version", "State"],
        ["public", "shared tables", str(SHARED), "up to date"],
        [COFFEE_SCHEMA, "Coffee", str(PROJECT + 1), "refused"],
        [TEA_SCHEMA, "Tea", "0", "refused"],
    ]
    assert [first, second] == [f"{COFFEE_SCHEMA} {newer}.", f"{TEA_SCHEMA} {missing}."]
    assert plan.out.splitlines() == [
        f"{COFFEE_SCHEMA}: nothing, since it {newer}",
        f"{TEA_SCHEMA}: nothing, since it {missing}",
    ]


async def test_chosen_projects(dsn: str, connection: asyncpg.Connection) -> None:
    third = uuid_of("project", "Milk")
    await make_project(connection, third, "Milk")

    result = await run("migrate", "--jobs", 1, "--project", COFFEE, "--project", third, dsn=dsn)

    assert result.code == 0
    assert result.out.splitlines()[-3:] == [
        f"{COFFEE_SCHEMA}: version {PROJECT}.",
        f"{underscored(third)[1:-1]}: version {PROJECT}.",
        "Projects: 2 migrated.",
    ]
    assert await connection.fetchval("SELECT to_regclass($1)", f"{TEA_SCHEMA}.schema_migrations") is None


async def test_a_project_that_there_is_not_changes_nothing(dsn: str, connection: asyncpg.Connection) -> None:
    unknown = uuid_of("project", "Milk")

    results = await asyncio.gather(
        *[run("migrate", *look, "--project", unknown, "--project", TEA, dsn=dsn) for look in ([], ["--dry-run"])]
    )

    assert results == [Result(1, "", f"gql-server: There is no project {unknown}.\n")] * 2
    assert await connection.fetchval("SELECT to_regclass('schema_migrations')") is None


async def test_wrong_options(dsn: str) -> None:
    bad_id, no_jobs = await asyncio.gather(
        run("migrate", "--project", "tea", dsn=dsn), run("migrate", "--jobs", 0, dsn=dsn)
    )

    assert (bad_id.code, bad_id.out, no_jobs.code, no_jobs.out) == (2, "", 2, "")
    assert "Invalid value for '--project'" in bad_id.err
    assert "Invalid value for '--jobs'" in no_jobs.err


WAITING = """
SELECT count(*) FROM pg_locks
WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


async def test_a_second_run_says_that_it_waits(dsn: str, connection: asyncpg.Connection) -> None:
    async with migrator(config_of(dsn), lambda: None) as first:
        waiting = asyncio.create_task(run("migrate", dsn=dsn))
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await connection.fetchval(WAITING):
                await asyncio.sleep(0.02)
        await first.migrate_shared(await first.shared_state())
        await first.migrate_projects(await first.project_states(None), 2, lambda _: None)

    lines = ["Another migration is running; waiting for it to end.", "Everything is up to date."]
    assert await waiting == Result(0, "\n".join([*lines, ""]), "")


async def test_a_changed_file_and_a_newer_database_end_it_with_a_sentence(
    dsn: str, connection: asyncpg.Connection
) -> None:
    await migrate(config_of(dsn), project_ids=[])
    await connection.execute("UPDATE schema_migrations SET checksum = 'x' WHERE version = 1")
    changed = await run("migrate", dsn=dsn)
    await connection.execute(f"INSERT INTO schema_migrations VALUES ({SHARED + 1}, 'later', '')")
    newer = await run("migrate", dsn=dsn)

    assert changed == Result(
        1,
        "",
        "gql-server: The shared schema has had 0001_create_shared_tables.sql applied, and "
        "sql/public/0001_create_shared_tables.sql is not that file any more: "
        "restore the file, and put what is new into a migration of its own.\n",
    )
    assert newer == Result(
        1,
        "",
        f"gql-server: The shared schema is at version {SHARED + 1}, newer than this gql-server, "
        f"which knows {SHARED}: use the gql-server that migrated it, or a newer one.\n",
    )


async def test_a_terminal_gets_a_table_and_no_line_for_each_project(dsn: str, connection: asyncpg.Connection) -> None:
    await connection.execute("UPDATE projects SET name = E'[/] [red]Tea\\n\\x1b[2J :tea:' WHERE name = 'Tea'")

    status = await asyncio.to_thread(on_terminal, "--status", dsn)
    assert rows(status)[2:] == [
        [COFFEE_SCHEMA, "Coffee", "0", f"{PROJECT} to apply"],
        [TEA_SCHEMA, "[/] [red]Tea��[2J :tea:", "0", f"{PROJECT} to apply"],
    ]
    progress = await asyncio.to_thread(on_terminal, "--jobs=1", dsn)
    assert "Projects ━" in progress
    assert progress.splitlines()[-1] == "Projects: 2 migrated."
    assert f"version {PROJECT}." not in progress


def on_terminal(option: str, dsn: str) -> str:
    """What `migrate` writes to a terminal of 120 columns, without the colours."""
    screen, terminal = pty.openpty()
    settings = {**environment(dsn), "TERM": "xterm-256color", "COLUMNS": "120"}
    command = [*PROGRAM, "migrate", option]
    with subprocess.Popen(command, stdin=terminal, stdout=terminal, stderr=terminal, env=settings) as process:
        os.close(terminal)
        written = b"".join(iter(lambda: read(screen), b""))
    os.close(screen)
    assert process.returncode == 0
    return COLOURS.sub("", written.decode()).replace("\r\n", "\n")


def read(screen: int) -> bytes:
    try:
        return os.read(screen, 65536)
    except OSError:  # how Linux says that nobody writes to it any more
        return b""


def rows(table: str) -> list[list[str]]:
    return [re.split(r" {2,}", line.strip()) for line in table.splitlines()]
