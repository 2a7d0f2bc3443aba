"""Subscribers of a server that listens: over WebSocket and over server-sent events."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from httpx import AsyncClient, Response
from logins import ADMIN_KEY, AUTHORIZATION
from patience import PATIENCE_SECONDS
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

PROJECT_CHANGED = "subscription ($id: ID!) { projectChanged(project: $id) { ids project { name } } }"


class WebSocket:
    """A client of graphql-transport-ws that sends what it is told to, and reads one message after the other."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def send(self, *messages: object) -> None:
        for message in messages:
            await self.connection.send(message if isinstance(message, str | bytes) else json.dumps(message))

    async def next(self) -> dict[str, Any]:
        return json.loads(await asyncio.wait_for(self.connection.recv(), PATIENCE_SECONDS))

    async def authorize(self, key: str = ADMIN_KEY) -> None:
        await self.send({"type": "connection_init", "payload": {"Authorization": f"Bearer {key}"}})
        assert await self.next() == {"type": "connection_ack"}

    async def subscribe(self, id_: str, query: str = PROJECT_CHANGED, **variables: object) -> None:
        await self.send({"type": "subscribe", "id": id_, "payload": {"query": query, "variables": variables}})

    async def closed(self) -> tuple[int | None, str | None]:
        """The code and the reason that the server closes the connection with."""
        await asyncio.wait_for(self.connection.wait_closed(), PATIENCE_SECONDS)
        return self.connection.close_code, self.connection.close_reason


@asynccontextmanager
async def web_socket(port: int, protocol: str = "graphql-transport-ws", **headers: str) -> AsyncGenerator[WebSocket]:
    address = f"ws://127.0.0.1:{port}/graphql"
    async with connect(address, subprotocols=[Subprotocol(protocol)], additional_headers=headers, proxy=None) as opened:
        yield WebSocket(opened)


class EventStream:
    """A client of graphql-sse in the mode of one connection for each subscription."""

    def __init__(self, response: Response) -> None:
        self.response = response
        self._lines = response.aiter_lines()

    async def next(self) -> tuple[str, Any]:
        """The next event and its data, past what keeps the connection alive."""
        event, data = "", ""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while line := await anext(self._lines):
                event = line.removeprefix("event: ") if line.startswith("event: ") else event
                data = line.removeprefix("data: ") if line.startswith("data: ") else data
        return event, json.loads(data) if data.strip() else None


@asynccontextmanager
async def event_stream(
    port: int, query: str = PROJECT_CHANGED, headers: dict[str, str] = AUTHORIZATION, **variables: object
) -> AsyncIterator[EventStream]:
    accept = {"accept": "text/event-stream"}
    async with (
        AsyncClient(
            base_url=f"http://127.0.0.1:{port}", headers={**accept, **headers}, timeout=PATIENCE_SECONDS
        ) as http,
        http.stream("POST", "/graphql", json={"query": query, "variables": variables}) as response,
    ):
        yield EventStream(response)
