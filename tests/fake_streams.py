"""What the fake provider streams, in the words of each protocol: server-sent events, one after the other."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Event
from typing import Any


@dataclass(frozen=True)
class Reply:
    """How a call is answered; a value that is no text streams as JSON. `hold_after` and `cut_after` count pieces."""

    output: Any = "Hello from the fake provider."
    pieces: int = 5
    delay_seconds: float = 0
    first_seconds: float = 0
    """How long the first piece takes; `delay_seconds` is between the others."""
    usage: tuple[int, int] | None = (100, 20)
    cached: int = 0
    reasoning: int = 0
    finish: str = "stop"
    """`stop`, `length`, `content_filter`, or `refusal`, whose words are the output."""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    hold_after: int | None = None
    release: Event = field(default_factory=Event)
    cut_after: int | None = None
    raw: Sequence[tuple[str | None, str]] | None = None
    """Events' names and data to stream instead, as they are."""
    is_cut_cleanly: bool = False
    """Whether the stream is ended as HTTP ends one, though it is not at its end."""

    @property
    def text(self) -> str:
        return self.output if isinstance(self.output, str) else json.dumps(self.output)

    @property
    def split(self) -> list[str]:
        size = max(1, -(-len(self.text) // self.pieces))
        return [self.text[start : start + size] for start in range(0, len(self.text), size)]


def failing(status: int, message: str = "It failed.", code: str | None = None, **headers: str) -> Reply:
    """`retry_after="7"` becomes the header `retry-after`."""
    error = {"message": message, "type": code or "error", "code": code}
    return Reply(
        json.dumps({"type": "error", "error": error}),
        status=status,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )


def hanging(output: Any = "Hello.", after: int = 0) -> Reply:
    """Goes on when its `release` is set."""
    return Reply(output, hold_after=after)


def cutting(output: Any = "Hello from the fake provider.", after: int = 2, *, cleanly: bool = False) -> Reply:
    return Reply(output, cut_after=after, is_cut_cleanly=cleanly)


def refusing(message: str = "I cannot help with that.") -> Reply:
    return Reply(message, finish="refusal")


PIECE = object()
"""Stands before each event that has a piece of the text."""


def events(path: str, body: Mapping[str, Any], reply: Reply) -> Iterator[Any]:
    """Pairs of an event's name, or None, and its data; PIECE before those with a piece of the text."""
    if reply.raw is not None:
        return iter(reply.raw)
    if path.endswith("/chat/completions"):
        return _chat(body, reply)
    if path.endswith("/responses"):
        return _responses(body, reply)
    return _messages(body, reply)


def _chat(body: Mapping[str, Any], reply: Reply) -> Iterator[Any]:
    base = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": body["model"]}

    def chunk(delta: dict[str, Any], finish: str | None = None) -> tuple[None, dict[str, Any]]:
        return None, {**base, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}

    yield chunk({"role": "assistant", "content": ""})
    for piece in reply.split:
        yield PIECE
        yield chunk({"refusal" if reply.finish == "refusal" else "content": piece})
    yield chunk({}, "stop" if reply.finish == "refusal" else reply.finish)
    if reply.usage is not None:
        tokens_in, tokens_out = reply.usage
        usage = {
            "prompt_tokens": tokens_in,
            "completion_tokens": tokens_out,
            "total_tokens": tokens_in + tokens_out,
            "prompt_tokens_details": {"cached_tokens": reply.cached},
            "completion_tokens_details": {"reasoning_tokens": reply.reasoning},
        }
        yield None, {**base, "choices": [], "usage": usage}
    yield None, "[DONE]"


def _responses(body: Mapping[str, Any], reply: Reply) -> Iterator[Any]:
    sequence = iter(range(1000))
    place = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    item = {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed", "content": []}
    is_refusal = reply.finish == "refusal"
    kind = "refusal" if is_refusal else "output_text"
    part = {"type": kind, ("refusal" if is_refusal else "text"): reply.text, "annotations": []}

    def event(name: str, **data: Any) -> tuple[str, dict[str, Any]]:
        return name, {"type": name, "sequence_number": next(sequence), **data}

    def response(status: str, **more: Any) -> dict[str, Any]:
        base = {"id": "resp_1", "object": "response", "created_at": 1, "model": body["model"], "output": []}
        return {**base, "status": status, "parallel_tool_calls": False, "tool_choice": "auto", "tools": [], **more}

    yield event("response.created", response=response("in_progress"))
    yield event("response.output_item.added", output_index=0, item={**item, "status": "in_progress"})
    yield event("response.content_part.added", **place, part={**part, ("refusal" if is_refusal else "text"): ""})
    for piece in reply.split:
        yield PIECE
        yield event(f"response.{kind}.delta", **place, delta=piece, logprobs=[])
    done = {"refusal" if is_refusal else "text": reply.text}
    yield event(f"response.{kind}.done", **place, **done, logprobs=[])
    yield event("response.output_item.done", output_index=0, item={**item, "content": [part]})
    end: dict[str, Any] = {"output": [{**item, "content": [part]}]}
    if reply.usage is not None:
        tokens_in, tokens_out = reply.usage
        end["usage"] = {
            "input_tokens": tokens_in,
            "output_tokens": tokens_out,
            "total_tokens": tokens_in + tokens_out,
            "input_tokens_details": {"cached_tokens": reply.cached, "cache_write_tokens": 0},
            "output_tokens_details": {"reasoning_tokens": reply.reasoning},
        }
    if reply.finish in {"length", "content_filter"}:
        reason = "max_output_tokens" if reply.finish == "length" else "content_filter"
        yield event(
            "response.incomplete", response=response("incomplete", incomplete_details={"reason": reason}, **end)
        )
    else:
        yield event("response.completed", response=response("completed", **end))


STOPS = {"stop": "end_turn", "length": "max_tokens", "content_filter": "refusal", "refusal": "refusal"}


def _messages(body: Mapping[str, Any], reply: Reply) -> Iterator[Any]:
    def event(name: str, **data: Any) -> tuple[str, dict[str, Any]]:
        return name, {"type": name, **data}

    is_tool = bool(body.get("tools")) and reply.finish != "refusal"
    tokens_in, tokens_out = reply.usage or (0, 0)
    started = {"input_tokens": tokens_in - reply.cached, "output_tokens": 0, "cache_read_input_tokens": reply.cached}
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": body["model"], "content": []}
    yield event("message_start", message={**message, "stop_reason": None, "stop_sequence": None, "usage": started})
    if is_tool:
        block: dict[str, Any] = {"type": "tool_use", "id": "toolu_1", "name": body["tools"][0]["name"], "input": {}}
    else:
        block = {"type": "text", "text": ""}
    yield event("content_block_start", index=0, content_block=block)
    for piece in reply.split:
        delta = (
            {"type": "input_json_delta", "partial_json": piece} if is_tool else {"type": "text_delta", "text": piece}
        )
        yield PIECE
        yield event("content_block_delta", index=0, delta=delta)
    yield event("content_block_stop", index=0)
    stop = "tool_use" if is_tool and reply.finish == "stop" else STOPS[reply.finish]
    yield event(
        "message_delta", delta={"stop_reason": stop, "stop_sequence": None}, usage={"output_tokens": tokens_out}
    )
    yield event("message_stop")
