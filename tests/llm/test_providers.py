import asyncio
import json
import logging
import socket

import pytest
from fake_provider import FakeProvider
from fake_streams import Reply, cutting, failing, hanging, refusing
from llm.asking import ANTHROPIC, ARTICLE, CHAT, KEY, MODELS, OUTPUT, RESPONSES, TEXT, Heard, ask, served

from gql_server.llm.asking import asked
from gql_server.llm.catalogue import NamedModel
from gql_server.llm.connections import connected
from gql_server.llm.exchange import (
    Answer,
    ProviderError,
    Question,
    RateLimitedError,
    RefusedError,
    Rejected,
    TimedOutError,
    TokenUsage,
)
from gql_server.llm.models import open_model

PLAIN = Question("Write about tea.", None)
ASKED = Question("Write about tea.", ARTICLE)
TREE = {
    "type": "object",
    "properties": {"root": {"$ref": "#/$defs/node"}},
    "required": ["root"],
    "$defs": {
        "node": {
            "type": "object",
            "properties": {"name": {"type": "string"}, "below": {"type": "array", "items": {"$ref": "#/$defs/node"}}},
        }
    },
}


@pytest.mark.parametrize("model", MODELS)
async def test_a_plain_answer_streams(provider: FakeProvider, model: str) -> None:
    heard = Heard()

    answer = await ask(served(provider, model), PLAIN, heard)

    assert answer == Answer("Hello from the fake provider.", TokenUsage(100, 20, {}))
    assert heard.pieces == ["Hello ", "from t", "he fak", "e prov", "ider."]
    [call] = provider.calls
    assert call.texts == [("user", "Write about tea.")]


@pytest.mark.parametrize("model", MODELS)
async def test_a_structured_answer_streams(provider: FakeProvider, model: str) -> None:
    provider.will(Reply(OUTPUT, pieces=4))
    heard = Heard()

    answer = await ask(served(provider, model), ASKED, heard)

    assert answer.text == TEXT
    assert "".join(heard.pieces) == TEXT
    assert len(heard.pieces) == 4


async def test_chat_completions_hold_a_model_to_the_structure(provider: FakeProvider) -> None:
    await ask(served(provider, max_tokens=500), ASKED)

    assert provider.calls[0].path == "/v1/chat/completions"
    assert provider.calls[0].body == {
        "model": "qwen3",
        "messages": [{"role": "user", "content": "Write about tea."}],
        "max_tokens": 500,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "answer", "schema": ARTICLE, "strict": True},
        },
        "stream": True,
        "stream_options": {"include_usage": True},
    }


async def test_responses_hold_a_model_to_the_structure_and_keep_nothing(provider: FakeProvider) -> None:
    await ask(served(provider, RESPONSES, max_tokens=500), ASKED)

    [call] = provider.calls
    assert call.path == "/v1/responses"
    assert call.body["text"]["format"] == {"type": "json_schema", "name": "answer", "schema": ARTICLE, "strict": True}
    assert call.body["store"] is False
    assert call.body["max_output_tokens"] == 500


async def test_anthropic_gives_its_answer_to_a_tool(provider: FakeProvider) -> None:
    await ask(served(provider, ANTHROPIC, max_tokens=500), ASKED)

    [call] = provider.calls
    assert call.path == "/v1/messages"
    assert call.body["tools"] == [{"name": "answer", "description": "Gives the answer.", "input_schema": ARTICLE}]
    assert call.body["tool_choice"] == {"type": "any", "disable_parallel_tool_use": True}
    assert call.body["max_tokens"] == 500
    assert call.texts == [("user", "Write about tea.\n\nGive the answer to the tool `answer`.")]


@pytest.mark.parametrize("model", MODELS)
async def test_a_recursive_structure_is_sent_as_it_is(provider: FakeProvider, model: str) -> None:
    await ask(served(provider, model), Question("Grow a tree.", TREE))

    body = provider.calls[0].body
    match model:
        case "openai-chat:qwen3":
            sent = body["response_format"]["json_schema"]["schema"]
            assert body["response_format"]["json_schema"]["strict"] is False
        case "openai:gpt-5-mini":
            sent = body["text"]["format"]["schema"]
        case _:
            sent = body["tools"][0]["input_schema"]
    assert sent == TREE


LIST = {"type": "array", "items": {"type": "string"}}


