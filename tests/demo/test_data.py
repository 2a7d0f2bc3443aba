"""The demo data: the same on every machine, complete, and fit to be read."""

import datetime as dt
import json
import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

import pytest
from demo_day import MIDNIGHT, TODAY

from gql_server.db.database import Database
from gql_server.demo.catalogue import llm_models
from gql_server.demo.data import build
from gql_server.demo.llm_usage import cost
from gql_server.demo.seeds import DemoData
from gql_server.demo.subject import SUBJECTS, read_subject
from gql_server.services.object_models import create_object_model
from gql_server.services.prompts import create_prompt
from gql_server.services.writer import Writer

VARIABLE = re.compile(r"\{\{\s*(\w+)|\{%\s*if\s+(\w+)")


async def test_what_is_shared_could_be_made_through_the_api(data: DemoData, database: Database) -> None:
    writer, models = Writer(database), {}
    for model in data.object_models:
        made = await create_object_model(
            writer, name=model.name, version=model.version, structure=model.structure, description=model.description
        )
        models[model.id] = made.id
    for prompt in data.prompts:
        await create_prompt(
            writer,
            name=prompt.name,
            template=prompt.template,
            parameters=prompt.parameters,
            object_model_id=models[prompt.object_model_id],
        )


def test_two_builds_are_equal(data: DemoData) -> None:
    assert build(today=TODAY) == data


def test_a_project_is_the_same_among_many(data: DemoData, many: DemoData) -> None:
    assert many.projects[:12] == data.projects


def test_another_day_moves_the_times_and_nothing_else(data: DemoData) -> None:
    later = build(today=TODAY + dt.timedelta(days=7)).projects[0]
    first = data.projects[0]
    assert [content.body for content in later.contents] == [content.body for content in first.contents]
    assert later.created_at - first.created_at == dt.timedelta(days=7)


def test_counts(data: DemoData) -> None:
    assert len(data.clients) == 3
    assert len(data.object_models) == 6
    assert len(data.prompts) == 8
    assert len(data.projects) == 12
    assert Counter(project.status for project in data.projects) == {"active": 10, "archived": 2}
    assert Counter(project.client_id for project in data.projects) == {client.id: 4 for client in data.clients}


def test_counts_of_each_project(data: DemoData) -> None:
    usage = Counter(row.project_id for row in data.llm_usage if row.generation_id is None)
    for project in data.projects:
        assert 35 <= len(project.contents) <= 45
        assert len(project.vocabulary) == 30
        assert len(project.prompt_components) == 10
        assert sum(part.base_prompt_id is None for part in project.prompt_components) == 3
        assert 6 <= len(project.metadata) <= 10
        assert 3 <= len({term.category for term in project.vocabulary} - {None}) <= 5
        assert 135 <= usage[project.id] <= 165


def test_some_contents_have_no_title_and_some_no_metadata(data: DemoData) -> None:
    contents = [content for project in data.projects for content in project.contents]
    assert 10 <= sum(content.title is None for content in contents) <= 60
    assert 5 <= sum(content.metadata is None for content in contents) <= 40


def test_an_object_model_has_two_versions(data: DemoData) -> None:
    versions = [(model.name, model.version) for model in data.object_models]
    assert len(set(versions)) == 6
    assert [version for name, version in versions if name == "Article"] == ["1.0.0", "1.1.0"]


def test_ids_are_unique(many: DemoData) -> None:
    rows = [*many.clients, *many.object_models, *many.prompts, *many.projects, *many.llm_usage]
    for project in many.projects:
        rows += [*project.contents, *project.vocabulary, *project.prompt_components, *project.generations]
    assert len({row.id for row in rows}) == len(rows)


def test_nothing_is_told_twice_within_a_project(many: DemoData) -> None:
    for project in many.projects:
        titles = [content.title for content in project.contents if content.title is not None]
        for texts in (
            titles,
            [content.body for content in project.contents],
            [term.term for term in project.vocabulary],
            [entry.key for entry in project.metadata],
            [part.name for part in project.prompt_components],
        ):
            assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("count", [200, 800])
def test_names_of_projects_are_distinct(count: int) -> None:
    names = {project.name for project in build(count, today=TODAY).projects}
    assert len(names) == count
    assert max(map(len, names)) <= 255


def test_references_resolve(data: DemoData) -> None:
    clients = {client.id for client in data.clients}
    models = {model.id for model in data.object_models}
    prompts = {prompt.id for prompt in data.prompts}
    projects = {project.id for project in data.projects}
    assert {project.client_id for project in data.projects} <= clients
    assert {prompt.object_model_id for prompt in data.prompts} == models
    assert {row.project_id for row in data.llm_usage} == projects
    assert {row.prompt_id for row in data.llm_usage} == prompts
    for project in data.projects:
        assert {content.object_model_id for content in project.contents} <= models
        assert {part.base_prompt_id for part in project.prompt_components} <= prompts | {None}


def test_json_texts_parse_to_objects(data: DemoData) -> None:
    texts = [model.structure for model in data.object_models]
    texts += [prompt.parameters for prompt in data.prompts]
    texts += [project.settings for project in data.projects]
    assert {type(json.loads(text)) for text in texts} == {dict}


def test_metadata_values_are_of_several_types(data: DemoData) -> None:
    values = [json.loads(entry.value) for project in data.projects for entry in project.metadata]
    assert {type(value) for value in values} == {dict, list, str}


