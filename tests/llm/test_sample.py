import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from jsonschema_rs import Draft202012Validator, RegexOptions
from llm.schemas import FORMATS, LIST, PATTERNS, SATISFIABLE, SCHEMAS, TREE, UNSATISFIABLE
from patience import BOUND_SECONDS

from gql_server import demo
from gql_server.llm import sample as module
from gql_server.llm.sample import SampleError, sample_deltas, sample_output, sample_tokens
from gql_server.services.structures import problems

MODELS = sorted((Path(demo.__file__).parent / "object_models").glob("*.json"))
VARIABLES = {"topic": "green tea", "audience": "beginners", "words": 200, "deep": {"a": 1}}
TERMS = ["Oolong", "Gyokuro"]


SECONDS = module.SECONDS


@pytest.fixture(autouse=True, scope="module")
def patient():
    """The steps end a search, and not a machine that is slow at them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "SECONDS", BOUND_SECONDS)
        yield


def sample(structure: dict[str, Any] | None, seed: str = "1") -> Any:
    return sample_output(structure, seed=seed, variables=VARIABLES, terms=TERMS)


def is_valid(structure: dict[str, Any], value: Any, *, formats: bool = False) -> bool:
    options = RegexOptions()
    validator = Draft202012Validator(structure, pattern_options=options, offline=True, validate_formats=formats)
    return validator.is_valid(json.loads(json.dumps(value)))


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_the_demo_s_object_models(path):
    structure = json.loads(path.read_text())
    for seed in ("1", "2", "3"):
        value = sample(structure, seed)
        assert is_valid(structure, value)
        assert set(value) == set(structure["properties"])
        assert value["title"].startswith("Sample title about ")
        assert value["body"].startswith("Sample body about ")
        assert value["body"].count("\n\n") == 2


@pytest.mark.parametrize("name", SATISFIABLE)
@pytest.mark.parametrize("seed", ["1", "2"])
def test_every_keyword(name, seed):
    structure = SATISFIABLE[name]
    assert problems(structure) == []
    assert is_valid(structure, sample(structure, seed))


@pytest.mark.parametrize("pattern", PATTERNS)
def test_patterns(pattern):
    structure = {"type": "string", "pattern": pattern}
    assert is_valid(structure, sample(structure))


@pytest.mark.parametrize("name", FORMATS)
def test_formats(name):
    structure = {"type": "string", "format": name}
    assert is_valid(structure, sample(structure), formats=True)


def test_a_format_and_a_length():
    structure = {"type": "string", "format": "uri", "maxLength": 12}
    assert is_valid(structure, sample(structure), formats=True)


def test_lengths_of_patterns():
    structure = {"type": "string", "pattern": "^[a-z]+(-[a-z]+)*$", "minLength": 40, "maxLength": 40}
    assert is_valid(structure, sample(structure))


@pytest.mark.parametrize("name", UNSATISFIABLE)
def test_what_has_no_valid_value(name):
    structure, pointer = UNSATISFIABLE[name]
    with pytest.raises(SampleError) as failure:
        sample(structure)
    assert failure.value.pointer == pointer
    assert failure.value.message.endswith(".")


@given(SCHEMAS)
@settings(
    max_examples=400,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
def test_random_schemas_around_a_value(drawn):
    value, structure = drawn
    assert is_valid(structure, value)
    assert is_valid(structure, sample(structure))


def test_without_a_structure():
    value = sample(None)
    assert list(value) == ["title", "body"]
    assert value["title"].startswith("Sample title about ")


def test_recursion_ends_at_the_shallowest_value():
    assert sample(TREE) == {"name": sample(TREE)["name"], "children": []}
    assert sample(LIST) is None


def test_every_free_text_is_marked_and_mentions_what_it_was_given():
    properties = {name: {"type": "string", "maxLength": 90} for name in ("summary", "name", "note", "slogan")}
    value = sample({"type": "object", "properties": properties})
    assert list(value) == ["summary", "name", "note", "slogan"]
    for text in value.values():
        assert text.startswith("Sample ")
        assert any(word in text for word in ("green tea", "beginners", "200"))
    assert sample({"type": "string", "pattern": "[0-9]$"}).startswith("Sample ")
    assert sample({"type": "string", "pattern": "^[a-z]+$"}) == "sample"
    assert sample({"type": "string", "maxLength": 8}) == "Sample"


def test_what_is_mentioned_may_be_anything():
    texts = ["", " ", "\x00\n\t", "\ud800", "x" * 10_000, "{one}", "é", None, [], float("inf")]
    variables = {str(at): text for at, text in enumerate(texts)}
    value = sample_output(None, seed="\ud800", variables=variables, terms=["", "{other}", "\udfff"])
    assert json.loads(json.dumps(value, ensure_ascii=False).encode()) == value


SCRIPT = """
import json, sys
from gql_server.llm import sample
sample.SECONDS = 20
for structure in json.load(sys.stdin):
    print(json.dumps(sample.sample_output(structure, seed="s", variables={"a": "tea"}, terms=["b", "c"])))
