"""Lets other operations go on amid a long stretch of work."""

import asyncio

ROWS = 1000


class Rests:
    """Rests after every so many rows that were worked on since the last one."""

    def __init__(self) -> None:
        self._rows = 0

    async def after(self, rows: int) -> None:
        self._rows += rows
        if self._rows >= ROWS:
            self._rows = 0
            await asyncio.sleep(0)
