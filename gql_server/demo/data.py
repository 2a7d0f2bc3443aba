"""Builds the whole demo data set, the same for the same day on every machine."""

import datetime as dt
import itertools
import json

from gql_server.demo import catalogue
from gql_server.demo.contents import contents
from gql_server.demo.identity import later_or_same, midnight
from gql_server.demo.llm_usage import llm_usage
from gql_server.demo.metadata import metadata
from gql_server.demo.project import Plan, plan
from gql_server.demo.prompt_components import prompt_components
from gql_server.demo.seeds import DemoData, DemoProject
from gql_server.demo.vocabulary import vocabulary


def build(project_count: int = 12, *, today: dt.date) -> DemoData:
    """A project is the same whatever number of others is built beside it."""
    today_at = midnight(today)
    plans = [plan(index, today) for index in range(project_count)]
    return DemoData(
        clients=catalogue.clients(today_at),
        object_models=catalogue.object_models(today_at),
        prompts=catalogue.prompts(today_at),
        projects=[_project(plan) for plan in plans],
        llm_usage=list(itertools.chain.from_iterable(llm_usage(plan, today_at) for plan in plans)),
    )


def _project(plan: Plan) -> DemoProject:
    terms = vocabulary(plan)
    return DemoProject(
        id=plan.id,
        name=plan.name,
        client_id=catalogue.client_id(plan.subject.client),
        status=plan.status,
        settings=json.dumps({**plan.subject.settings, "place": plan.place}),
        created_at=plan.start,
        updated_at=plan.end if plan.status == "archived" else later_or_same(plan.rng("row"), plan.start, plan.end),
        contents=contents(plan, terms),
        vocabulary=terms,
        prompt_components=prompt_components(plan),
        metadata=metadata(plan),
    )
