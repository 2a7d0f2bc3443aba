"""What the documents say is what the code does."""

import json
import re
from pathlib import Path

import pytest
from graphql import parse, validate
from harmless import CODES
from surface import SCHEMA
from world import resources_of

from gql_server.config import PREFIX, Config
from gql_server.db.database import Database
from gql_server.demo.load import load
from gql_server.errors import GenerationErrorCode, UserErrorCode
from gql_server.schema.build import build_schema

ROOT = Path(__file__).parent.parent
ROW = re.compile(r"^\| `(GQL_SERVER_[A-Z_]+)` \| (.+) \| (.+) \|$", re.MULTILINE)


def shown(value: object) -> str:
    if value in (None, "", ()):
        return "none"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def test_the_table_of_settings_is_the_code_s() -> None:
    documented = {
        name: (default, text) for name, default, text in ROW.findall((ROOT / "docs/operations.md").read_text())
    }

    assert documented == {
        PREFIX + name.upper(): ("required" if field.is_required() else shown(field.default), field.description)
        for name, field in Config.model_fields.items()
    }


def test_the_makefile_has_the_targets_that_the_documents_name() -> None:
    targets = set(re.findall(r"^([a-z.-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    text = "".join(path.read_text() for path in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/*.md")])

    assert set(re.findall(r"\bmake ([a-z.]+)", text)) - {"test."} <= targets


def test_the_readme_has_every_code_of_an_error() -> None:
    [sentence] = re.findall(r"\*\*Errors have a code\*\*(.*?)\n\n", (ROOT / "README.md").read_text(), re.DOTALL)

    assert set(re.findall(r"`([A-Z_]+)`", sentence)) == {*CODES, "INTERNAL"}


@pytest.mark.parametrize(
    "document", ["README.md", "CONTRIBUTING.md", *(f"docs/{path.name}" for path in ROOT.glob("docs/*.md"))]
)
def test_links_lead_somewhere(document: str) -> None:
    path = ROOT / document
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", path.read_text()):
        assert (path.parent / target).exists(), target


@pytest.mark.parametrize(("document", "count"), [("mutations", 3), ("generation", 3)])
def test_the_operations_that_explain_changes_are_valid(document: str, count: int) -> None:
    documents = re.findall(r"```graphql\n(.*?)```", (ROOT / f"docs/{document}.md").read_text(), re.DOTALL)

    assert len(documents) == count
    for document in documents:
        assert validate(SCHEMA, parse(document)) == [], document


def test_every_code_of_a_user_error_is_explained() -> None:
    text = (ROOT / "docs/mutations.md").read_text()

    assert {code for code in UserErrorCode if f"`{code}`" not in text} == set()


def test_every_way_to_fail_is_explained() -> None:
    text = (ROOT / "docs/generation.md").read_text()

    assert {code for code in GenerationErrorCode if f"`{code}`" not in text} == set()


async def test_the_readme_s_operations_run(config: Config, database: Database) -> None:
    await load(database, 4)
    resources = resources_of(config.model_copy(update={"default_model": "sample"}), database)
    text = (ROOT / "README.md").read_text()
    [curl] = re.findall(r"""-d '\{"query": "(.+)"\}'""", text)
    [generating] = re.findall(r"""-d '(\{\n.+?\})'$""", text, re.DOTALL | re.MULTILINE)
    reading, requesting = re.findall(r"```graphql\n(.*?)```", text, re.DOTALL)

    for document in (curl, reading):
        answer = await build_schema().execute(document, context_value=resources)
        assert answer.data
        assert answer.data["projects"]["nodes"][0]["contents"]["nodes"]
    request = json.loads(generating)
    # Nobody generates here.
    request["variables"]["input"]["waitSeconds"] = 0
    for document, variables in ((requesting, None), (request["query"], request["variables"])):
        answer = await build_schema().execute(document, variables, context_value=resources)
        assert answer.data
        assert answer.data["generateContent"]["userErrors"] == []
        assert answer.data["generateContent"]["generation"]


def test_the_readme_s_subscriptions_are_valid() -> None:
    text = (ROOT / "README.md").read_text()
    documents = [found.replace('\\"', '"') for found in re.findall(r"subscription \{.*?\} \}(?: \})*", text)]

    assert len(documents) == 3
    for document in documents:
        assert validate(SCHEMA, parse(document)) == [], document
