from collections.abc import AsyncGenerator
from typing import Any

import pytest
from pydantic_ai.messages import (
    PartDeltaEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
    ToolCallPart,
    ToolCallPartDelta,
)

from gql_server.llm.streaming import given, json_pieces, said

FENCED = [
    ('{"a": 1}', '{"a": 1}'),
    ('```json\n{"a": 1}\n```', '{"a": 1}'),
    ('\n```\n{"a": 1}\n```\n', '{"a": 1}'),
    ('{"a": "```"}', '{"a": "```"}'),
    ('```json\n{"a": "```\\n"}\n``` ', '{"a": "```\\n"}'),
    (' {"a": 1} \n', ' {"a": 1}'),
    ("``", "``"),
    ("", ""),
    ("1", "1"),
    ("not JSON", "not JSON"),
]


async def stream(*events: Any) -> AsyncGenerator[Any]:
    for event in events:
        yield event


async def joined(pieces: AsyncGenerator[str]) -> str:
    return "".join([piece async for piece in pieces])


@pytest.mark.parametrize(("told", "text"), FENCED)
@pytest.mark.parametrize("size", [1, 3, 100])
async def test_a_code_fence_is_left_out(told: str, text: str, size: int) -> None:
    pieces = stream(*(told[start : start + size] for start in range(0, len(told), size)))

    assert await joined(json_pieces(pieces)) == text


async def test_text_comes_as_it_is_said() -> None:
    events = stream(
        PartStartEvent(index=0, part=TextPart("```\n")),
        PartDeltaEvent(index=0, delta=TextPartDelta("code\n")),
        PartDeltaEvent(index=0, delta=TextPartDelta("```\n ")),
    )

    assert [piece async for piece in said(events)] == ["```\n", "code\n", "```\n "]


async def test_what_is_said_around_a_tool_is_not_the_answer() -> None:
    events = stream(
        PartStartEvent(index=0, part=TextPart("Let me ")),
        PartDeltaEvent(index=0, delta=TextPartDelta("see.")),
        PartStartEvent(index=1, part=ToolCallPart("answer", args=None)),
        PartDeltaEvent(index=1, delta=ToolCallPartDelta(args_delta='{"a":')),
        PartDeltaEvent(index=1, delta=ToolCallPartDelta(args_delta=" 1}")),
        PartStartEvent(index=2, part=ToolCallPart("answer", args={"a": 2})),
        PartDeltaEvent(index=2, delta=ToolCallPartDelta(args_delta="!")),
    )

    assert [piece async for piece in given(events)] == ["", '{"a":', " 1}"]


async def test_what_is_given_to_a_tool_at_once() -> None:
    events = stream(PartStartEvent(index=0, part=ToolCallPart("answer", args={"a": "ä"})))

    assert await joined(given(events)) == '{"a": "ä"}'


async def test_without_a_tool_what_was_said_is_the_answer() -> None:
    events = stream(
        PartStartEvent(index=0, part=TextPart('{"a":')), PartDeltaEvent(index=0, delta=TextPartDelta(" 1}"))
    )

    assert await joined(given(events)) == '{"a": 1}'
