"""The documents of mutations, and the one that reads all that they change; how answers are compared with a model's."""

import json
from typing import Any

from model import LISTS, Row, by_id

PROJECT = "id name status settings client { id }"
FIELDS = {
    "contents": "id title body metadata version objectModel { id }",
    "vocabulary": "id term definition category",
    "promptComponents": "id name content basePrompt { id } basePromptVersion",
    "generations": "id status attempt model variables prompt { id } promptVersion objectModel { id } retryOf { id }",
    "metadata": "key value description",
}
LISTED = " ".join(f"{field}(first: 100) {{ nodes {{ {FIELDS[field]} }} }}" for field in LISTS.values())
READ = f"""
query ($clients: [ID!]!) {{
  projects(where: {{client: {{in: $clients}}}}) {{ nodes {{ {PROJECT} {LISTED} metadata {{ {FIELDS["metadata"]} }} }} }}
}}
"""
PAYLOADS = {
    "createProject": f"project {{ {PROJECT} }}",
    "updateProject": f"project {{ {PROJECT} }}",
    "archiveProject": f"project {{ {PROJECT} }}",
    "restoreProject": f"project {{ {PROJECT} }}",
    "deleteProject": "deletedId",
    "createContent": f"content {{ {FIELDS['contents']} }}",
    "updateContent": f"content {{ {FIELDS['contents']} }}",
    "deleteContents": "deletedIds",
    "saveTerms": f"terms {{ {FIELDS['vocabulary']} }}",
    "deleteTerms": "deletedIds",
    "setMetadata": f"entries {{ {FIELDS['metadata']} }}",
    "deleteMetadata": "deletedKeys",
    "createPromptComponent": f"promptComponent {{ {FIELDS['promptComponents']} }}",
    "adaptPrompt": f"promptComponent {{ {FIELDS['promptComponents']} }}",
    "updatePromptComponent": f"promptComponent {{ {FIELDS['promptComponents']} }}",
    "deletePromptComponents": "deletedIds",
    "generateContent": f"generation {{ {FIELDS['generations']} }}",
    "generateContents": f"generations {{ {FIELDS['generations']} }}",
    "cancelGeneration": f"generation {{ {FIELDS['generations']} }}",
    "retryGeneration": f"generation {{ {FIELDS['generations']} }}",
}


def document(mutation: str) -> str:
    type_ = f"{mutation[0].upper()}{mutation[1:]}Input!"
    payload = f"{PAYLOADS[mutation]} userErrors {{ code path }}"
    return f"mutation ($input: {type_}) {{ {mutation}(input: $input) {{ {payload} }} }}"


DOCUMENTS = {mutation: document(mutation) for mutation in PAYLOADS}


def sorted_rows(data: Row) -> list[Row]:
    """What `READ` is answered with, in the order that a model has."""
    projects = data["projects"]["nodes"]
    for project in projects:
        for rows in LISTS.values():
            project[rows]["nodes"] = by_id(project[rows]["nodes"])
    return by_id(projects)


def agree(answer: Any, expected: Any) -> None:
    """To Python, 1 and True are equal; in JSON they are not."""
    assert json.dumps(answer, sort_keys=True, indent=1) == json.dumps(expected, sort_keys=True, indent=1)


def ids_in(payload: Row) -> list[str]:
    """The ids of the nodes that a payload has, in their order."""
    nodes = [part for value in payload.values() for part in (value if isinstance(value, list) else [value])]
    return [node["id"] for node in nodes if isinstance(node, dict) and "id" in node]
