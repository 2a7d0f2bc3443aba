"""WebSockets that are used as they are not meant to be."""

import asyncio
import zlib
from contextlib import suppress

import pytest
from live import PROJECT_CHANGED, web_socket
from patience import PATIENCE_SECONDS
from target import Target
from wire import BINARY, CLOSE, COMPRESSED, PING, TEXT, UPGRADE, exchange, frame, request, statuses

OPENED = request(*UPGRADE, method="GET")
COMPRESSING = request(*UPGRADE, COMPRESSED, method="GET")
CLOSING = b"\x88"
"""The beginning of a close frame, after which the server may wait for the client's."""

SUBSCRIBED = 10_000
QUIET_SECONDS = 1
"""How long it is waited for a connection to be closed which should not be."""


def compressed(data: bytes) -> bytes:
    deflate = zlib.compressobj(wbits=-12)
    return (deflate.compress(data) + deflate.flush(zlib.Z_SYNC_FLUSH))[:-4]


BOMB = compressed(b'"' + bytes(100_000_000))

FRAMES: dict[str, tuple[list[bytes], int | None]] = {
    "2 MB": ([frame(TEXT, bytes(2_000_000))], 1009),
    "2 MB in parts": ([frame(TEXT, b"a", final=False), frame(0, bytes(1000), final=False) * 2000], 1009),
    "2^63 bytes announced": ([b"\x81\xff\x7f" + b"\xff" * 7 + bytes(4)], 1009),
    "a part that never ends": ([frame(TEXT, b"a", final=False), frame(0, b"a", final=False) * 1000], None),
    "100,000 parts of nothing": ([frame(TEXT, b"a", final=False), frame(0, b"", final=False) * 100_000], None),
    "another message in between": ([frame(TEXT, b"a", final=False), frame(TEXT, b"a")], 1002),
    "a part of nothing": ([frame(0, b"a")], 1002),
    "without a mask": ([frame(TEXT, b"{}", masked=False)], 1002),
    "an opcode that is not": ([frame(3, b"{}")], 1002),
    "a control opcode that is not": ([frame(11, b"{}")], 1002),
    "reserved bits": ([frame(TEXT, b"{}", reserved=7)], 1002),
    "a long ping": ([frame(PING, bytes(126))], 1002),
    "half a ping": ([frame(PING, b"a", final=False)], 1002),
    "half a close": ([frame(CLOSE, b"a")], 1002),
    "a close that is not": ([frame(CLOSE, b"\x03\xe7")], 1002),
    "a close without sense": ([frame(CLOSE, b"\x03\xe8\xff")], 1007),
    "no UTF-8": ([frame(TEXT, b"\xff\xfe")], 1007),
    "no UTF-8 in parts": ([frame(TEXT, b"\xc3", final=False) + frame(0, b"\x28")], 1007),
    "an overlong slash": ([frame(TEXT, b"\xc0\xaf")], 1007),
    "bytes": ([frame(BINARY, b"{}")], 4400),
    "no JSON": ([frame(TEXT, b"{")], 4400),
    "100,000 brackets": ([frame(TEXT, b"[" * 100_000)], 4400),
    "an id that cannot be sent": (
        [frame(TEXT, rb'{"type": "subscribe", "id": "\ud800", "payload": {"query": "{"}}')],
        4400,
    ),
}

HANDSHAKES = {
    "a POST": (request(*UPGRADE), [405]),
    "another version": (request(*UPGRADE[:3], "sec-websocket-version: 7", method="GET"), [400]),
    "no key": (request(*UPGRADE[:2], *UPGRADE[3:], method="GET"), [400]),
    "a key of another length": (request(*UPGRADE[:2], "sec-websocket-key: a", *UPGRADE[3:], method="GET"), [400]),
    "protocols that are none": (request(*UPGRADE[:4], "sec-websocket-protocol: \xff,,", method="GET"), [400]),
    "no ASCII in the address": (request(*UPGRADE, method="GET", path="/graphql?\xff"), [400]),
    "1,000 headers": (request(*UPGRADE, *(f"x-{n}: 1" for n in range(1000)), method="GET"), [400]),
    "a header of 100 kB": (request(*UPGRADE, "x-a: " + "a" * 100_000, method="GET"), [400]),
    "another address": (request(*UPGRADE, method="GET", path="/../graphql"), [403]),
}


def close_code(answer: bytes) -> int | None:
    """The code of the close frame at the end of what the server sent."""
    begin = answer.rfind(CLOSING)
    return int.from_bytes(answer[begin + 2 : begin + 4]) if begin >= 0 else None


@pytest.mark.parametrize("authorized", [True, False], ids=["with a key", "without"])
async def test_frames_that_break_the_protocol(authorized: bool, target: Target) -> None:
    init = {"type": "connection_init", "payload": {"Authorization": f"Bearer {target.keys['acme']}"}}
    before = [frame(TEXT, init)] if authorized else []
    codes: dict[str, int | None] = {}
    for what, (frames, code) in FRAMES.items():
        quiet = QUIET_SECONDS if code is None else PATIENCE_SECONDS
        answer = await exchange(target.port, OPENED, *before, *frames, upgraded=True, quiet=quiet, until=CLOSING)
        codes[what] = close_code(answer)

    assert codes == {what: code for what, (_, code) in FRAMES.items()}


async def test_what_is_small_until_it_is_unpacked(target: Target) -> None:
    bomb, nonsense = frame(TEXT, BOMB, reserved=4), frame(TEXT, b"\xff" * 100, reserved=4)

    assert close_code(await exchange(target.port, COMPRESSING, bomb, upgraded=True)) == 1009
    assert close_code(await exchange(target.port, COMPRESSING, nonsense, upgraded=True)) == 1002


async def test_handshakes(target: Target) -> None:
    found = {what: statuses(await exchange(target.port, sent)) for what, (sent, _) in HANDSHAKES.items()}

    assert found == {what: expected for what, (_, expected) in HANDSHAKES.items()}


async def test_ten_thousand_subscriptions(target: Target) -> None:
    project = target.ids["Project"]
    async with web_socket(target.port) as socket:
        await socket.authorize(target.keys["acme"])
        answers: list[str] = []
        for number in range(0, SUBSCRIBED, 500):
            await asyncio.gather(
                *(socket.subscribe(str(other), PROJECT_CHANGED, id=project) for other in range(number, number + 500))
            )
            answers += [(await socket.next())["type"] for _ in range(500)]

    assert (answers.count("next"), answers.count("error")) == (50, SUBSCRIBED - 50)


@pytest.mark.parametrize(
    "flood",
    [
        frame(PING, bytes(125)) * 1000,
        b"".join(frame(TEXT, {"type": "subscribe", "id": "1", "payload": {"query": "{"}}) for _ in range(1000)),
        frame(TEXT, {"type": "ping", "payload": {"a": "a" * 1000}}) * 100,
    ],
    ids=["pings", "subscriptions", "pings of GraphQL"],
)
async def test_a_flood_whose_answers_are_not_read(flood: bytes, target: Target) -> None:
    before = target.memory()
    reader, writer = await asyncio.open_connection("127.0.0.1", target.port, limit=1000)
    writer.write(OPENED)
    await reader.readuntil(b"\r\n\r\n")
    writer.write(frame(TEXT, {"type": "connection_init", "payload": target.headers("acme")}))
    with suppress(TimeoutError, ConnectionError):
        async with asyncio.timeout(1.5):
            while True:
                writer.write(flood)
                await writer.drain()
    grown = target.memory() - before
    writer.transport.abort()

    assert grown < 20_000_000
