"""Ends the work for a client that goes away."""

import asyncio
from types import TracebackType
from typing import Self, cast

from starlette.requests import ClientDisconnect
from starlette.types import Receive


class WhileConnected:
    """What is done inside is cancelled when the client goes away; ClientDisconnect is raised then.

    `receive` is the request's own, whose body has been read, unless it is a GET.
    """

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._has_left = False

    async def __aenter__(self) -> Self:
        self._work = cast("asyncio.Task[object]", asyncio.current_task())
        self._watch = asyncio.create_task(self._wait())
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._watch.cancel()
        if self._has_left and isinstance(error, asyncio.CancelledError) and self._work.uncancel() == 0:
            raise ClientDisconnect from None

    async def _wait(self) -> None:
        message = await self._receive()
        # A GET's body, which nobody else reads.
        while message.get("more_body"):
            message = await self._receive()
        if message["type"] == "http.request":
            message = await self._receive()
        if message["type"] == "http.disconnect":
            self._has_left = True
            self._work.cancel()
