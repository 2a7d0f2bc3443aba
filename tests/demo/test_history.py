"""What has happened in the demo: generations, their calls and what these took and cost."""

import datetime as dt
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal
from statistics import median
from uuid import UUID

import orjson
import pytest
from demo_day import MIDNIGHT, TODAY
from jsonschema_rs import Draft202012Validator
from world import resources_of

from gql_server.config import Config
from gql_server.db.database import Database
from gql_server.demo.data import build
from gql_server.demo.load import load
from gql_server.demo.seeds import DemoData, DemoProject, GenerationEventSeed, UsageSeed
from gql_server.schema.build import build_schema
from gql_server.services.prompting import TERMINOLOGY

MILLISECOND = dt.timedelta(milliseconds=1)
WHAT_WAS_ASKED = """
{
  projects(first: 3) {
    nodes {
      id
      vocabulary(first: 100) { nodes { term definition createdAt } }
      generations(first: 100) {
        nodes { id status createdAt variables renderedPrompt prompt { id } promptComponent { id } }
      }
    }
  }
}
"""
PREVIEW = (
    "query ($input: PreviewPromptInput!) { previewPrompt(input: $input) { renderedPrompt userErrors { message } } }"
)
WATCH = "subscription ($id: ID!) { generation(id: $id) { sequence kind } }"
DAYS = [dt.date(2026, 1, 1), dt.date(2026, 2, 28), dt.date(2028, 2, 29), dt.date(2026, 3, 2), dt.date(2026, 7, 31)]


def test_most_contents_were_generated_by_a_generation_of_their_object_model(data: DemoData) -> None:
    for project in data.projects:
        contents = {content.generation_id: content for content in project.contents if content.generation_id}
        succeeded = [generation for generation in project.generations if generation.status == "succeeded"]
        assert contents.keys() == {generation.id for generation in succeeded}
        assert len(project.contents) / 2 < len(succeeded) < len(project.contents)
        for generation in succeeded:
            assert generation.object_model_id == contents[generation.id].object_model_id
            assert generation.finished_at == contents[generation.id].created_at


def test_contents_that_were_generated_meet_their_object_model(data: DemoData) -> None:
    structures = {model.id: Draft202012Validator(json.loads(model.structure)) for model in data.object_models}
    for project in data.projects:
        for content in project.contents:
            if content.generation_id is not None:
                answer = {**json.loads(content.metadata or "{}"), "body": content.body}
                answer |= {} if content.title is None else {"title": content.title}
                assert structures[content.object_model_id].is_valid(answer)


def test_generations_were_asked_for_as_the_server_has_it(many: DemoData) -> None:
    prompts = {prompt.id: prompt for prompt in many.prompts}
    structures = {model.id: model.structure for model in many.object_models}
    validators = {prompt.id: Draft202012Validator(json.loads(prompt.parameters)) for prompt in many.prompts}
    for project in many.projects:
        components = {part.id: part for part in project.prompt_components}
        for generation in project.generations:
            assert generation.prompt_id is not None
            prompt = prompts[generation.prompt_id]
            assert (generation.object_model_id, generation.prompt_version) == (prompt.object_model_id, 1)
            assert generation.structure == structures[prompt.object_model_id]
            assert validators[prompt.id].is_valid(json.loads(generation.variables))
            assert prompt.created_at <= generation.created_at
            if generation.prompt_component_id is not None:
                component = components[generation.prompt_component_id]
                assert component.base_prompt_id == prompt.id
                assert component.updated_at <= generation.created_at


def test_times_are_in_order_and_within_the_project_s_life(many: DemoData) -> None:
    for project in many.projects:
        end = MIDNIGHT if project.status == "active" else project.updated_at
        for generation in project.generations:
            started_at = generation.started_at or generation.created_at
            assert project.created_at <= generation.created_at <= started_at < generation.finished_at <= end
    for call in many.llm_usage:
        assert call.created_at < call.finished_at <= MIDNIGHT
        assert (call.finished_at - call.created_at) % MILLISECOND == dt.timedelta()


