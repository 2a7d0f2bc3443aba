"""Starts a server on a database of its own and has it audited; exits as the audit does."""

import asyncio
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import uvicorn
from pydantic import SecretStr

from gql_server.app import GRAPHQL_PATH, create_app
from gql_server.config import Config
from gql_server.db.embedded import running_postgres
from gql_server.db.migrate import migrator


async def migrate(config: Config) -> None:
    async with migrator(config, lambda: None) as run:
        await run.migrate_shared(await run.shared_state())


def audit(config: Config) -> int:
    server = uvicorn.Server(uvicorn.Config(create_app(config), port=0, log_config=None))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    url = f"http://127.0.0.1:{port}{GRAPHQL_PATH}"
    code = subprocess.run(["node", str(Path(__file__).with_name("audit.js")), url], check=False).returncode
    server.should_exit = True
    thread.join()
    return code


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as directory, running_postgres(Path(directory) / "postgres") as dsn:
        settings = Config(database_url=SecretStr(dsn), log_level="warning")
        asyncio.run(migrate(settings))
        sys.exit(audit(settings))
