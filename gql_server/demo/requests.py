"""What demo projects have asked language models for, made ready as the server does it."""

import datetime as dt
import json
import random

from gql_server.config import Config
from gql_server.db.tables.generations import Request
from gql_server.db.tables.vocabulary import FittingTerm
from gql_server.demo.briefs import Brief
from gql_server.demo.catalogue import Shared
from gql_server.demo.seeds import PromptComponentSeed, PromptSeed, TermSeed
from gql_server.services import prompting
from gql_server.services.prompting import SAMPLE_TERMS, Source

_ADAPTED = 0.4
_TOKEN_LIMIT: int = Config.model_fields["vocabulary_token_limit"].default


class Requests:
    """The requests of one project, which has these terms and prompt components."""

    def __init__(self, shared: Shared, terms: list[TermSeed], components: list[PromptComponentSeed]) -> None:
        self._shared, self._terms, self._components = shared, terms, components

    def request(self, rng: random.Random, brief: Brief, model: str, at: dt.datetime) -> Request:
        """As it was made at a time, with what the project had by then."""
        prompt = self._shared.prompts[brief.prompt.id]
        component = self._component(prompt, at) if rng.random() < _ADAPTED else None
        variables = json.dumps(brief.variables, ensure_ascii=False)
        text = _rendered(Source(component.content if component else prompt.template, prompt.parameters, ()), variables)
        terms = self._fitting(text, at)
        return Request(
            model=model,
            prompt_id=prompt.id,
            prompt_version=1,
            prompt_component_id=component and component.id,
            object_model_id=prompt.object_model_id,
            structure=self._shared.structures[prompt.object_model_id],
            variables=variables,
            terms=json.dumps([term.term for term in terms[:SAMPLE_TERMS]], ensure_ascii=False),
            rendered_prompt=prompting.with_terminology(text, terms, _TOKEN_LIMIT),
        )

    def _component(self, prompt: PromptSeed, at: dt.datetime) -> PromptComponentSeed | None:
        """The project's adaptation of a prompt."""
        made = (part for part in self._components if part.base_prompt_id == prompt.id and part.updated_at <= at)
        return next(made, None)

    def _fitting(self, text: str, at: dt.datetime) -> list[FittingTerm]:
        """In the order of `select_fitting`."""
        lower = text.lower()
        known = [FittingTerm(term.term, term.definition) for term in self._terms if term.created_at <= at]
        return sorted(known, key=lambda term: (term.term.lower() not in lower, term.term))


def _rendered(source: Source, variables: str) -> str:
    return prompting.render(source, prompting.read_variables(source, variables), {}, [])
