"""What a language model answers is made a content of, or it is said what is wrong with it."""

import json
from typing import Any

import pytest

from gql_server.services.checks import NAME_LENGTH, OBJECT_LENGTH
from gql_server.services.outputs import InvalidOutputError, Output, is_valid, read_output

ANYTHING = '{"type": "object"}'
STRUCTURE = json.dumps(
    {
        "type": "object",
        "properties": {
            "title": {"type": "string"},
            "body": {"type": "string", "minLength": 2},
            "tags": {"type": "array", "items": {"type": "string", "maxLength": 3}},
            "a/b~c": {"type": "integer"},
        },
        "required": ["title", "body"],
        "additionalProperties": False,
    }
)
UNSTORABLE = "The answer has the character U+0000, which cannot be stored."
HALF = "The answer has half of a surrogate pair, which is no character."
TOO_DEEP = "The answer is nested too deeply."


@pytest.mark.parametrize(
    ("answer", "output"),
    [
        ('{"title": "Oak", "body": "Leaves."}', Output("Oak", "Leaves.", None)),
        ('{"title": "Oak", "body": "Leaves.", "words": 1}', Output("Oak", "Leaves.", '{"words": 1}')),
        ('{"title": " Oak\\n", "body": " Leaves.\\n"}', Output("Oak", " Leaves.\n", None)),
        ('{"title": " ", "body": ""}', Output(None, "", None)),
        ('{"title": "", "body": "x"}', Output(None, "x", None)),
        ('{"body": "Leaves."}', Output(None, "Leaves.", None)),
        ('{"title": "Oak"}', Output("Oak", '{"title": "Oak"}', None)),
        ('{"title": "Oak", "words": 1}', Output("Oak", '{"title": "Oak", "words": 1}', '{"words": 1}')),
        ("{}", Output(None, "{}", None)),
        ('{"title": 1, "body": "x"}', Output(None, "x", '{"title": 1}')),
        ('{"title": null, "body": "x"}', Output(None, "x", '{"title": null}')),
        ('{"title": "Oak", "body": ["x"]}', Output("Oak", '{"title": "Oak", "body": ["x"]}', '{"body": ["x"]}')),
        ('{"body": "é🌳\\u00e9", "ü": "\\ud83c\\udf33"}', Output(None, "é🌳é", '{"ü": "🌳"}')),
        ('{"body": "\\\\u0000"}', Output(None, "\\u0000", None)),
        (' \n{"body": "x"}\t', Output(None, "x", None)),
        ('{"body": "x", "n": 12345678901234567890123}', Output(None, "x", '{"n": 12345678901234567890123}')),
        ('{"body": "x", "body": "y"}', Output(None, "y", None)),
    ],
    ids=range(17),
)
def test_title_body_and_metadata(answer: str, output: Output) -> None:
    assert read_output(answer, ANYTHING) == output
    assert is_valid(answer, ANYTHING)


@pytest.mark.parametrize(
    ("answer", "body"), [('"text"', '"text"'), ("[1, 2]", "[1, 2]"), ("true", "true"), ("null", "null"), ("7", "7")]
)
def test_what_is_no_object_is_the_body(answer: str, body: str) -> None:
    assert read_output(answer, "{}") == Output(None, body, None)


def test_the_longest_title_and_the_most_metadata() -> None:
    metadata = {"a": "x" * (OBJECT_LENGTH - len('{"a": ""}'))}
    answer = json.dumps({"title": f" {'🌳' * NAME_LENGTH} ", "body": "", **metadata})

    assert read_output(answer, ANYTHING) == Output("🌳" * NAME_LENGTH, "", json.dumps(metadata))


