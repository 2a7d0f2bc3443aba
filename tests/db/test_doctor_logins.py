"""What the doctor says of the roles that log in and own, and that the documents' setup of them is well."""

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from textwrap import dedent
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import pytest
from conftest import config_of, execute
from doctoring import complaints, examine
from migration import migrate
from programs import program
from pydantic import SecretStr
from world import World

from gql_server.config import Config
from gql_server.db.database import open_database
from gql_server.db.logins import LOGIN, OWNER
from gql_server.errors import SettingError
from gql_server.services.clients import create_client
from gql_server.services.projects import create_project
from gql_server.services.writer import Writer

ROOT = Path(__file__).parents[2]
LOGINS = 'give the server a login of its own, as docs/operations.md tells under "Logins"'


@asynccontextmanager
async def database_of(dsn: str, owner: str, *statements: str) -> AsyncGenerator[str]:
    """A database beside another, of a role that these statements make."""
    name = f"test_{uuid4().hex}"
    await execute(";".join(statements), dsn)
    await execute(f'CREATE DATABASE {name} OWNER "{owner}"', dsn)
    try:
        yield urlunsplit(urlsplit(dsn)._replace(path=f"/{name}"))
    finally:
        await execute(f"DROP DATABASE {name} WITH (FORCE)", dsn)


def as_role(dsn: str, role: str, owner: str = "") -> Config:
    address = dsn.replace("//postgres@", f"//{role}@")
    return config_of(dsn).model_copy(update={"database_url": SecretStr(address), "owner_role": owner})


async def test_one_login_for_everything(empty_dsn: str) -> None:
    login = f"Single-{uuid4().hex}"
    async with database_of(empty_dsn, login, f'CREATE ROLE "{login}" LOGIN CREATEROLE') as dsn:
        config = as_role(dsn, login)
        await migrate(config)

        sentence = f'The login "{login}" reads every client\'s data without taking a role: {LOGINS}'
        assert await complaints(config, fix=True) == ([], [sentence])

        superuser = as_role(dsn, "postgres", login)
        sentence = f"The login postgres is a superuser: {LOGINS}"
        assert await complaints(superuser) == ([], [sentence])


async def test_logins_that_inherit_or_lack_their_owner(empty_dsn: str) -> None:
    number = uuid4().hex
    owner, login = f"Owner {number}", f"web-{number}"
    made = (f'CREATE ROLE "{owner}" CREATEROLE', f'CREATE ROLE "{login}" LOGIN NOINHERIT')
    async with database_of(empty_dsn, owner, *made) as dsn:
        config = as_role(dsn, login, owner)
        with pytest.raises(SettingError) as caught:
            await examine(config)
        assert str(caught.value) == (
            f'GQL_SERVER_OWNER_ROLE is wrong, or the login "{login}" is no member of it: GRANT "{owner}" TO "{login}".'
        )

        await execute(f'GRANT "{owner}" TO "{login}"', dsn)
        await migrate(config)
        assert await examine(config) == []

        await execute(
            f'ALTER ROLE "{login}" INHERIT; REVOKE "{owner}" FROM "{login}"; GRANT "{owner}" TO "{login}"', dsn
        )
        sentence = f'The login "{login}" reads every client\'s data without taking a role: {LOGINS}'
        assert await complaints(config) == ([], [sentence])

        await execute(f'ALTER ROLE "{owner}" NOCREATEROLE', dsn)
        sentence = f'"{owner}" may not make roles: as a superuser, ALTER ROLE "{owner}" CREATEROLE'
        assert sentence in (await complaints(config))[1]


async def test_an_owner_that_is_not_set(config: Config, world: World) -> None:
    await world.client()
    owned = (
        f"TABLE public.clients and 5 more belong to {OWNER}, and not to {LOGIN}: "
        f"set GQL_SERVER_OWNER_ROLE to {OWNER}, or, as a superuser, ALTER … OWNER TO {LOGIN}"
    )

    assert await complaints(config.model_copy(update={"owner_role": ""})) == (
        [],
        [
            f"{LOGIN} may not make roles: as a superuser, ALTER ROLE {LOGIN} CREATEROLE",
            owned,
            "The shared schema cannot be read: permission denied for table schema_migrations",
        ],
    )


