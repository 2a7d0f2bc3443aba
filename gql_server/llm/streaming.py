"""The text of an answer, piece by piece, out of a stream's events."""

import json
import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from typing import Any

from pydantic_ai.messages import (
    ModelResponseStreamEvent,
    PartDeltaEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
    ToolCallPart,
    ToolCallPartDelta,
)

FENCE = re.compile(r"\s*```[^\n]*\n")
CLOSING_FENCE = re.compile(r"\s*(?:```\s*)?\Z")


class Unfenced:
    """Lets JSON through as it comes, and leaves out a code fence around all of it."""

    def __init__(self) -> None:
        self._held = ""
        self._has_begun = False

    def add(self, piece: str) -> str:
        """What can be said by now."""
        self._held += piece
        if not self._has_begun:
            self._begin()
        # What may turn out to be the closing fence waits for what comes after it.
        end = len(self._held.rstrip("` \t\r\n")) if self._has_begun else 0
        said, self._held = self._held[:end], self._held[end:]
        return said

    def _begin(self) -> None:
        start = self._held.lstrip()
        if start.startswith("```"):
            fence = FENCE.match(self._held)
            self._held = self._held[fence.end() :] if fence else self._held
            self._has_begun = fence is not None
        else:
            self._has_begun = not "```".startswith(start)

    def end(self) -> str:
        """What is left to say."""
        return CLOSING_FENCE.sub("", self._held, count=1)


async def json_pieces(pieces: AsyncIterator[str]) -> AsyncGenerator[str]:
    unfenced = Unfenced()
    async for piece in pieces:
        yield unfenced.add(piece)
    yield unfenced.end()


async def said(events: AsyncIterator[ModelResponseStreamEvent]) -> AsyncGenerator[str]:
    async for event in events:
        yield _text(event)


async def given(events: AsyncIterator[ModelResponseStreamEvent]) -> AsyncGenerator[str]:
    """What the model gives to the first tool that it calls; all that it says, when it calls none."""
    text = ""
    tool: int | None = None
    async for event in events:
        text += _text(event)
        if isinstance(event, PartStartEvent) and isinstance(event.part, ToolCallPart) and tool is None:
            tool = event.index
            yield _json(event.part.args)
        elif isinstance(event, PartDeltaEvent) and isinstance(event.delta, ToolCallPartDelta) and event.index == tool:
            yield _json(event.delta.args_delta)
    if tool is None:
        yield text


def _text(event: ModelResponseStreamEvent) -> str:
    match event:
        case PartStartEvent(part=TextPart(content=content)):
            return content
        case PartDeltaEvent(delta=TextPartDelta(content_delta=content)):
            return content
        case _:
            return ""


def _json(arguments: str | Mapping[str, Any] | None) -> str:
    if arguments is None:
        return ""
    return arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