def test_metadata_of_contents_fit_their_object_models(many: DemoData) -> None:
    structures = {model.id: json.loads(model.structure) for model in many.object_models}
    for project in many.projects:
        for content in project.contents:
            structure = structures[content.object_model_id]
            present = set(json.loads(content.metadata or "{}")) | {"body"}
            present |= {"title"} if content.title is not None else set()
            assert set(structure["required"]) <= present <= set(structure["properties"])


def test_related_terms_are_of_the_vocabulary(data: DemoData) -> None:
    for project in data.projects:
        terms = {term.term for term in project.vocabulary}
        for content in project.contents:
            assert set(json.loads(content.metadata or "{}").get("related_terms", [])) <= terms


def test_variables_of_templates_are_parameters(data: DemoData) -> None:
    for prompt in data.prompts:
        parameters = json.loads(prompt.parameters)
        assert _variables(prompt.template) == set(parameters["properties"])
        assert set(parameters["required"]) <= set(parameters["properties"])


def test_components_adapt_their_base_prompt(data: DemoData) -> None:
    prompts = {prompt.id: prompt for prompt in data.prompts}
    for project in data.projects:
        for part in project.prompt_components:
            if part.base_prompt_id is None:
                assert _variables(part.content) == set()
            else:
                template = prompts[part.base_prompt_id].template
                assert part.content != template
                assert _variables(part.content) <= _variables(template)


def test_times_are_in_order_and_not_after_today(many: DemoData) -> None:
    rows = [*many.clients, *many.object_models, *many.prompts, *many.projects, *many.llm_usage]
    for project in many.projects:
        own = [*project.contents, *project.vocabulary, *project.prompt_components]
        assert all(project.created_at <= row.created_at for row in own)
        assert all(project.created_at <= entry.updated_at <= MIDNIGHT for entry in project.metadata)
        rows += own
    for row in rows:
        updated_at = getattr(row, "updated_at", row.created_at)
        assert MIDNIGHT - dt.timedelta(days=431) < row.created_at <= updated_at <= MIDNIGHT
        assert row.created_at.tzinfo is updated_at.tzinfo is dt.UTC


def test_usage_is_of_the_last_sixty_days_and_rests_at_weekends(data: DemoData) -> None:
    usage = [row for row in data.llm_usage if row.generation_id is None]
    assert min(row.created_at for row in usage) >= MIDNIGHT - dt.timedelta(days=60)
    weekend = sum(row.created_at.weekday() >= 5 for row in usage)
    assert 0.01 < weekend / len(usage) < 0.15


def test_cost_is_tokens_times_price(data: DemoData) -> None:
    models = {model.name: model for model in llm_models()}
    assert {row.model for row in data.llm_usage} == set(models)
    assert cost(models["anthropic:claude-sonnet-4-5"], 1000, 100) == Decimal("0.004500")
    for row in data.llm_usage:
        assert row.cost == cost(models[row.model], row.tokens_in, row.tokens_out)
        assert row.cost is None or row.cost.as_tuple().exponent == -6
        assert row.cost is None or (row.cost > 0) == (row.tokens_in > 0)


def test_of_one_model_in_five_nobody_knows_the_price_and_it_is_seldom_used(data: DemoData) -> None:
    [unpriced] = [model.name for model in llm_models() if cost(model, 1, 1) is None]
    assert {row.model for row in data.llm_usage if row.cost is None} == {unpriced}
    assert 0.01 < sum(row.cost is None for row in data.llm_usage) / len(data.llm_usage) < 0.1


def test_bodies_are_of_a_readable_length(many: DemoData) -> None:
    for project in many.projects:
        for content in project.contents:
            assert 100 <= len(content.body.split()) <= 220
            assert 2 <= len(content.body.split("\n\n")) <= 4
            assert content.title is None or len(content.title) <= 255


def test_texts_are_clean(data: DemoData) -> None:
    for text in _texts(data):
        assert "  " not in text
        assert text == text.strip()
        assert "{place}" not in text


def test_only_templates_and_components_contain_braces(data: DemoData) -> None:
    for project in data.projects:
        for content in project.contents:
            assert not set("{}") & set(f"{content.title}{content.body}")
        for term in project.vocabulary:
            assert not set("{}") & set(f"{term.term}{term.definition}")
        for entry in project.metadata:
            assert "{place}" not in entry.value


@pytest.mark.parametrize("name", SUBJECTS)
def test_a_subject_has_enough_to_tell(name: str) -> None:
    subject = read_subject(name)
    titles = [title for topic in subject.topics for title in (topic.title, topic.question)]
    assert len(set(titles)) == 64
    assert len({term.term for term in subject.terms}) == len(subject.terms) == 36
    for topic in subject.topics:
        assert set(topic.related) <= set(subject.themes[topic.theme].passages)
        assert topic.question.endswith("?")


def _variables(template: str) -> set[str]:
    return {first or second for first, second in VARIABLE.findall(template)}


def _texts(data: DemoData) -> Iterator[str]:
    yield from (prompt.template for prompt in data.prompts)
    for project in data.projects:
        yield project.name
        for content in project.contents:
            yield content.body
            if content.title is not None:
                yield content.title
        for term in project.vocabulary:
            yield from (term.term, term.definition)
        for part in project.prompt_components:
            yield from (part.name, part.content)
