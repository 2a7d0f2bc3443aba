"""PgBouncer before the tests' cluster, with the settings that `docs/operations.md` has."""

import asyncio
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import AsyncGenerator
from configparser import ConfigParser
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit, urlunsplit

import asyncpg
from logins import as_login
from patience import PATIENCE_SECONDS

from gql_server.db.logins import LOGIN

OPERATIONS = Path(__file__).parents[1] / "docs/operations.md"
PROGRAM = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")


def version() -> tuple[int, int]:
    """The installed PgBouncer's, where there is one."""
    text = subprocess.run([str(PROGRAM), "--version"], capture_output=True, text=True, check=True).stdout
    [(major, minor)] = re.findall(r"^PgBouncer (\d+)\.(\d+)", text)
    return int(major), int(minor)


def documented() -> ConfigParser:
    """The one pgbouncer.ini that the document shows."""
    [text] = re.findall(r"```ini\n(.*?)```", OPERATIONS.read_text(), re.DOTALL)
    settings = ConfigParser(interpolation=None)
    settings.read_string(text)
    return settings


@asynccontextmanager
async def pgbouncer(dsn: str, **settings: object) -> AsyncGenerator[str]:
    """The address of the same database behind PgBouncer, whose every connection to PostgreSQL is one and the same."""
    socket = Path(parse_qs(urlsplit(dsn).query)["host"][0])
    name = urlsplit(dsn).path.lstrip("/")
    # It runs as PostgreSQL does, whose socket nobody else may use; nor does it run as root.
    account = socket.stat()
    directory = Path(tempfile.mkdtemp(prefix="gqls-", dir="/tmp"))
    os.chown(directory, account.st_uid, account.st_gid)
    users, log, ini = directory / "users", directory / "log", directory / "ini"
    users.write_text(f'"{LOGIN}" ""\n')
    parser = documented()
    parser["databases"] = {name: f"host={socket} port=5432 dbname={name}"}
    here = {"auth_type": "trust", "auth_file": users, "listen_addr": "", "unix_socket_dir": directory, "logfile": log}
    for key, value in {**here, "default_pool_size": 1, **settings}.items():
        parser["pgbouncer"][key] = str(value)
    if os.geteuid() == 0:
        parser["pgbouncer"]["user"] = pwd.getpwuid(account.st_uid).pw_name
    with ini.open("w") as file:
        parser.write(file)
    process = await asyncio.create_subprocess_exec(str(PROGRAM), "-q", str(ini))
    port = parser["pgbouncer"]["listen_port"]
    address = urlunsplit(urlsplit(dsn)._replace(query=f"host={directory}&port={port}"))
    try:
        await _wait(as_login(address), process, log)
        yield address
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
        shutil.rmtree(directory)


async def _wait(address: str, process: asyncio.subprocess.Process, log: Path) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            assert process.returncode is None, log.read_text() if log.exists() else "PgBouncer did not start."
            try:
                await (await asyncpg.connect(address, statement_cache_size=0)).close()
            except (OSError, asyncpg.PostgresError):
                await asyncio.sleep(0.05)
            else:
                return
