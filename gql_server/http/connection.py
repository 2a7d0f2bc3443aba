"""Ends of connections: uvicorn's, with the bounds that it leaves to a proxy in front of it."""

import asyncio
from typing import Any

from uvicorn._types import ASGIReceiveEvent, ASGISendEvent
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame

HEAD_BYTES = 65_536
HEADERS = 100
"""What a request's head may have; httptools takes quadratic time on one long header."""

SECONDS = "header_timeout_seconds"
"""Where the application's lifespan says how long a connection may take to begin a request and send its head."""

TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"

STALL_SECONDS = 10
STALL_BYTES = 10_000
"""How little of an answer may be read in which time."""


class Reader:
    """Cuts off a peer that does not read what it asked for, which waits in the server's memory."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._timer: asyncio.TimerHandle | None = None

    def watch(self) -> None:
        """Begins when the transport has more to send than it should."""
        self.leave()
        waiting = self._transport.get_write_buffer_size()
        self._timer = asyncio.get_running_loop().call_later(STALL_SECONDS, self._check, waiting)

    def leave(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _check(self, before: int) -> None:
        if self._transport.get_write_buffer_size() > before - STALL_BYTES:
            self._transport.abort()
        else:
            self.watch()


class HttpConnection(HttpToolsProtocol):
    """Bounds a request's head in size and time, and how long an answer may lie unread."""

    _reader: Reader
    _timer: asyncio.TimerHandle | None = None
    _head_bytes: int | None = 0
    """Bytes of the head that is being received; None past its end."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        super().connection_made(transport)
        self._reader = Reader(transport)
        self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        self._reader.leave()
        self._relax()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._head_bytes is not None:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._head_bytes is not None and self._head_bytes > HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("The head of this request is too large.")

    def on_message_begin(self) -> None:
        self._head_bytes = 0
        self._expect()
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        if len(self.headers) >= HEADERS:
            raise ValueError("too many headers")
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > HEAD_BYTES:
            raise ValueError("too large a head")
        self._head_bytes = None
        self._relax()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._relax()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        # What was refused unread is received and thrown away, but not for ever.
        if self.cycle.more_body:
            self._expect()
        super().on_response_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._reader.watch()

    def resume_writing(self) -> None:
        self._reader.leave()
        super().resume_writing()

    def _expect(self) -> None:
        self._relax()
        self._timer = self.loop.call_later(self.app_state[SECONDS], self._give_up)

    def _relax(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        if self.cycle is None or self.cycle.response_complete:  # pyright: ignore[reportUnnecessaryComparison]
            # A request whose body is still to come has had its answer.
            if self._head_bytes is not None and not self.transport.is_closing():
                self.transport.write(TOO_SLOW)
            self.transport.close()
        else:
            # The request before it is being answered.
            self._expect()


class WebSocketConnection(WebSocketsSansIOProtocol):
    """Reads no more while its peer does not, and ends without a traceback what the peer has broken."""

    _reader: Reader

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._reader = Reader(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._reader.leave()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        # Pings are answered past flow control: whoever sends them without reading could fill the memory.
        self.transport.pause_reading()
        self._reader.watch()

    def resume_writing(self) -> None:
        self._reader.leave()
        super().resume_writing()
        if not self.read_paused and not self.transport.is_closing():
            self.transport.resume_reading()

    async def receive(self) -> ASGIReceiveEvent:
        message = await super().receive()
        if not self.writable.is_set() and not self.transport.is_closing():
            self.transport.pause_reading()
        return message

    def handle_cont(self, event: Frame) -> None:
        # Fragments of nothing would not count towards a message's size.
        if event.data or event.fin:
            super().handle_cont(event)

    def send_receive_event_to_app(self) -> None:
        if self.curr_msg_data_type == "text" and not _is_utf8(b"".join(self.frames)):
            self.frames = []
            self.conn.fail(CloseCode.INVALID_DATA)
            self.handle_parser_exception()
            return
        super().send_receive_event_to_app()

    async def send(self, message: ASGISendEvent) -> None:
        # Closed by the peer or for its fault, of which the application does not know yet.
        if self.close_sent:
            if message["type"] == "websocket.close":
                return
            raise ClientDisconnected
        await super().send(message)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
