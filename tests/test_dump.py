"""A database that comes out of a dump is closed until `gql-server doctor --fix` has been there."""

import re
import tempfile
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import pytest
from command import run
from conftest import client_of, config_of, execute
from doctoring import complaints, examine
from logins import ADMIN_KEY, as_login
from programs import binaries, program
from rights import read_rights
from world import World, moment

from gql_server.config import Config
from gql_server.db.database import open_database
from gql_server.db.embedded import running_postgres
from gql_server.db.logins import OWNER, make_roles
from gql_server.services.clients import create_client
from gql_server.services.writer import Writer

pytestmark = pytest.mark.timeout(120)

QUERY = {
    "query": "{ clients { nodes { name } } "
    "projects { nodes { name contents { nodes { title } } metadata { value } } } }"
}
CLOSED = (None, [("The database is not set up for this server; try again later.", "UNAVAILABLE")])
"""What is answered by a database without roles."""

Dump = Callable[[str, Path], None]
Restore = Callable[[str, Path], str]


class Source(NamedTuple):
    """A database with two clients and three projects, and what it answers to each key."""

    dsn: str
    answers: dict[str, Any]


def projects_of(answer: dict[str, Any]) -> list[str]:
    return [project["name"] for project in answer["data"]["projects"]["nodes"]]


@pytest.fixture
async def source(dsn: str, world: World) -> Source:
    acme, tea = [await create_client(Writer(world.database), name=name) for name in ("Acme", "Tea")]
    model = await world.object_model()
    for name, made in (("Coffee", acme), ("Cocoa", acme), ("Green", tea)):
        project_id = await world.project(name, made.client_id)
        await world.content(project_id, f"About {name}", model)
        await world.metadata(project_id, "tone", {"voice": name})
        await world.llm_usage(name, project_id=project_id, created_at=moment(1))
    answers = await ask(config_of(dsn), [ADMIN_KEY, acme.key.text, tea.key.text])
    assert [projects_of(answer) for answer in answers.values()] == [
        ["Cocoa", "Coffee", "Green"],
        ["Cocoa", "Coffee"],
        ["Green"],
    ]
    return Source(dsn, answers)


async def ask(config: Config, keys: list[str]) -> dict[str, Any]:
    """What a server over a database answers to each key."""
    async with open_database(config) as database, client_of(config, database) as client:
        return {
            key: (await client.post("/graphql", json=QUERY, headers={"authorization": f"Bearer {key}"})).json()
            for key in keys
        }


def outcome(answer: dict[str, Any]) -> tuple[Any, list[tuple[str, str]]]:
    return answer.get("data"), [(error["message"], error["extensions"]["code"]) for error in answer["errors"]]


async def rights_of(dsn: str) -> list[str]:
    connection = await asyncpg.connect(dsn)
    try:
        return await read_rights(connection)
    finally:
        await connection.close()


def dump_whole(dsn: str, file: Path) -> None:
    """As a superuser."""
    done = program("pg_dump", "--format=custom", f"--file={file}", dsn)
    assert (done.returncode, done.stderr) == (0, "")


def dump_as_owner(dsn: str, file: Path) -> None:
    """As the server's login, in SQL."""
    done = program("pg_dump", f"--role={OWNER}", "--enable-row-security", f"--file={file}", as_login(dsn))
    assert (done.returncode, done.stderr) == (0, "")


def restore(dsn: str, file: Path) -> str:
    return program("pg_restore", "--no-privileges", f"--dbname={dsn}", file).stderr


def restore_with_rights(dsn: str, file: Path) -> str:
    return program("pg_restore", f"--dbname={dsn}", file).stderr


def restore_as_owner(dsn: str, file: Path) -> str:
    return program("pg_restore", "--no-privileges", f"--role={OWNER}", f"--dbname={as_login(dsn)}", file).stderr


def run_script(dsn: str, file: Path) -> str:
    return program("psql", "--quiet", "--no-psqlrc", f"--dbname={dsn}", f"--file={file}").stderr


WAYS = [
    (dump_whole, restore),
    (dump_whole, restore_with_rights),
    (dump_whole, restore_as_owner),
    (dump_as_owner, run_script),
]