def refused(answer: str, structure: str = ANYTHING) -> tuple[str, str]:
    assert not is_valid(answer, structure)
    with pytest.raises(InvalidOutputError) as found:
        read_output(answer, structure)
    assert str(found.value) == found.value.message
    return found.value.message, found.value.pointer


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("", "The answer is no JSON: Expecting value: line 1 column 1 (char 0)."),
        ("Sure! Here it is:", "The answer is no JSON: Expecting value: line 1 column 1 (char 0)."),
        ('```json\n{"body": "x"}\n```', "The answer is no JSON: Expecting value: line 1 column 1 (char 0)."),
        ('{"body": "x"} Done.', "The answer is no JSON: Extra data: line 1 column 15 (char 14)."),
        ('{"body": "x', "The answer is no JSON: Unterminated string starting at: line 1 column 10 (char 9)."),
        ('{"body": "a\nb"}', "The answer is no JSON: Invalid control character at: line 1 column 12 (char 11)."),
        ('{"body": "x", "n": NaN}', "The answer is no JSON: NaN is none of its numbers."),
        ('{"body": "x", "n": -Infinity}', "The answer is no JSON: -Infinity is none of its numbers."),
        ("Infinity", "The answer is no JSON: Infinity is none of its numbers."),
        ('{"body": "\\u0000"}', UNSTORABLE),
        ('{"body": "\\\\\\u0000"}', UNSTORABLE),
        ('{"body": "x", "\\u0000": 1}', UNSTORABLE),
        ('{"body": "x", "a": [{"b": "\\u0000"}]}', UNSTORABLE),
        ('{"body": "\\ud800"}', HALF),
        ('{"title": "\\udfff", "body": "x"}', HALF),
        ('{"body": "x", "\\ud83c": 1}', HALF),
        ('{"body": "\udc80"}', HALF),
        ("[" * 100_000, TOO_DEEP),
        ('{"a":' * 100_000, TOO_DEEP),
        ("[" * 100_000 + "]" * 100_000, TOO_DEEP),
    ],
    ids=range(20),
)
def test_what_is_no_json_that_can_be_stored(answer: str, message: str) -> None:
    assert refused(answer) == (message, "")


@pytest.mark.parametrize("number", ["1e999", "-1e999", "9" * 5000])
def test_a_number_that_nothing_can_hold(number: str) -> None:
    message, pointer = refused(f'{{"body": "x", "n": {number}}}')

    # What else is said of it differs between versions of Python.
    assert message.startswith("The answer is no JSON: ")
    assert pointer == ""


@pytest.mark.parametrize(
    ("answer", "message", "pointer"),
    [
        ("[]", 'The answer: [] is not of type "object".', ""),
        ('{"title": "Oak"}', 'The answer: "body" is a required property.', ""),
        ('{"title": "Oak", "body": "x"}', '/body: "x" is shorter than 2 characters.', "/body"),
        (
            '{"title": "Oak", "body": "xy", "tags": ["a", "b", "long"]}',
            '/tags/2: "long" is longer than 3 characters.',
            "/tags/2",
        ),
        (
            '{"title": "Oak", "body": "xy", "a/b~c": "x"}',
            '/a~1b~0c: "x" is not of type "integer".',
            "/a~1b~0c",
        ),
        (
            '{"title": "Oak", "body": "xy", "more": 1}',
            "The answer: Additional properties are not allowed ('more' was unexpected).",
            "",
        ),
        (
            '{"title": 1, "body": "x"}',
            '/body: "x" is shorter than 2 characters; /title: 1 is not of type "string".',
            "/body",
        ),
    ],
    ids=range(7),
)
def test_what_does_not_meet_the_structure(answer: str, message: str, pointer: str) -> None:
    found, at = refused(answer, STRUCTURE)

    # In which order several are found is the library's own.
    assert (sorted(found.removesuffix(".").split("; ")), at in message) == (
        sorted(message.removesuffix(".").split("; ")),
        True,
    )
    if ";" not in message:
        assert (found, at) == (message, pointer)


def test_a_title_that_is_too_long() -> None:
    answer = json.dumps({"title": f" {'x' * (NAME_LENGTH + 1)} ", "body": ""})

    assert refused(answer) == ("/title: a title has 255 characters at the most.", "/title")


def test_more_metadata_than_there_can_be() -> None:
    answer = json.dumps({"body": "", "a": "x" * (OBJECT_LENGTH - len('{"a": ""}') + 1)})

    assert refused(answer) == ("What is neither title nor body has 100000 characters at the most.", "")


def test_of_many_problems_the_first_ten_are_said_and_of_each_the_beginning() -> None:
    answer = json.dumps({"title": "Oak", "body": "xy", "tags": ["y" * 1000] * 50})

    message, pointer = refused(answer, STRUCTURE)

    lines = message.removesuffix(".").split("; ")
    assert [line.partition(": ")[0] for line in lines] == [f"/tags/{place}" for place in range(10)]
    assert {len(line.partition(": ")[2]) for line in lines} == {300}
    assert pointer == "/tags/0"


@pytest.mark.parametrize("structure", ['{"type": "nope"}', "[]", '{"$ref": "http://127.0.0.1/"}'])
def test_a_structure_that_answers_cannot_be_checked_against(structure: str) -> None:
    message, pointer = refused("{}", structure)

    assert message.startswith("The answer cannot be checked: ")
    assert pointer == ""


def test_a_structure_with_a_title_of_its_own() -> None:
    structure: dict[str, Any] = {"properties": {"title": {"maxLength": 300}}}

    assert refused(json.dumps({"title": "x" * 300, "body": ""}), json.dumps(structure))[1] == "/title"
