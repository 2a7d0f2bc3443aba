"""Tasks that end together."""

import asyncio
from collections.abc import Coroutine
from typing import Any


class Tasks:
    """Work that begins when it is waited for, and more of it from then on. When one raises, the others are stopped."""

    def __init__(self) -> None:
        self._waiting: list[Coroutine[Any, Any, None]] = []
        self._running: set[asyncio.Task[None]] = set()
        self._end: asyncio.Future[None] | None = None

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, work: Coroutine[Any, Any, None]) -> None:
        if self._end is None:
            self._waiting.append(work)
        else:
            self._start(work)

    async def join(self) -> None:
        """Waits until all of it is done. Raises what the first to fail raised; nothing is left running."""
        self._end = asyncio.get_running_loop().create_future()
        for work in self.taken():
            self._start(work)
        try:
            await self._end
        finally:
            await self._stop()
            self._end = None

    def end(self) -> None:
        """Stops all of it; to wait for it is over then."""
        if self._end is not None and not self._end.done():
            self._end.set_result(None)

    def taken(self) -> list[Coroutine[Any, Any, None]]:
        """What has not begun, for others to begin or to end."""
        taken, self._waiting = self._waiting, []
        return taken

    def forget(self) -> None:
        """Ends what has not begun."""
        for work in self.taken():
            work.close()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        error = None if task.cancelled() else task.exception()
        if self._end is None or self._end.done():
            return
        if task.cancelled():
            self._end.cancel()
        elif error is not None:
            self._end.set_exception(error)
        elif not self._running:
            self._end.set_result(None)

    async def _stop(self) -> None:
        while self._running:
            # Python warns of what was made to be awaited and never was: all of it begins before it is stopped,
            # as does what begins meanwhile.
            begun = [*self._running]
            await asyncio.sleep(0)
            for task in begun:
                task.cancel()
            await asyncio.wait(begun)
