"""What would be sent to a language model can be read before anything is."""

import json
import threading
from typing import Any

import asyncpg
import pytest
from httpx import AsyncClient
from jsonschema_rs import Draft202012Validator
from logins import bearing
from patience import BOUND_SECONDS
from world import GraphQL, World, uuid_of

from gql_server.llm import sample
from gql_server.schema.ids import IdKind, global_id, project_row_id
from gql_server.services import prompting

PREVIEW = """
query ($input: PreviewPromptInput!) {
  previewPrompt(input: $input) { renderedPrompt objectModel { name } userErrors { code message path } }
}
"""
PARAMETERS = {
    "type": "object",
    "properties": {"topic": {"type": "string", "minLength": 3}, "words": {"type": "integer"}},
    "required": ["topic"],
    "additionalProperties": False,
}
TEMPLATE = "Write {{ words | default: 100 }} words about {{ topic }} in a {{ metadata.tone.voice }} voice."
GARDEN = global_id(IdKind.PROJECT, uuid_of("project", "Garden"))
WRITE = global_id(IdKind.PROMPT, uuid_of("prompt", "Write"))


@pytest.fixture(autouse=True)
async def garden(world: World) -> None:
    """A project with a prompt, an adaptation of it, metadata and terms."""
    model = await world.object_model()
    prompt = await world.prompt(template=TEMPLATE, parameters=PARAMETERS, object_model_id=model)
    project = await world.project("Garden", await world.client())
    await world.metadata(project, "tone", {"voice": "warm"})
    for term in ("Aphid", "rose", "Tuff"):
        await world.term(project, term)
    await world.prompt_component(project, "Own", prompt, content="Only {{ topic }}.")
    await world.prompt_component(
        project, "Piece", None, content="{{ anything }} {% for t in vocabulary %}{{ t.term }} {% endfor %}"
    )


def component(name: str) -> str:
    project = uuid_of("project", "Garden")
    return project_row_id(IdKind.PROMPT_COMPONENT, project, uuid_of(project, "prompt_component", name))


def refused(*errors: tuple[str, str, list[str]]) -> dict[str, Any]:
    shown = [{"code": code, "message": message, "path": ["input", *path]} for code, message, path in errors]
    return {"renderedPrompt": None, "objectModel": None, "userErrors": shown}


async def preview(data: GraphQL, **input_: object) -> Any:
    return (await data(PREVIEW, input={"project": GARDEN, **input_}))["previewPrompt"]


async def test_a_prompt_with_the_project_s_metadata_and_the_terms_that_occur_first(data: GraphQL) -> None:
    answer = await preview(data, prompt=WRITE, variables={"topic": "tuff and ROSES"})

    text = """Write 100 words about tuff and ROSES in a warm voice.

Use these terms as they are defined here:
- Tuff: What Tuff means.
- rose: What rose means.
- Aphid: What Aphid means."""
    assert answer == {"renderedPrompt": text, "objectModel": {"name": "Article"}, "userErrors": []}


async def test_a_project_s_adaptation_has_the_parameters_of_what_it_adapts(data: GraphQL) -> None:
    answer = await preview(data, promptComponent=component("Own"), variables={"topic": "moss"})
    wrong = await preview(data, promptComponent=component("Own"), variables={"topic": 1})

    assert answer["renderedPrompt"].startswith("Only moss.\n\nUse these terms")
    assert answer["objectModel"] == {"name": "Article"}
    assert wrong == refused(("INVALID", '1 is not of type "string".', ["variables", "topic"]))


async def test_a_piece_of_the_project_s_own_takes_anything_and_may_have_the_terms_elsewhere(data: GraphQL) -> None:
    answer = await preview(data, promptComponent=component("Piece"), variables={"anything": "About tuff:"})

    assert answer == {"renderedPrompt": "About tuff: Tuff Aphid rose ", "objectModel": None, "userErrors": []}


async def test_a_sample_of_an_answer(
    data: GraphQL, connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sample, "SECONDS", BOUND_SECONDS)
    query = "query ($input: PreviewPromptInput!) { previewPrompt(input: $input) { sampleOutput } }"
    variables = {"input": {"project": GARDEN, "prompt": WRITE, "variables": {"topic": "tuff"}}}
    structure = {
        "type": "object",
        "properties": {
            "title": {"type": "string", "maxLength": 60},
            "tags": {"type": "array", "items": {"enum": ["a"]}},
        },
        "required": ["title", "tags"],
        "additionalProperties": False,
    }
    await connection.execute("UPDATE public.object_models SET structure = $1", json.dumps(structure))

    samples = [(await data(query, **variables))["previewPrompt"]["sampleOutput"] for _ in range(2)]

    assert samples[0] == samples[1]
    assert Draft202012Validator(structure).is_valid(samples[0])
    assert "Sample" in samples[0]["title"]
    for odd in ({"not": {}}, {"type": "nope"}, [1]):
        await connection.execute("UPDATE public.object_models SET structure = $1", json.dumps(odd))
        assert (await data(query, **variables))["previewPrompt"] == {"sampleOutput": None}


