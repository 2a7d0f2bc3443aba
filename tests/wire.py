"""HTTP and WebSocket as bytes, for what no client would send."""

import asyncio
import json
import struct

from patience import PATIENCE_SECONDS

SECONDS = 50
"""For one exchange; it is less than a test may take."""

UPGRADE = (
    "upgrade: websocket",
    "connection: upgrade",
    "sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==",
    "sec-websocket-version: 13",
    "sec-websocket-protocol: graphql-transport-ws",
)
COMPRESSED = "sec-websocket-extensions: permessage-deflate; client_max_window_bits"
TEXT, BINARY, CLOSE, PING = 1, 2, 8, 9


def request(
    *headers: str, body: bytes = b"", method: str = "POST", path: str = "/graphql", version: str = "1.1"
) -> bytes:
    """A request with these headers, whatever it takes beside them."""
    lines = [f"{method} {path} HTTP/{version}", "host: test", *headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def frame(opcode: int, payload: bytes | object, *, final: bool = True, masked: bool = True, reserved: int = 0) -> bytes:
    """A WebSocket frame; what is no bytes is sent as JSON."""
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    mask = 0x80 if masked else 0
    begin = bytes([final << 7 | reserved << 4 | opcode])
    if len(data) < 126:
        head = bytes([mask | len(data)])
    elif len(data) < 65536:
        head = bytes([mask | 126]) + struct.pack(">H", len(data))
    else:
        head = bytes([mask | 127]) + struct.pack(">Q", len(data))
    return begin + head + (bytes(4) if masked else b"") + data


async def exchange(
    port: int, *parts: bytes, upgraded: bool = False, quiet: float = PATIENCE_SECONDS, until: bytes | None = None
) -> bytes:
    """All that the server answers, until it closes, has said `until`, or has begun and is quiet for so long.

    What comes after the first part of a connection that is `upgraded` waits until it is.
    """
    async with asyncio.timeout(SECONDS):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        answer = bytearray()
        try:
            for part in parts:
                writer.write(part)
                await writer.drain()
                if upgraded and not answer:
                    answer += await reader.readuntil(b"\r\n\r\n")
            while piece := await asyncio.wait_for(reader.read(65536), quiet if answer else PATIENCE_SECONDS):
                answer += piece
                if until is not None and until in answer:
                    break
        except (TimeoutError, ConnectionError):
            pass
        finally:
            writer.transport.abort()
    return bytes(answer)


def statuses(answer: bytes) -> list[int]:
    """The status of each of the responses in an answer."""
    return [int(part[:3]) for part in answer.split(b"HTTP/1.1 ")[1:]]
