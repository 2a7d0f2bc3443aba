"""Builds the whole demo data set, the same for the same day on every machine."""

import datetime as dt
import gc
import itertools
import json
from collections.abc import Generator
from contextlib import contextmanager
from typing import NamedTuple

from gql_server.demo import catalogue
from gql_server.demo.budgets import monthly_budget, project_budget
from gql_server.demo.catalogue import Shared
from gql_server.demo.contents import contents
from gql_server.demo.generations import Chronicle
from gql_server.demo.identity import later_or_same, midnight
from gql_server.demo.llm_usage import llm_usage
from gql_server.demo.metadata import metadata
from gql_server.demo.project import Plan, plan
from gql_server.demo.prompt_components import prompt_components
from gql_server.demo.requests import Requests
from gql_server.demo.seeds import ClientSeed, DemoData, DemoProject, UsageSeed
from gql_server.demo.vocabulary import vocabulary


class _Built(NamedTuple):
    project: DemoProject
    llm_usage: list[UsageSeed]


def build(project_count: int = 12, *, today: dt.date) -> DemoData:
    """A project is the same whatever number of others is built beside it."""
    today_at = midnight(today)
    object_models, prompts = catalogue.object_models(today_at), catalogue.prompts(today_at)
    shared = Shared({prompt.id: prompt for prompt in prompts}, {model.id: model.structure for model in object_models})
    with _uncollected():
        built = [_built(plan(index, today), shared, today_at) for index in range(project_count)]
    return DemoData(
        clients=[_with_budget(client, built) for client in catalogue.clients(today_at)],
        object_models=object_models,
        prompts=prompts,
        projects=[each.project for each in built],
        llm_usage=_usage(built),
    )


@contextmanager
def _uncollected() -> Generator[None]:
    """Nothing is looked for garbage meanwhile, of which there is little: a template has no time to wait for that."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _built(plan: Plan, shared: Shared, today_at: dt.datetime) -> _Built:
    terms, components = vocabulary(plan), prompt_components(plan)
    chronicle = Chronicle(plan, shared, Requests(shared, terms, components))
    written = [chronicle.made(one) for one in contents(plan, terms)]
    chronicle.fail(written, today_at)
    usage = [*llm_usage(plan, today_at), *chronicle.history.calls]
    project = DemoProject(
        id=plan.id,
        name=plan.name,
        client_id=catalogue.client_id(plan.subject.client),
        status=plan.status,
        settings=json.dumps({**plan.subject.settings, "place": plan.place}),
        monthly_budget=project_budget(plan, usage),
        created_at=plan.start,
        updated_at=plan.end if plan.status == "archived" else later_or_same(plan.rng("row"), plan.start, plan.end),
        contents=[one.content for one in written],
        vocabulary=terms,
        prompt_components=components,
        metadata=metadata(plan),
        generations=chronicle.history.generations,
        generation_events=chronicle.history.events,
    )
    return _Built(project, usage)


def _with_budget(client: ClientSeed, built: list[_Built]) -> ClientSeed:
    usage = _usage([each for each in built if each.project.client_id == client.id])
    return client._replace(monthly_budget=monthly_budget(usage, catalogue.budget_leeways()[client.id]))


def _usage(built: list[_Built]) -> list[UsageSeed]:
    return list(itertools.chain.from_iterable(each.llm_usage for each in built))