async def test_a_structure_that_is_no_object_is_described(provider: FakeProvider) -> None:
    described = (
        "List.\n\nAnswer with JSON only, without a code fence, that is valid against this schema:\n"
        '{"type": "array", "items": {"type": "string"}}'
    )
    provider.will(Reply('```json\n["a", "b"]\n```', pieces=9))
    heard = Heard()

    answer = await ask(served(provider, ANTHROPIC), Question("List.", LIST), heard)

    assert answer.text == '["a", "b"]'
    assert "".join(heard.pieces) == '["a", "b"]'
    assert provider.calls[0].texts == [("user", described)]


@pytest.mark.parametrize(
    ("model", "base_url", "mode", "has_note"),
    [
        (RESPONSES, None, "text", True),
        (RESPONSES, "http://127.0.0.1:9/v1", "native", False),
        (CHAT, "http://127.0.0.1:9/v1", "native", False),
        (ANTHROPIC, None, "text", True),
    ],
)
async def test_who_takes_a_structure_that_is_no_object(
    model: str, base_url: str | None, mode: str, has_note: bool
) -> None:
    named = NamedModel("tested", model, base_url)
    async with connected(named) as opened:
        way = asked(opened, named, LIST)

    assert (way.parameters.output_mode, bool(way.note)) == (mode, has_note)


@pytest.mark.parametrize("model", MODELS)
async def test_rejected_answers_are_told(provider: FakeProvider, model: str) -> None:
    rejected = [Rejected('{"title": 1}', "/title: 1 is no string."), Rejected("", "it is no JSON")]

    await ask(served(provider, model), Question("Write.", ARTICLE, rejected))

    assert provider.calls[0].texts == [
        ("user", "Write.\n\nGive the answer to the tool `answer`." if model == ANTHROPIC else "Write."),
        ("assistant", '{"title": 1}'),
        ("user", "This answer is not valid: /title: 1 is no string. Answer again with valid JSON only."),
        ("assistant", "(nothing)"),
        ("user", "This answer is not valid: it is no JSON. Answer again with valid JSON only."),
    ]


@pytest.mark.parametrize("model", MODELS)
async def test_cached_and_reasoning_tokens_are_told_apart(provider: FakeProvider, model: str) -> None:
    provider.will(Reply(cached=30, reasoning=7))

    answer = await ask(served(provider, model), PLAIN)

    details = {"cache_read_tokens": 30} if model == ANTHROPIC else {"cache_read_tokens": 30, "reasoning_tokens": 7}
    assert answer.usage == TokenUsage(100, 20, details)


@pytest.mark.parametrize("model", MODELS)
async def test_usage_that_is_not_told_is_estimated(provider: FakeProvider, model: str) -> None:
    provider.will(Reply("12345678", usage=None))

    answer = await ask(served(provider, model), Question("1234567890", None))

    assert answer.usage == TokenUsage(3, 2, {}, is_estimated=True)


@pytest.mark.parametrize("model", MODELS)
async def test_an_answer_of_the_greatest_length_is_an_answer(provider: FakeProvider, model: str) -> None:
    provider.will(Reply('{"title": "Green', finish="length"))

    answer = await ask(served(provider, model), ASKED)

    assert answer == Answer('{"title": "Green', TokenUsage(100, 20, {}))


@pytest.mark.parametrize("model", MODELS)
async def test_an_empty_answer_is_an_answer(provider: FakeProvider, model: str) -> None:
    provider.will(Reply(""))

    assert (await ask(served(provider, model), PLAIN)).text == ""


@pytest.mark.parametrize("model", MODELS)
async def test_a_refusal(provider: FakeProvider, model: str) -> None:
    provider.will(refusing("I cannot help with that."))

    with pytest.raises(RefusedError) as raised:
        await ask(served(provider, model), ASKED)

    words = "." if model == ANTHROPIC else ": I cannot help with that."
    assert str(raised.value) == f"Model 'tested' declined to answer{words}"
    assert raised.value.usage == TokenUsage(100, 20, {})


@pytest.mark.parametrize("model", MODELS)
async def test_a_filter(provider: FakeProvider, model: str) -> None:
    provider.will(Reply("He", finish="content_filter"))

    with pytest.raises(RefusedError) as raised:
        await ask(served(provider, model), PLAIN)

    assert str(raised.value) == "Model 'tested' declined to answer."


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    ("status", "is_transient"), [(500, True), (502, True), (408, True), (400, False), (404, False), (422, False)]
)
async def test_a_failure_is_one_request(provider: FakeProvider, model: str, status: int, is_transient: bool) -> None:
    provider.will(failing(status, "The cat is on the keyboard."))

    with pytest.raises(ProviderError) as raised:
        await ask(served(provider, model), PLAIN)

    words = f"The provider of model 'tested' failed with status {status}: The cat is on the keyboard."
    assert str(raised.value) == words
    assert (raised.value.status_code, raised.value.is_transient) == (status, is_transient)
    assert raised.value.usage is None
    assert len(provider.calls) == 1