@pytest.mark.parametrize(
    ("input_", "error"),
    [
        ({}, ("REQUIRED", "Name a prompt or a prompt component, and not both.", ["prompt"])),
        (
            {"prompt": WRITE, "promptComponent": component("Own")},
            ("REQUIRED", "Name a prompt or a prompt component, and not both.", ["prompt"]),
        ),
        ({"prompt": WRITE}, ("INVALID", '"topic" is a required property.', ["variables"])),
        ({"prompt": WRITE, "variables": []}, ("INVALID", "Variables are a JSON object.", ["variables"])),
        (
            {"prompt": WRITE, "variables": {"topic": "ab"}},
            ("INVALID", '"ab" is shorter than 3 characters.', ["variables", "topic"]),
        ),
        (
            {"prompt": global_id(IdKind.PROMPT, uuid_of("none"))},
            ("NOT_FOUND", "There is no such prompt.", ["prompt"]),
        ),
        (
            {"promptComponent": component("none")},
            ("NOT_FOUND", "There is no such prompt component.", ["promptComponent"]),
        ),
        (
            {"promptComponent": component("Piece")},
            ("TEMPLATE_ERROR", "Line 1, column 4: 'anything' is undefined.", ["promptComponent"]),
        ),
    ],
    ids=range(8),
)
async def test_what_is_refused(input_: dict[str, Any], error: tuple[str, str, list[str]], data: GraphQL) -> None:
    assert await preview(data, **input_) == refused(error)


async def test_a_template_that_goes_on_for_ever_ends(data: GraphQL, connection: asyncpg.Connection) -> None:
    endless = "{% for i in (1..1000000000) %}{% for j in (1..1000000000) %}x{% endfor %}{% endfor %}"
    await connection.execute("UPDATE public.prompts SET template = $1, parameters = NULL", endless)

    answer = await preview(data, prompt=WRITE)

    assert [error["path"] for error in answer["userErrors"]] == [["input", "prompt"]]


async def test_adopted_parameters_that_are_no_schema(data: GraphQL, connection: asyncpg.Connection) -> None:
    for parameters in ('{"type": "nope"}', "[1]", '{"$ref": "http://127.0.0.1/"}'):
        await connection.execute("UPDATE public.prompts SET parameters = $1", parameters)
        message = "The parameters of this prompt are no JSON Schema of an object."
        assert await preview(data, prompt=WRITE) == refused(("INVALID", message, ["prompt"]))


async def test_terms_have_no_more_room_than_they_are_given(
    data: GraphQL, world: World, connection: asyncpg.Connection
) -> None:
    project = uuid_of("project", "Garden")
    await world.term(project, "rosebud", definition="x" * 7_950)

    answer = await preview(data, prompt=WRITE, variables={"topic": "a rosebud"})

    assert answer["renderedPrompt"].endswith(f"- rose: What rose means.\n- rosebud: {'x' * 7_950}")


async def test_another_s_project_is_none(http: AsyncClient, world: World) -> None:
    beacon = bearing(await world.key(await world.client("Beacon")))
    answers: list[Any] = []
    for project in (GARDEN, str(uuid_of("none"))):
        input_ = {"project": project, "promptComponent": component("Own")}
        body = {"query": PREVIEW, "variables": {"input": input_}}
        answers.append((await http.post("/graphql", json=body, headers=beacon)).json()["data"]["previewPrompt"])

    assert answers == [refused(("NOT_FOUND", "There is no such project.", ["project"]))] * 2


async def test_others_are_served_while_a_template_is_rendered(data: GraphQL, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[threading.Thread] = []
    render = prompting.render

    def rendering(*args: Any) -> str:
        threads.append(threading.current_thread())
        return render(*args)

    monkeypatch.setattr(prompting, "render", rendering)

    await preview(data, prompt=WRITE, variables={"topic": "tuff"})

    assert len(threads) == 1
    assert threads[0] is not threading.main_thread()
