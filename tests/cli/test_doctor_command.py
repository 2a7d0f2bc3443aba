"""`gql-server doctor` as an operator runs it: what it says, and how it ends."""

import asyncio
import os
import pty
import re
import subprocess
import tempfile
from pathlib import Path

import asyncpg
import pytest
from command import PROGRAM, Result, environment, run
from conftest import config_of
from migration import migrate
from patience import PATIENCE_SECONDS
from programs import binaries
from rights import read_rights
from world import World

from gql_server.db.embedded import running_postgres
from gql_server.db.logins import LOGIN, make_database, make_roles
from gql_server.db.migrate import migrator
from gql_server.db.migrations import latest_version

WELL = Result(0, "Everything is as it should be.\n", "")
SHARED = latest_version("public")
COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


async def test_a_database_that_is_well(dsn: str, world: World) -> None:
    await world.full_projects(2)

    assert await asyncio.gather(run("doctor", dsn=dsn), run("doctor", "--fix", dsn=dsn)) == [WELL, WELL]


async def test_problems_are_named_and_then_mended(dsn: str, world: World, connection: asyncpg.Connection) -> None:
    client_id = await world.client("[red]\x1b[2J")
    role = await connection.fetchval("SELECT public.role_name('client', $1)", client_id)
    await connection.execute(f"DROP ROLE {role}; DROP POLICY own ON projects")
    before = await read_rights(connection)
    [clients, server] = [
        await connection.fetchval("SELECT public.role_name($1)", kind) for kind in ("clients", "server")
    ]
    lines = [
        "Shared: the policy own of public.projects is missing.",
        f"Client [red]�[2J ({client_id}): the role {role} is missing.",
        f"Client [red]�[2J ({client_id}): {role} is no member of {clients}.",
        f"Client [red]�[2J ({client_id}): {server} is no member of {role}.",
    ]

    found = await run("doctor", dsn=dsn)
    assert found.out.splitlines() == lines
    assert (found.code, found.err) == (1, "gql-server: 4 problems; gql-server doctor --fix mends 4 of them.\n")
    assert await read_rights(connection) == before

    mended = await run("doctor", "--fix", dsn=dsn)
    assert mended.out.splitlines() == [*[f"Mended: {line}" for line in lines], "Mended 4 problems."]
    assert (mended.code, mended.err) == (0, "")
    assert await run("doctor", dsn=dsn) == WELL


async def test_what_is_left_is_a_failure(dsn: str, world: World, connection: asyncpg.Connection) -> None:
    await world.client("Acme")
    await connection.execute(f"DELETE FROM schema_migrations WHERE version = {SHARED}")
    sentence = f"The shared schema is at version {SHARED - 1}, and should be at {SHARED}: run gql-server migrate.\n"

    found, mended = [await run("doctor", *options, dsn=dsn) for options in ([], ["--fix"])]

    assert found == Result(1, sentence, "gql-server: 1 problem; gql-server doctor --fix mends 0 of them.\n")
    assert mended == Result(1, sentence, "gql-server: 1 problem left.\n")


async def test_it_waits_for_a_migration(dsn: str, connection: asyncpg.Connection) -> None:
    waiting = (
        "SELECT count(*) FROM pg_locks WHERE NOT granted "
        "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    async with migrator(config_of(dsn), lambda: None):
        run_ = asyncio.create_task(run("doctor", "--fix", dsn=dsn))
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await connection.fetchval(waiting):
                await asyncio.sleep(0.02)

    sentence = "A migration or another doctor is running; waiting for it to end.\n"
    assert await run_ == Result(0, sentence + WELL.out, "")


@pytest.mark.timeout(120)
async def test_room_for_locks_is_advice() -> None:
    with (
        tempfile.TemporaryDirectory(prefix="gql-server-tests-") as directory,
        running_postgres(Path(directory) / "postgres", settings={"fsync": "off"}, binaries=binaries()) as superuser,
    ):
        await make_roles(superuser)
        dsn = await make_database(superuser)
        await migrate(config_of(dsn))
        result = await run("doctor", dsn=dsn)

    advice = "Advice: max_locks_per_transaction is 64, which operations over many projects use up; set it to 512.\n"
    assert result == Result(0, advice + WELL.out, "")


async def test_settings_that_are_wrong(dsn: str) -> None:
    results = await asyncio.gather(
        run("doctor", dsn=dsn.replace("/test_", "/no_test_"), database_wait_seconds=0),
        run("doctor", dsn=dsn, owner_role="nobody"),
        run("doctor", dsn=dsn, owner_role="postgres"),
    )

    assert [result.code for result in results] == [1, 2, 2]
    assert results[0].err.startswith("gql-server: The database cannot be reached: ")
    assert results[1].err == 'gql-server: GQL_SERVER_OWNER_ROLE is wrong: role "nobody" does not exist.\n'
    assert results[2].err == (
        f"gql-server: GQL_SERVER_OWNER_ROLE is wrong, or the login {LOGIN} is no member of it: "
        f"GRANT postgres TO {LOGIN}.\n"
    )


async def test_a_terminal_gets_the_lines_whole(dsn: str, world: World, connection: asyncpg.Connection) -> None:
    await world.full_projects(3)
    await connection.execute("GRANT SELECT ON projects, clients TO PUBLIC")

    written = await asyncio.to_thread(on_terminal, dsn)

    assert [line for line in written.splitlines() if line.startswith(("Shared", "gql-server"))] == [
        "Shared: public may, and should not, SELECT on public.clients.",
        "Shared: public may, and should not, SELECT on public.projects.",
        "gql-server: 2 problems; gql-server doctor --fix mends 2 of them.",
    ]
    assert "Checks ━" in written


def on_terminal(dsn: str) -> str:
    """What `doctor` writes to a terminal of 60 columns, without the colours."""
    screen, terminal = pty.openpty()
    settings = {**environment(dsn), "TERM": "xterm-256color", "COLUMNS": "60"}
    with subprocess.Popen(
        [*PROGRAM, "doctor"], stdin=terminal, stdout=terminal, stderr=terminal, env=settings
    ) as process:
        os.close(terminal)
        written = b"".join(iter(lambda: read(screen), b""))
    os.close(screen)
    assert process.returncode == 1
    return COLOURS.sub("", written.decode()).replace("\r\n", "\n").replace("\r", "\n")


def read(screen: int) -> bytes:
    try:
        return os.read(screen, 65536)
    except OSError:  # how Linux says that nobody writes to it any more
        return b""
