"""A provider of language models on this machine: speaks OpenAI's and Anthropic's protocols, says what it is told to."""

import json
import select
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from fake_streams import PIECE, Reply, events

POLL_SECONDS = 0.02
PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class Call:
    """A request as it arrived; `gone` is set when its client went away before the end of the answer."""

    number: int
    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]
    at: float
    """Seconds of the monotonic clock, which all processes of a machine share."""
    gone: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    """Set after the last byte of the answer, or when there are no more."""

    @property
    def texts(self) -> list[tuple[str, str]]:
        """Who said what, in the order in which it was sent."""
        return [
            (message["role"], _text(message["content"]))
            for message in self.body.get("messages", self.body.get("input"))
        ]


def _text(content: Any) -> str:
    return content if isinstance(content, str) else "".join(part["text"] for part in content)


Script = Callable[[Mapping[str, Any], int], Reply]
"""What to answer to the body of a request, and the number of the call, from 0."""


class FakeProvider:
    """Answers the calls with `replies`, one after the other, and then by `script`."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.replies: deque[Reply] = deque()
        self.script: Script = lambda _body, _number: Reply()
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.provider = self

    @property
    def origin(self) -> str:
        """What Anthropic's clients call the base URL."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def base_url(self) -> str:
        return f"{self.origin}/v1"

    def will(self, *replies: Reply) -> None:
        self.replies.extend(replies)

    def wait_for_calls(self, count: int, seconds: float = 30) -> None:
        """For tests that are no coroutines."""
        until = time.monotonic() + seconds
        while len(self.calls) < count:
            assert time.monotonic() < until, f"{len(self.calls)} of {count} calls have come"
            time.sleep(POLL_SECONDS)

    def take(self, path: str, headers: Mapping[str, str], body: Mapping[str, Any]) -> tuple[Call, Reply]:
        with self._lock:
            call = Call(len(self.calls), path, headers, body, time.monotonic())
            self.calls.append(call)
            reply = self.replies.popleft() if self.replies else self.script(body, call.number)
        return call, reply

    def run(self) -> None:
        self._server.serve_forever(POLL_SECONDS)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    provider: FakeProvider
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients may go away at any time."""


class _GoneError(Exception):
    pass


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        headers = {name.lower(): value for name, value in self.headers.items()}
        assert isinstance(self.server, _Server)
        call, reply = self.server.provider.take(self.path, headers, body)
        try:
            self._answer(call, reply)
        except (_GoneError, OSError):
            call.gone.set()
            self.close_connection = True
        finally:
            call.ended.set()

    def _answer(self, call: Call, reply: Reply) -> None:
        if reply.status != 200:
            self._start(reply, "application/json", {"content-length": str(len(reply.text.encode()))})
            self.wfile.write(reply.text.encode())
            return
        if reply.hold_after == 0:
            self._hold(reply)
        self._start(reply, "text/event-stream", {"transfer-encoding": "chunked"})
        if self._stream(events(self.path, call.body, reply), reply):
            self.wfile.write(b"0\r\n\r\n")

    def _start(self, reply: Reply, content_type: str, more: Mapping[str, str]) -> None:
        self.send_response(reply.status)
        for name, value in {"content-type": content_type, **more, **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def _stream(self, stream: Iterable[Any], reply: Reply) -> bool:
        """Whether the answer is to be ended as HTTP ends it."""
        pieces = 0
        for event in stream:
            if event is not PIECE:
                self._send(*event)
                continue
            if reply.cut_after == pieces:
                return reply.is_cut_cleanly or self._cut()
            if reply.hold_after == pieces and pieces:
                self._hold(reply)
            self._wait(reply.delay_seconds if pieces else reply.first_seconds)
            pieces += 1
        return True

    def _send(self, name: str | None, data: Any) -> None:
        text = data if isinstance(data, str) else json.dumps(data)
        frame = f"event: {name}\ndata: {text}\n\n" if name else f"data: {text}\n\n"
        self.wfile.write(b"%x\r\n%s\r\n" % (len(frame.encode()), frame.encode()))

    def _cut(self) -> bool:
        # With a reset, as of a machine that dies.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True
        return False

    def _hold(self, reply: Reply) -> None:
        until = time.monotonic() + PATIENCE_SECONDS
        while not reply.release.is_set() and time.monotonic() < until:
            self._wait(POLL_SECONDS)

    def _wait(self, seconds: float) -> None:
        """Raises when the client goes away meanwhile; it has nothing more to say."""
        if select.select([self.connection], [], [], seconds)[0] and not self.connection.recv(1, socket.MSG_PEEK):
            raise _GoneError


@contextmanager
def fake_provider() -> Generator[FakeProvider]:
    provider = FakeProvider()
    thread = threading.Thread(target=provider.run, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        provider.close()
        thread.join()