@pytest.mark.parametrize("model", MODELS)
async def test_too_many_requests(provider: FakeProvider, model: str) -> None:
    provider.will(failing(429, "Slow down.", retry_after="7"), failing(429, "Slow down."))

    with pytest.raises(RateLimitedError) as waiting:
        await ask(served(provider, model), PLAIN)
    with pytest.raises(RateLimitedError) as vague:
        await ask(served(provider, model), PLAIN)

    assert str(waiting.value) == "The provider of model 'tested' is too busy: Slow down."
    assert (waiting.value.retry_after_seconds, vague.value.retry_after_seconds) == (7.0, None)
    assert len(provider.calls) == 2


async def test_an_overloaded_provider(provider: FakeProvider) -> None:
    provider.will(failing(529, "Overloaded", "overloaded_error"))

    with pytest.raises(RateLimitedError):
        await ask(served(provider, ANTHROPIC), PLAIN)


async def test_an_exhausted_account_is_no_matter_of_waiting(provider: FakeProvider) -> None:
    provider.will(failing(429, "You exceeded your quota.", "insufficient_quota"))

    with pytest.raises(ProviderError) as raised:
        await ask(served(provider), PLAIN)

    assert (raised.value.status_code, raised.value.is_transient) == (429, False)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_key_is_not_shown(provider: FakeProvider, model: str, status: int) -> None:
    provider.will(failing(status, f"Incorrect API key provided: {KEY}."))

    with pytest.raises(ProviderError) as raised:
        await ask(served(provider, model), PLAIN)

    assert str(raised.value) == "The provider of model 'tested' refused the key."
    assert (raised.value.status_code, raised.value.is_transient) == (status, False)


async def test_a_provider_s_words_are_short_and_have_no_secret(provider: FakeProvider) -> None:
    provider.will(failing(500, f"key {KEY}, Bearer abc, https://me:secret@host/,\n sk-abc***xyz " + "long " * 100))

    with pytest.raises(ProviderError) as raised:
        await ask(served(provider), PLAIN)

    said = str(raised.value).removeprefix("The provider of model 'tested' failed with status 500: ")
    assert said.startswith("key …, … https:…host/, … long long")
    assert len(said) == 301


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(("after", "cleanly"), [(0, False), (2, False), (0, True), (2, True)])
async def test_a_stream_that_breaks_off_is_no_short_answer(
    provider: FakeProvider, model: str, after: int, cleanly: bool
) -> None:
    provider.will(cutting(after=after, cleanly=cleanly))

    with pytest.raises(ProviderError) as raised:
        await ask(served(provider, model), PLAIN)

    assert str(raised.value) == "The answer of model 'tested' broke off."
    assert raised.value.is_transient
    assert len(provider.calls) == 1


async def test_what_was_told_before_a_stream_broke_off_is_kept(provider: FakeProvider) -> None:
    provider.will(cutting(after=2))

    with pytest.raises(ProviderError) as raised:
        await ask(served(provider, ANTHROPIC), PLAIN)

    assert raised.value.usage == TokenUsage(100, 0, {})


@pytest.mark.parametrize("model", MODELS)
async def test_a_provider_that_is_not_there(model: str) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        named = NamedModel("tested", model, f"http://127.0.0.1:{closed.getsockname()[1]}")

        with pytest.raises(ProviderError) as raised:
            await ask(named, PLAIN)

    assert str(raised.value) == "The provider of model 'tested' cannot be reached."
    assert raised.value.is_transient
    assert raised.value.usage == TokenUsage(0, 0, {})


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("after", [0, 2])
async def test_an_answer_that_takes_too_long(provider: FakeProvider, model: str, after: int) -> None:
    provider.will(hanging("Hello.", after))

    with pytest.raises(TimedOutError) as raised:
        await ask(served(provider, model, timeout_seconds=2), PLAIN)

    assert str(raised.value) == "Model 'tested' took longer than 2 seconds."
    assert raised.value.usage == (TokenUsage(100, 0, {}) if (model, after) == (ANTHROPIC, 2) else None)
    assert len(provider.calls) == 1
    assert await asyncio.to_thread(provider.calls[0].gone.wait, 30)


@pytest.mark.parametrize("model", MODELS)
async def test_a_cancelled_answer_closes_its_stream(provider: FakeProvider, model: str) -> None:
    provider.will(hanging("Hello from here.", after=2))
    arrived = asyncio.Event()

    async def on_text(_piece: str) -> None:
        arrived.set()

    async with open_model(served(provider, model)) as opened:
        task = asyncio.create_task(opened.answer(PLAIN, on_text))
        await asyncio.wait_for(arrived.wait(), 30)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

        assert await asyncio.to_thread(provider.calls[0].gone.wait, 30)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("error", [OSError("disk"), TimeoutError("slow"), KeyError("x")], ids=repr)