@asynccontextmanager
async def copy_of(cluster_dsn: str) -> AsyncGenerator[str]:
    """A database for a copy, at the address of a superuser."""
    name = f"test_{uuid4().hex}"
    await execute(f"CREATE DATABASE {name} OWNER {OWNER}", cluster_dsn)
    try:
        yield urlunsplit(urlsplit(cluster_dsn)._replace(path=f"/{name}"))
    finally:
        await execute(f"DROP DATABASE {name} WITH (FORCE)", cluster_dsn)


async def check_copy(source: Source, copy: str) -> None:
    """It is closed, is mended, and then answers as its source does, whose rights are what they were."""
    keys = list(source.answers)
    config = config_of(copy, log_level="error")
    before = await rights_of(source.dsn)
    [prefix] = {line.partition("_admin")[0] for line in before if re.match(r"gqls_\d+_admin ", line)}
    assert [outcome(answer) for answer in (await ask(config, keys)).values()] == [CLOSED] * 3

    mends, left = await complaints(config)
    assert left == []
    missing = [text.rpartition(": ")[2] for text in mends if text.endswith(" is missing") and "the role" in text]
    assert len(missing) == 3 + 2 + 3
    assert [outcome(answer) for answer in (await ask(config, keys)).values()] == [CLOSED] * 3

    assert await complaints(config, fix=True) == (mends, [])
    assert await ask(config, keys) == source.answers
    assert await examine(config) == []
    assert [line for line in await rights_of(copy) if prefix in line] == []
    assert await rights_of(source.dsn) == before
    assert await examine(config_of(source.dsn)) == []
    assert await ask(config_of(source.dsn), keys) == source.answers


@pytest.mark.parametrize(("dump", "restored"), WAYS)
async def test_beside_the_original(source: Source, tmp_path: Path, dump: Dump, restored: Restore) -> None:
    dump(source.dsn, tmp_path / "dump")

    async with copy_of(source.dsn) as copy:
        assert restored(copy, tmp_path / "dump") == ""
        await check_copy(source, copy)


async def test_in_another_cluster(source: Source, tmp_path: Path) -> None:
    ram = Path("/dev/shm")
    with (
        tempfile.TemporaryDirectory(prefix="gql-server-tests-", dir=ram if ram.is_dir() else None) as directory,
        running_postgres(Path(directory) / "postgres", settings={"fsync": "off"}, binaries=binaries()) as other,
    ):
        await make_roles(other)
        for place, (dump, restored) in enumerate(WAYS):
            file = tmp_path / str(place)
            dump(source.dsn, file)
            async with copy_of(other) as copy:
                # That the roles are not there is all that it complains of.
                errors = re.findall(r"ERROR: +(.+)", restored(copy, file))
                assert errors
                assert all(re.fullmatch(r'role "gqls_\d+_\w+" does not exist', error) for error in errors)
                await check_copy(source, copy)


async def test_the_commands(source: Source, tmp_path: Path) -> None:
    dump_whole(source.dsn, tmp_path / "dump")
    async with copy_of(source.dsn) as copy:
        restore(copy, tmp_path / "dump")

        look = await run("doctor", dsn=copy)
        mend = await run("doctor", "--fix", dsn=copy)
        again = await run("doctor", dsn=copy)

    lines = look.out.splitlines()
    count = len(lines)
    assert (look.code, look.err) == (
        1,
        f"gql-server: {count} problems; gql-server doctor --fix mends {count} of them.\n",
    )
    assert (mend.code, mend.err) == (0, "")
    assert mend.out.splitlines() == [*[f"Mended: {line}" for line in lines], f"Mended {count} problems."]
    assert (again.code, again.out, again.err) == (0, "Everything is as it should be.\n", "")


def test_the_owner_needs_row_security_for_a_dump(source: Source, tmp_path: Path) -> None:
    done = program("pg_dump", f"--role={OWNER}", f"--file={tmp_path / 'dump'}", as_login(source.dsn))

    assert done.returncode == 1
    assert 'query would be affected by row-level security policy for table "clients"' in done.stderr
