"""`gql-server client` as an operator runs it: keys shown once, and what is kept of them."""

import asyncio
import re
from typing import Any

import asyncpg
import pytest
from command import Result, run
from conftest import config_of
from doctoring import examine
from world import uuid_of

from gql_server.db.database import open_database
from gql_server.db.migrations import latest_version
from gql_server.services.authentication import Authenticator, Viewer
from gql_server.services.keys import digest

SHARED = latest_version("public")
HEADINGS = ["Id", "Name", "Key", "Last used", "Old key until", "Old key used"]
KEY = r"gqls_[0-9a-f]{8}_[0-9a-f]{64}"
SHOWN = rf"Its key, which is shown this once: ({KEY})\n"
CREATED = re.compile(rf"Client (.+) has the id ([0-9a-f-]{{36}})\.\n{SHOWN}")
TIME = re.compile(r"20\d\d-\d\d-\d\d \d\d:\d\d UTC")
NOBODY = uuid_of("client", "nobody")


async def create(dsn: str, name: str = "Acme", *options: str) -> tuple[str, str]:
    """A client's id and its key."""
    result = await run("client", "create", name, *options, dsn=dsn)
    assert (result.code, result.err) == (0, "")
    match = CREATED.fullmatch(result.out)
    assert match is not None, result.out
    assert match[1] == name.strip()
    return match[2], match[3]


def cells(table: str) -> list[list[str]]:
    """The cells of each line, by where the headings begin."""
    lines = table.splitlines()
    starts = [lines[0].index(heading) for heading in HEADINGS]
    ends = [*starts[1:], None]
    return [[line[start:end].strip() for start, end in zip(starts, ends, strict=True)] for line in lines]


async def viewers(dsn: str, *keys: str) -> list[str | None]:
    """The clients that keys belong to."""
    config = config_of(dsn)
    async with open_database(config) as database:
        found = [await Authenticator(config, database).viewer(key) for key in keys]
    return [str(viewer.client_id) if isinstance(viewer, Viewer) else None for viewer in found]


async def test_a_client_is_made_and_its_key_is_shown_once(dsn: str, connection: asyncpg.Connection) -> None:
    id_, key = await create(dsn, "Acme & Söhne", "--email", "it@acme.example")

    row: Any = await connection.fetchrow("SELECT id, name, contact_email, api_key, api_key_prefix FROM clients")
    assert [str(row[0]), *row[1:]] == [id_, "Acme & Söhne", "it@acme.example", digest(key), key[:13]]
    listed = await run("client", "list", dsn=dsn)
    assert key not in listed.out
    assert await viewers(dsn, key) == [id_]
    assert await examine(config_of(dsn)) == []


async def test_a_key_is_replaced_and_revoked(dsn: str) -> None:
    id_, first = await create(dsn)

    replaced = await run("client", "rotate-key", id_, dsn=dsn)
    match = re.fullmatch(SHOWN + r"The key before it stays good for 24 hours\.\n", replaced.out)
    assert match is not None, replaced
    second = match[1]
    assert await viewers(dsn, first, second) == [id_, id_]

    soon = await run("client", "rotate-key", id_, "--grace-hours", 0.5, dsn=dsn)
    match = re.fullmatch(SHOWN + r"The key before it stays good for 0\.5 hours\.\n", soon.out)
    assert match is not None, soon
    third = match[1]
    assert await viewers(dsn, first, second, third) == [None, id_, id_]

    at_once = await run("client", "rotate-key", id_, "--grace-hours", 0, dsn=dsn)
    match = re.fullmatch(SHOWN + r"The key before it is void\.\n", at_once.out)
    assert match is not None, at_once
    fourth = match[1]
    assert await viewers(dsn, second, third, fourth) == [None, None, id_]

    revoked = await run("client", "revoke-key", id_, dsn=dsn)
    assert revoked == Result(0, "Its keys are void; `client rotate-key` gives it another.\n", "")
    assert await viewers(dsn, fourth) == [None]


async def test_the_list(dsn: str, connection: asyncpg.Connection) -> None:
    assert cells((await run("client", "list", dsn=dsn)).out) == [HEADINGS]
    made = {name: await create(dsn, name) for name in ("Used", "Replaced", "Void", "Adopted")}
    await viewers(dsn, made["Used"][1], made["Replaced"][1])
    [replaced, _] = await asyncio.gather(
        run("client", "rotate-key", made["Replaced"][0], dsn=dsn), run("client", "revoke-key", made["Void"][0], dsn=dsn)
    )
    await connection.execute(
        "UPDATE clients SET api_key_prefix = NULL, name = E'A [red]\\x1b[2J\\nb' WHERE name = 'Adopted'"
    )

    result = await run("client", "list", dsn=dsn)

    assert (result.code, result.err) == (0, "")
    new = re.findall(r"gqls_[0-9a-f]{8}", replaced.out)[0]
    assert [[TIME.sub("TIME", cell) for cell in line] for line in cells(result.out)] == [
        HEADINGS,
        [made["Adopted"][0], "A [red]�[2J�b", "(adopted)…", "never", "", ""],
        [made["Replaced"][0], "Replaced", f"{new}…", "never", "TIME", "TIME"],
        [made["Used"][0], "Used", f"{made['Used'][1][:13]}…", "TIME", "", ""],
        [made["Void"][0], "Void", "none", "", "", ""],
    ]


async def test_a_client_that_is_not_there(dsn: str) -> None:
    results = await asyncio.gather(
        *[run("client", command, NOBODY, dsn=dsn) for command in ("rotate-key", "revoke-key")]
    )

    assert results == [Result(1, "", "gql-server: There is no such client.\n")] * 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["create"], "Missing"),
        (["create", " "], "A name has 1 to 255 characters."),
        (["create", "x" * 256], "A name has 1 to 255 characters."),
        (["rotate-key", "acme"], "valid UUID"),
        (["rotate-key", NOBODY, "--grace-hours", -1], "--grace-hours"),
        (["rotate-key", NOBODY, "--grace-hours", "nan"], "--grace-hours"),
    ],
    ids=str,
)
async def test_wrong_arguments(arguments: list[object], words: str, dsn: str, connection: asyncpg.Connection) -> None:
    result = await run("client", *arguments, dsn=dsn)

    assert (result.code, result.out) == (2, "")
    assert words in result.err
    assert "Traceback" not in result.err
    assert await connection.fetchval("SELECT count(*) FROM clients") == 0


async def test_a_name_as_long_as_may_be(dsn: str) -> None:
    await create(dsn, "é" * 255)


async def test_a_database_that_is_not_migrated(empty_dsn: str, dsn: str, connection: asyncpg.Connection) -> None:
    await connection.execute(f"INSERT INTO schema_migrations VALUES ({SHARED + 1}, 'later', '')")

    empty, newer = await asyncio.gather(
        run("client", "create", "Acme", dsn=empty_dsn), run("client", "create", "Acme", dsn=dsn)
    )

    behind = f"The database is at version 0, and this gql-server works with {SHARED}: run gql-server migrate."
    assert empty == Result(1, "", f"gql-server: {behind}\n")
    ahead = f"The database is at version {SHARED + 1}, newer than this gql-server, which knows {SHARED}"
    assert newer == Result(1, "", f"gql-server: {ahead}: use the gql-server that migrated it, or a newer one.\n")