def test_events_tell_what_became_of_each(many: DemoData) -> None:
    kinds: Counter[tuple[str | None, tuple[str, ...]]] = Counter()
    for project in many.projects:
        events = _events(project)
        for generation in project.generations:
            own = events[generation.id]
            assert [event.sequence for event in own] == list(range(1, generation.sequence + 1))
            assert [event.created_at for event in own] == sorted(event.created_at for event in own)
            assert (own[0].created_at, own[-1].created_at) == (generation.created_at, generation.finished_at)
            assert (own[-1].text, own[-1].attempt) == (generation.error_message, generation.attempt)
            kinds[generation.error_code, tuple(event.kind for event in own)] += 1
    assert set(kinds) == {
        (None, ("queued", "started", "succeeded")),
        (None, ("queued", "started", "rejected", "succeeded")),
        (None, ("queued", "started", "cancelled")),
        (None, ("queued", "cancelled")),
        ("VALIDATION_FAILED", ("queued", "started", "rejected", "rejected", "failed")),
        ("PROVIDER_RATE_LIMITED", ("queued", "started", *["waiting"] * 4, "failed")),
        ("PROVIDER_REFUSED", ("queued", "started", "failed")),
        ("TIMEOUT", ("queued", "started", "failed")),
    }


def test_each_generation_has_its_calls(many: DemoData) -> None:
    calls = defaultdict[UUID | None, list[UsageSeed]](list)
    for call in many.llm_usage:
        calls[call.generation_id].append(call)
    statuses: Counter[tuple[str | None, tuple[str, ...]]] = Counter()
    for project in many.projects:
        for generation in project.generations:
            own = calls.pop(generation.id, [])
            statuses[generation.error_code or generation.status, tuple(call.status for call in own)] += 1
            assert {(call.project_id, call.prompt_id, call.model) for call in own} <= {
                (project.id, generation.prompt_id, generation.model)
            }
            moments = [moment for call in own for moment in (call.created_at, call.finished_at)]
            assert [generation.started_at or generation.created_at, *moments, generation.finished_at] == sorted(
                [generation.started_at or generation.created_at, *moments, generation.finished_at]
            )
    assert list(calls) == [None]
    assert set(statuses) == {
        ("succeeded", ("succeeded",)),
        ("succeeded", ("invalid", "succeeded")),
        ("cancelled", ("aborted",)),
        ("cancelled", ()),
        ("VALIDATION_FAILED", ("invalid",) * 3),
        ("PROVIDER_RATE_LIMITED", ("failed",) * 5),
        ("PROVIDER_REFUSED", ("failed",)),
        ("TIMEOUT", ("failed",)),
    }


def test_twelve_projects_have_every_ending_of_late(data: DemoData) -> None:
    endings = Counter[str]()
    for project in data.projects:
        for generation in project.generations:
            endings[generation.error_code or generation.status] += 1
            assert generation.status == "succeeded" or MIDNIGHT - generation.created_at <= dt.timedelta(days=60)
            assert (generation.error_pointer == "/body") == (generation.error_code == "VALIDATION_FAILED")
    assert {*endings} == {
        "succeeded",
        "cancelled",
        "VALIDATION_FAILED",
        "PROVIDER_RATE_LIMITED",
        "PROVIDER_REFUSED",
        "TIMEOUT",
    }
    assert 12 < endings.total() - endings["succeeded"] < 60


def test_some_prompts_and_some_models_take_longer(data: DemoData) -> None:
    by_prompt, speeds = defaultdict[UUID | None, list[float]](list), defaultdict[str, list[float]](list)
    for call in data.llm_usage:
        if call.status == "succeeded":
            seconds = (call.finished_at - call.created_at).total_seconds()
            by_prompt[call.prompt_id].append(seconds)
            speeds[call.model].append(seconds / call.tokens_out)
    medians = sorted(median(times) for times in by_prompt.values())
    assert medians[-1] > 4 * medians[0]
    assert all(0.5 < middle < 60 for middle in medians)
    assert max(speeds, key=lambda model: median(speeds[model])) == "local:qwen3-14b"


@pytest.mark.parametrize("today", DAYS)
@pytest.mark.parametrize("count", [2, 12])
def test_nobody_who_can_generate_has_spent_a_budget_on_any_day(count: int, today: dt.date) -> None:
    data = build(count, today=today)
    active = {project.id for project in data.projects if project.status == "active"}
    for project in data.projects:
        spent = _busiest_month(data, {project.id})
        if project.monthly_budget is not None:
            assert (spent < project.monthly_budget) == (project.id in active)
    for client in data.clients:
        projects = {project.id for project in data.projects if project.client_id == client.id}
        assert client.monthly_budget is None or _busiest_month(data, projects) < client.monthly_budget