async def test_roles_that_the_owner_may_not_give(config: Config, world: World, connection: asyncpg.Connection) -> None:
    """As after pg_upgrade from PostgreSQL 15, where whoever may make roles may give all of them."""
    if connection.get_server_version().major < 16:
        pytest.skip("Before PostgreSQL 16, whoever may make roles may give all of them.")
    await world.client()
    clients = await connection.fetchval("SELECT public.role_name('clients')")
    await connection.execute(f"RESET ROLE; REVOKE {clients} FROM {OWNER} CASCADE")

    _, left = await complaints(config)

    remedy = f"GRANT {clients} TO {OWNER} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE"
    assert f"{OWNER} may not give the role {clients} to others: as a superuser, {remedy}" in left
    await connection.execute(remedy)
    await complaints(config, fix=True)
    assert await examine(config) == []


def documented(name: str) -> str:
    """The SQL of the documents that makes the two roles and the database, as of a superuser in that database."""
    if name == "compose.yaml":
        [script] = re.findall(r"content: \|\n((?: {6}.+\n)+)", (ROOT / name).read_text())
        return dedent(script)
    text = (ROOT / name).read_text().partition("## Logins")[2]
    return re.findall(r"```sql\n(.*?)```", text, re.DOTALL)[0]


@pytest.mark.parametrize("document", ["docs/operations.md", "compose.yaml"])
async def test_the_documented_setup(document: str, empty_dsn: str) -> None:
    owner, login = f"owner_{uuid4().hex}", f"test_{uuid4().hex}"
    dsn = urlunsplit(urlsplit(empty_dsn)._replace(path=f"/{login}"))
    if document == "compose.yaml":
        await execute(f"CREATE DATABASE {login}", empty_dsn)
    script = documented(document).replace(OWNER, owner).replace(LOGIN, login)

    done = program(
        "psql",
        "--no-psqlrc",
        "--set=ON_ERROR_STOP=1",
        f"--dbname={dsn if document == 'compose.yaml' else empty_dsn}",
        "--file=/dev/stdin",
        text=script,
        LOGIN_PASSWORD="it's: @/",
    )

    assert (done.returncode, done.stderr) == (0, "")
    try:
        config = as_role(dsn, login, owner)
        await migrate(config)
        assert await examine(config) == []
    finally:
        await execute(f"DROP DATABASE {login} WITH (FORCE)", empty_dsn)


async def test_a_single_login_is_parted(empty_dsn: str) -> None:
    number = uuid4().hex
    single, owner, login = f"single_{number}", f"owner_{number}", f"web_{number}"
    async with database_of(empty_dsn, single, f"CREATE ROLE {single} LOGIN CREATEROLE") as dsn:
        await migrate(as_role(dsn, single))
        async with open_database(as_role(dsn, single)) as database:
            made = await create_client(Writer(database), name="Acme")
            await create_project(Writer(database), client_id=made.client_id, name="Coffee")
        await execute(f"CREATE ROLE {owner} NOLOGIN CREATEROLE; CREATE ROLE {login} LOGIN NOINHERIT", dsn)
        await execute(f"GRANT {owner} TO {login}; ALTER DATABASE {urlsplit(dsn).path[1:]} OWNER TO {owner}", dsn)
        await execute(f"REASSIGN OWNED BY {single} TO {owner}", dsn)
        config = as_role(dsn, login, owner)

        _, left = await complaints(config)
        for remedy in [sentence.partition("as a superuser, ")[2] for sentence in left]:
            await execute(remedy or "SELECT", dsn)
        _, left = await complaints(config, fix=True)

        assert left == []
        assert await examine(config) == []