async def test_an_error_of_whoever_listens_is_theirs(provider: FakeProvider, model: str, error: Exception) -> None:
    provider.will(hanging("Hello from here.", after=2))

    async def on_text(_piece: str) -> None:
        raise error

    with pytest.raises(type(error)) as raised:
        await ask(served(provider, model), PLAIN, on_text)

    assert raised.value is error
    assert await asyncio.to_thread(provider.calls[0].gone.wait, 30)


@pytest.mark.parametrize("model", MODELS)
async def test_answers_come_side_by_side_over_one_model(provider: FakeProvider, model: str) -> None:
    provider.script = lambda _body, number: Reply(f"Answer {number}.", delay_seconds=0.05)

    async with open_model(served(provider, model)) as opened:
        answers = await asyncio.gather(*(opened.answer(PLAIN, Heard()) for _ in range(12)))

    assert sorted(answer.text for answer in answers) == sorted(f"Answer {number}." for number in range(12))


@pytest.mark.parametrize("model", MODELS)
async def test_the_environment_decides_nothing(
    provider: FakeProvider, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_BASE_URL", "ANTHROPIC_BASE_URL", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(name, "from-the-environment")
    for name in ("OPENAI_CUSTOM_HEADERS", "ANTHROPIC_CUSTOM_HEADERS"):
        monkeypatch.setenv(name, "Authorization: Bearer from-the-environment\nX-Extra: from-the-environment")

    await ask(served(provider, model), PLAIN)
    await ask(served(provider, model, key=None), PLAIN)

    with_key, without = (call.headers for call in provider.calls)
    assert "from-the-environment" not in json.dumps([dict(with_key), dict(without)])
    if model == ANTHROPIC:
        assert with_key["x-api-key"] == KEY
    else:
        assert with_key["authorization"] == f"Bearer {KEY}"
    assert {"authorization", "x-api-key"}.isdisjoint(without)
    assert not [name for name in with_key if name.startswith("x-stainless")]


@pytest.mark.parametrize("model", MODELS)
async def test_neither_key_nor_prompt_is_logged(
    provider: FakeProvider, model: str, caplog: pytest.LogCaptureFixture
) -> None:
    provider.will(Reply(), failing(401, f"Incorrect key {KEY}"))
    with caplog.at_level(logging.INFO):
        await ask(served(provider, model), PLAIN)
        with pytest.raises(ProviderError):
            await ask(served(provider, model), PLAIN)

    assert KEY not in caplog.text
    assert "tea" not in caplog.text


@pytest.mark.parametrize(
    ("model", "raw"),
    [
        (CHAT, (None, '{"error": {"message": "Slow down.", "code": "rate_limit_exceeded"}}')),
        (
            RESPONSES,
            (
                "error",
                '{"type": "error", "code": "rate_limit_exceeded", "message": "Slow down.", "sequence_number": 0}',
            ),
        ),
        (ANTHROPIC, ("error", '{"type": "error", "error": {"type": "overloaded_error", "message": "Slow down."}}')),
    ],
)
async def test_a_failure_within_the_stream(provider: FakeProvider, model: str, raw: tuple[str | None, str]) -> None:
    provider.will(Reply(raw=[raw]))

    with pytest.raises(RateLimitedError) as raised:
        await ask(served(provider, model), PLAIN)

    assert str(raised.value) == "The provider of model 'tested' is too busy: Slow down."


@pytest.mark.parametrize("data", ["[]", "null", '"x"', '{"choices": [null]}', '{"type": "response.completed"}'])
@pytest.mark.parametrize("model", [CHAT, RESPONSES])
async def test_an_answer_that_makes_no_sense(provider: FakeProvider, model: str, data: str) -> None:
    provider.will(Reply(raw=[(None, data)]))

    with pytest.raises(ProviderError) as raised:
        await ask(served(provider, model), PLAIN)

    assert raised.value.is_transient
    assert str(raised.value) in {
        "The provider of model 'tested' sent something that is no answer.",
        "The answer of model 'tested' broke off.",
    }


async def test_a_page_is_not_quoted(provider: FakeProvider) -> None:
    provider.will(Reply("<html>Bad gateway</html>", status=502))

    with pytest.raises(ProviderError) as raised:
        await ask(served(provider), PLAIN)

    assert str(raised.value) == "The provider of model 'tested' failed with status 502."