"""


def test_the_same_in_every_process():
    structures = json.dumps([None, *SATISFIABLE.values()])
    outputs = {_run(structures, str(seed)) for seed in (0, 1, 4242)}
    assert len(outputs) == 1
    assert outputs.pop().count("\n") == len(SATISFIABLE) + 1


def _run(structures: str, hash_seed: str) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    command = [sys.executable, "-c", SCRIPT]
    return subprocess.run(command, input=structures, env=environment, capture_output=True, text=True, check=True).stdout


def test_another_seed_says_something_else():
    assert len({sample(None, str(seed))["title"] for seed in range(20)}) > 3


def _doubling(levels: int) -> dict[str, Any]:
    twice = {
        f"d{n}": {
            "type": "object",
            "properties": {k: {"$ref": f"#/$defs/d{n + 1}"} for k in "ab"},
            "required": ["a", "b"],
        }
        for n in range(levels)
    }
    return {"$ref": "#/$defs/d0", "$defs": {**twice, f"d{levels}": {"type": "null"}}}


def _mesh(size: int) -> dict[str, Any]:
    step = [{"type": "object", "properties": {"x": {"$ref": f"#/$defs/m{n}"}}, "required": ["x"]} for n in range(size)]
    return {"$ref": "#/$defs/m0", "$defs": {f"m{n}": {"anyOf": step[::-1]} for n in range(size)}}


def _nested(levels: int, inner: Any) -> Any:
    for _ in range(levels):
        inner = {"type": "array", "minItems": 1, "items": inner}
    return inner


HOSTILE: dict[str, dict[str, Any]] = {
    "doubling": _doubling(40),
    "mesh": _mesh(12),
    "nested": _nested(99, {"type": "string"}),
    "long": {"type": "string", "minLength": 10**12},
    "long pattern": {"type": "string", "pattern": "^[a-z]{1000}$", "minLength": 10**9},
    "many items": {"type": "array", "minItems": 10**12},
    "many contained": {"type": "array", "contains": {"const": 1}, "minContains": 10**12},
    "many properties": {"type": "object", "minProperties": 10**12},
    "wide": {"type": "object", "properties": {f"p{n}": {"type": "string", "pattern": f"^a{n}b"} for n in range(2000)}},
    "wide and required": {
        "type": "object",
        "required": [f"p{n}" for n in range(9000)],
        "additionalProperties": {"const": 1},
    },
    "choices": {
        "allOf": [{"anyOf": [{"required": [f"{n}{k}"], "maxProperties": 3} for k in range(5)]} for n in range(300)]
    },
    "exclusive": {"oneOf": [{"properties": {f"a{n}": {"type": "string"}}} for n in range(1500)]},
    "nots": {
        "allOf": [{"not": {"properties": {f"a{n}": {"pattern": f"b{n}"}, f"c{n}": {"minimum": n}}}} for n in range(900)]
    },
    "ifs": {
        "allOf": [{"if": {"required": [f"a{n}"]}, "then": {"required": [f"a{n + 1}"]}} for n in range(1000)],
        "required": ["a0"],
    },
    "enum": {"enum": list(range(15_000)), "not": {"type": "integer"}},
    "patterns": {"type": "string", "allOf": [{"pattern": f"{n}x[a-z]+"} for n in range(3000)]},
    "unique": {
        "type": "array",
        "uniqueItems": True,
        "minItems": 3000,
        "items": {"type": "string", "pattern": "^[ab]{12}$"},
    },
    "groups": {"type": "string", "pattern": "^" + "(a|" * 200 + "b" + ")" * 200 + "$"},
    "counts": {"type": "string", "pattern": "^((a{30}){30}){30}$"},
    "big numbers": {"type": "number", "multipleOf": 1e-300, "minimum": 1e300},
    "negated tree": {"not": {"allOf": [{"anyOf": [{"minimum": n}, {"maxLength": n}]} for n in range(1500)]}},
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_structures_end_in_time(name, monkeypatch):
    monkeypatch.setattr(module, "SECONDS", SECONDS)
    structure = HOSTILE[name]
    assert len(json.dumps(structure)) <= 200_000
    began = time.perf_counter()
    try:
        value = sample(structure)
    except SampleError as error:
        value = error
    took = time.perf_counter() - began
    assert isinstance(value, SampleError) or is_valid(structure, value)
    assert took < BOUND_SECONDS  # A second is promised, but the machine may be slow; without limits it takes minutes.


def test_tokens():
    assert [sample_tokens(text) for text in ("", "a", "abcd", "abcde", "x" * 400)] == [0, 1, 1, 2, 100]


@pytest.mark.parametrize("text", ["", " ", "one", "One two.\n\nThree  ", " leading", '{"a": [1, 2]}', "é\u2028x"])
def test_deltas_join_to_the_text(text):
    assert "".join(sample_deltas(text)) == text


def test_deltas_are_words():
    assert list(sample_deltas("One two.\n\nThree ")) == ["One", " two.", "\n\nThree", " "]
