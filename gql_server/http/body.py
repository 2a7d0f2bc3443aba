"""Reads a request's body, bounded in size and time."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.requests import ClientDisconnect, Request
from starlette.types import Message

from gql_server.config import Config
from gql_server.errors import Limit
from gql_server.http.refusals import Refusal


async def with_body_read(request: Request, config: Config) -> Request:
    """The same request with its body at hand, and its media type in lower case, as strawberry looks for it.

    Raises Refusal for a body that is too large, or that does not arrive: the server underneath waits for ever.
    """
    limit = config.body_limit_bytes
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit:
        raise _too_large(limit, request)
    body = bytearray()
    try:
        async with asyncio.timeout(config.body_timeout_seconds):
            async for part in request.stream():
                body += part
                if len(body) > limit:
                    raise _too_large(limit, request)
    except TimeoutError:
        message = f"The request did not arrive within {config.body_timeout_seconds:g} seconds."
        raise Refusal(408, message, {"connection": "close"}) from None
    except ClientDisconnect:
        raise Refusal(400, "The request ended before it was whole.") from None
    headers = [(name, value.lower() if name == b"content-type" else value) for name, value in request.headers.raw]
    return Request({**request.scope, "headers": headers}, _replay(bytes(body)))


def _replay(body: bytes) -> Callable[[], Awaitable[Message]]:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def _too_large(limit: int, request: Request) -> Refusal:
    # Were the connection closed, a sender who is still busy would find it reset, and see no answer. Whoever asked
    # before sending has not begun, and may go on with another request in the place of the body.
    headers = {"connection": "close"} if "expect" in request.headers else None
    return Refusal(413, f"A request may have {limit} bytes, not more.", headers, limit=Limit.BODY)
