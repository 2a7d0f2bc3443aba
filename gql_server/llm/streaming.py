"""The text of an answer, gathered from a stream's events as they come."""

import json
import re
from collections.abc import AsyncIterator
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

from gql_server.llm.exchange import OnText

FENCE = re.compile(r"\s*```[^\n]*\n")
CLOSING_FENCE = re.compile(r"\s*(?:```\s*)?\Z")


class Text:
    """Hands text on as it comes, and keeps it; a code fence around all of it is left out when it `is_json`."""

    def __init__(self, on_text: OnText, *, is_json: bool) -> None:
        self._on_text = on_text
        self._is_json = is_json
        self._begun = not is_json
        self._held = ""
        self._pieces: list[str] = []

    @property
    def whole(self) -> str:
        return "".join(self._pieces)

    async def add(self, piece: str) -> None:
        self._held += piece
        if not self._begun and not self._begin():
            return
        # What may turn out to be the closing fence waits for what comes after it.
        end = self._last_text() if self._is_json else len(self._held)
        await self._hand_on(self._held[:end])
        self._held = self._held[end:]

    def _last_text(self) -> int:
        stripped = self._held.rstrip("` \t\r\n")
        return len(stripped)

    def _begin(self) -> bool:
        start = self._held.lstrip()
        if start.startswith("```"):
            fence = FENCE.match(self._held)
            self._held = self._held[fence.end() :] if fence else self._held
            self._begun = fence is not None
        else:
            self._begun = len(start) >= 3 or not "```".startswith(start)
        return self._begun

    async def end(self) -> None:
        rest = CLOSING_FENCE.sub("", self._held, count=1) if self._is_json else self._held
        self._held = ""
        await self._hand_on(rest)

    async def _hand_on(self, piece: str) -> None:
        if piece:
            self._pieces.append(piece)
            await self._on_text(piece)


async def gather(events: AsyncIterator[ModelResponseStreamEvent], text: Text, *, is_tool: bool) -> None:
    """Puts what the model says into the text, or what it gives to its first tool; without one, all that it said."""
    said = ""
    tool: int | None = None
    async for event in events:
        piece = _text_of(event)
        if not is_tool:
            await text.add(piece)
            continue
        said += piece
        given = _given_to_tool(event)
        if given is not None and tool in {None, _index(event)}:
            tool = _index(event)
            await text.add(given)
    if is_tool and tool is None:
        await text.add(said)
    await text.end()


def _text_of(event: ModelResponseStreamEvent) -> str:
    match event:
        case PartStartEvent(part=TextPart(content=content)):
            return content
        case PartDeltaEvent(delta=TextPartDelta(content_delta=content)):
            return content
        case _:
            return ""


def _given_to_tool(event: ModelResponseStreamEvent) -> str | None:
    match event:
        case PartStartEvent(part=ToolCallPart(args=given)) | PartDeltaEvent(delta=ToolCallPartDelta(args_delta=given)):
            return _json_text(given)
        case _:
            return None


def _json_text(given: str | dict[str, Any] | None) -> str:
    if given is None:
        return ""
    return given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)


def _index(event: ModelResponseStreamEvent) -> int:
    return event.index if isinstance(event, PartStartEvent | PartDeltaEvent) else -1
