"""Has a database looked over as `gql-server doctor` does."""

import pytest

from gql_server.config import Config
from gql_server.db.doctor import Finding, doctor


async def examine(config: Config, *, fix: bool = False) -> list[Finding]:
    """All that is found."""
    async with doctor(config, lambda: pytest.fail("Another run has the lock."), fix=fix) as run:
        found, checks = await run.first()
        return [*found, *[finding for check in checks for finding in await check()]]


async def complaints(config: Config, *, fix: bool = False) -> tuple[list[str], list[str]]:
    """What the doctor mends, and what it does not."""
    found = await examine(config, fix=fix)
    return [finding.text for finding in found if finding.mends], [
        finding.text for finding in found if not finding.mends
    ]
