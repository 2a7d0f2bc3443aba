"""How a question is put to a provider: its messages, and the way in which a structure is asked for there."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple, cast

from pydantic_ai.exceptions import UserError
from pydantic_ai.messages import ModelMessage, ModelRequest, ModelResponse, TextPart
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.output import OutputObjectDefinition
from pydantic_ai.tools import ToolDefinition

from gql_server.llm.catalogue import NamedModel
from gql_server.llm.exchange import Question

NAME = "answer"

LOOSE = frozenset({"allOf", "not", "if", "then", "else", "dependentRequired", "dependentSchemas", "$dynamicRef"})
"""Keywords that OpenAI's strict mode refuses, beside those that the library knows of."""


class Asked(NamedTuple):
    parameters: ModelRequestParameters
    note: str = ""
    """What the prompt has to say of the structure beside."""


def asked(model: Model, named: NamedModel, structure: Mapping[str, Any] | None) -> Asked:
    """The provider's own way to hold a model to a structure, where it has one that takes this structure."""
    if structure is None:
        return Asked(ModelRequestParameters())
    is_object = structure.get("type") == "object"
    if isinstance(model, AnthropicModel):
        # Its native way takes no recursion and few keywords; the input of a tool is any object. A model that thinks
        # cannot be made to use the tool.
        return Asked(_tool(structure), f"Give the answer to the tool `{NAME}`.") if is_object else _described(structure)
    native = _native(model, structure) if is_object or named.base_url is not None else None
    if native is not None:
        return Asked(native)
    is_json_known = is_object and model.profile.get("supports_json_object_output", False)
    return _described(structure, "prompted" if is_json_known else "text")


def _described(structure: Mapping[str, Any], mode: Literal["prompted", "text"] = "text") -> Asked:
    schema = json.dumps(dict(structure), ensure_ascii=False)
    note = f"Answer with JSON only, without a code fence, that is valid against this schema:\n{schema}"
    return Asked(ModelRequestParameters(output_mode=mode), note)


def _tool(structure: Mapping[str, Any]) -> ModelRequestParameters:
    tool = ToolDefinition(
        name=NAME,
        parameters_json_schema=dict(structure),
        description="Gives the answer.",
        strict=False,
        kind="output",
    )
    return ModelRequestParameters(output_mode="tool", output_tools=[tool], allow_text_output=False)


def _native(model: Model, structure: Mapping[str, Any]) -> ModelRequestParameters | None:
    if not model.profile.get("supports_json_schema_output", False):
        return None
    try:
        strict = _with_strict(structure, strict=None)
        prepared = model.customize_request_parameters(strict).output_object
        if prepared is not None and prepared.strict and not _is_loose(prepared.json_schema):
            return strict
        # Otherwise the library would forbid properties that the structure allows.
        loose = _with_strict(structure, strict=False)
        model.customize_request_parameters(loose)
    except UserError:
        return None
    return loose


def _with_strict(structure: Mapping[str, Any], *, strict: bool | None) -> ModelRequestParameters:
    output = OutputObjectDefinition(dict(structure), name=NAME, strict=strict)
    return ModelRequestParameters(output_mode="native", output_object=output)


def _is_loose(schema: object) -> bool:
    if isinstance(schema, dict):
        parts = cast("dict[str, object]", schema)
        return not LOOSE.isdisjoint(parts) or any(_is_loose(part) for part in parts.values())
    return isinstance(schema, list) and any(_is_loose(part) for part in cast("list[object]", schema))


def messages(question: Question, note: str) -> list[ModelMessage]:
    return list(_messages(question, note))


def _messages(question: Question, note: str) -> Iterator[ModelMessage]:
    yield ModelRequest.user_text_prompt(f"{question.prompt}\n\n{note}" if note else question.prompt)
    only = "" if question.structure is None else " with valid JSON only"
    for answer, problem in question.rejected:
        yield ModelResponse([TextPart(answer or "(nothing)")])
        yield ModelRequest.user_text_prompt(f"This answer is not valid: {problem.rstrip('.')}. Answer again{only}.")
