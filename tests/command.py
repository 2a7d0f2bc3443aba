"""Runs `python -m gql_server` in a process of its own."""

import asyncio
import os
import sys
from typing import NamedTuple

from logins import ADMIN_KEY, as_login
from patience import PATIENCE_SECONDS

from gql_server.db.logins import OWNER

PROGRAM = (sys.executable, "-m", "gql_server")


class Result(NamedTuple):
    """How a command ended, and what it wrote."""

    code: int
    out: str
    err: str


def environment(dsn: str | None, **settings: object) -> dict[str, str]:
    """The caller's own, with these settings alone: `port=1` is GQL_SERVER_PORT=1."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GQL_SERVER_")}
    login = {"database_url": as_login(dsn), "owner_role": OWNER} if dsn else {}
    given = {**login, "admin_keys": ADMIN_KEY, **settings}
    return inherited | {f"GQL_SERVER_{name.upper()}": str(value) for name, value in given.items() if value is not None}


async def run(*arguments: object, dsn: str | None = None, **settings: object) -> Result:
    """Runs a command to its end."""
    process = await asyncio.create_subprocess_exec(
        *PROGRAM,
        *map(str, arguments),
        env=environment(dsn, **settings),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        out, err = await asyncio.wait_for(process.communicate(), PATIENCE_SECONDS)
    except BaseException:
        process.kill()
        await process.communicate()
        raise
    assert process.returncode is not None
    return Result(process.returncode, out.decode(), err.decode())