def test_budgets_are_left_close_and_spent(data: DemoData) -> None:
    used = [
        _busiest_month(data, {project.id}) / project.monthly_budget
        for project in data.projects
        if project.monthly_budget is not None
    ]
    assert len(used) == 7
    assert sum(part > 1 for part in used) == 2
    assert sum(Decimal("0.8") < part < 1 for part in used) == 1
    assert sum(part < Decimal("0.7") for part in used) == 4
    assert all(client.monthly_budget for client in data.clients)


def test_from_the_sixth_day_on_a_project_is_close_to_its_budget_in_most_months() -> None:
    close = 0
    for month in range(1, 13):
        today = dt.date(2026, month, 12)
        early = (data := build(7, today=today)).projects[6]
        assert early.monthly_budget is not None
        this_month = [cost for at, cost in _costs(data, {early.id}) if (at.year, at.month) == (2026, month)]
        close += sum(this_month) / early.monthly_budget > Decimal("0.6")
    assert close >= 10


def test_another_day_s_demo_has_the_same_generations(data: DemoData) -> None:
    later = build(today=TODAY + dt.timedelta(days=7)).projects[0]
    first = data.projects[0]
    assert [(made.id, made.status) for made in later.generations] == [
        (made.id, made.status) for made in first.generations
    ]


async def test_prompts_are_rendered_as_the_server_does_it(config: Config, database: Database) -> None:
    await load(database, 2)
    resources, schema = resources_of(config, database), build_schema()
    answer = await schema.execute(WHAT_WAS_ASKED, context_value=resources)
    assert answer.data, answer.errors
    for project in answer.data["projects"]["nodes"]:
        for made in project["generations"]["nodes"]:
            component, prompt = made["promptComponent"], made["prompt"]
            source = {"promptComponent": component["id"]} if component else {"prompt": prompt["id"]}
            wanted = {
                "input": {
                    "project": project["id"],
                    "variables": orjson.loads(orjson.dumps(made["variables"])),
                    **source,
                }
            }
            preview = await schema.execute(PREVIEW, wanted, context_value=resources)
            assert preview.data, preview.errors
            assert preview.data["previewPrompt"]["userErrors"] == []
            # The project has more terms now.
            unknown = {
                f"- {term['term']}: {term['definition']}"
                for term in project["vocabulary"]["nodes"]
                if term["createdAt"] > made["createdAt"]
            }
            lines = preview.data["previewPrompt"]["renderedPrompt"].split("\n")
            if len(unknown) == len(project["vocabulary"]["nodes"]):
                lines = lines[: lines.index(TERMINOLOGY) - 1]
            assert made["renderedPrompt"].split("\n") == [line for line in lines if line not in unknown]


async def test_generations_are_told_of_to_their_end(config: Config, database: Database) -> None:
    await load(database, 1)
    resources, schema = resources_of(config, database), build_schema()
    answer = await schema.execute(WHAT_WAS_ASKED, context_value=resources)
    assert answer.data, answer.errors
    [project] = answer.data["projects"]["nodes"]
    for made in project["generations"]["nodes"][:5]:
        told = [
            (event.data or {})["generation"]
            async for event in await schema.subscribe(WATCH, {"id": made["id"]}, context_value=resources)
        ]
        assert [event["sequence"] for event in told] == list(range(1, len(told) + 1))
        assert (told[0]["kind"], told[-1]["kind"]) == ("QUEUED", made["status"])


def _events(project: DemoProject) -> dict[UUID, list[GenerationEventSeed]]:
    events = defaultdict[UUID, list[GenerationEventSeed]](list)
    for event in project.generation_events:
        events[event.generation_id].append(event)
    return events


def _costs(data: DemoData, projects: set[UUID]) -> Iterator[tuple[dt.datetime, Decimal]]:
    return ((call.created_at, call.cost or Decimal()) for call in data.llm_usage if call.project_id in projects)


def _busiest_month(data: DemoData, projects: set[UUID]) -> Decimal:
    """What is spent by the end of the month in which it is most, and so on no day more."""
    months = defaultdict[tuple[int, int], Decimal](Decimal)
    for at, cost in _costs(data, projects):
        months[at.year, at.month] += cost
    return max(months.values(), default=Decimal())
