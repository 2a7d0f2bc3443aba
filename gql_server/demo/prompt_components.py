"""The prompt components of a demo project: base prompts adapted to it, and fragments of its own."""

from typing import NamedTuple
from uuid import UUID

from gql_server.demo.catalogue import BasePrompt, base_prompts
from gql_server.demo.identity import later_or_same, moment
from gql_server.demo.project import Plan
from gql_server.demo.seeds import PromptComponentSeed

_GENERAL_AUDIENCE = '{{ audience | default: "curious readers" }}'


class _Text(NamedTuple):
    name: str
    content: str
    base_prompt_id: UUID | None


def prompt_components(plan: Plan) -> list[PromptComponentSeed]:
    rng = plan.rng("prompt_components")
    rules = rng.sample(plan.subject.adaptations, len(plan.subject.adaptations))
    adapted = [_adapted(plan, prompt, rule) for prompt, rule in zip(_fitting(plan), rules, strict=False)]
    rows: list[PromptComponentSeed] = []
    for number, text in enumerate([*adapted, *_fragments(plan)], start=1):
        created_at = moment(rng, plan.start, plan.end)
        updated_at = later_or_same(rng, created_at, plan.end)
        rows.append(PromptComponentSeed(plan.row_id("prompt_component", number), *text, created_at, updated_at))
    return rows


def _fitting(plan: Plan) -> list[BasePrompt]:
    """A shop has no use for display labels, the others none for products."""
    unused = "display-label" if plan.subject.sells else "describe-product"
    return [prompt for prompt in base_prompts() if prompt.key != unused]


def _adapted(plan: Plan, prompt: BasePrompt, rule: str) -> _Text:
    """The base prompt's task in the project's voice, with its audience settled and a rule of its own."""
    task = prompt.task.strip().replace(_GENERAL_AUDIENCE, plan.subject.settings["audience"])
    content = f"{plan.localised(plan.subject.voice)}\n\n{task}\n\n{rule}"
    name = f"{plan.place}: {prompt.name[0].lower()}{prompt.name[1:]}"
    return _Text(name, content, prompt.id)


def _fragments(plan: Plan) -> list[_Text]:
    return [_Text(part["name"], plan.localised(part["content"]), None) for part in plan.subject.components]
