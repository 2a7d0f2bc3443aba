"""What servers are asked: one GraphQL document for each workload, with the variables that are sent in turns."""

from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import orjson

from benchmarks.seeding import Seeded

NESTED = """
  id
  name
  client { id name }
  contents(first: $rows) { nodes { id title createdAt objectModel { id name version } } }
  vocabulary(first: $rows) { nodes { id term definition } }
  promptComponents(first: $rows) { nodes { id name basePrompt { id name } } }
"""
SMALL = f"query Small($project: ID!, $rows: Int!) {{ project(id: $project) {{ {NESTED} }} }}"
LARGE = f"query Large($projects: Int!, $rows: Int!) {{ projects(first: $projects) {{ nodes {{ {NESTED} }} }} }}"
PAGE = """
query Page($projects: Int!, $rows: Int!) {
  projects(first: $projects) {
    nodes {
      id
      name
      contents(first: $rows) {
        nodes { id title createdAt objectModel { id name } }
        pageInfo { hasNextPage endCursor }
      }
    }
    pageInfo { hasNextPage endCursor }
  }
}
"""
DEEP = """
query Deep($project: ID!, $rows: Int!) {
  project(id: $project) {
    id
    contents(first: $rows) {
      nodes { id title objectModel { id name contents(first: $rows) { nodes { id title project { id name } } } } }
    }
  }
}
"""
NODE = """
query Node($id: ID!) { node(id: $id) { id ... on Content { title body createdAt objectModel { id name } } } }
"""
COUNT = """
query Count($projects: Int!, $rows: Int!, $text: String!, $category: String!) {
  projects(first: $projects) {
    totalCount
    nodes {
      id
      contents(first: $rows, where: { title: { contains: $text } }) { totalCount nodes { id title } }
      vocabulary(first: $rows, where: { category: { eq: $category } }) { totalCount nodes { id term } }
    }
  }
}
"""
MUTATION = """
mutation Rename($content: ID!, $title: String!) {
  updateContent(input: { content: $content, title: $title }) {
    content { id title body objectModel { id name } }
    userErrors { code message path }
  }
}
"""

# PostGraphile makes a schema of its own out of the tables of one project, which it is then asked for.
OF_POSTGRAPHILE = """
query Small($project: UUID!, $rows: Int!) {
  project: publicProjectByRowId(rowId: $project) { id name client: publicClientByClientId { id name } }
  contents: allContents(first: $rows, orderBy: CREATED_AT_DESC) {
    nodes { id title createdAt objectModel: publicObjectModelByObjectModelId { id name version } }
  }
  vocabulary: allVocabularies(first: $rows, orderBy: TERM_ASC) { nodes { id term definition } }
  promptComponents: allPromptComponents(first: $rows, orderBy: NAME_ASC) {
    nodes { id name basePrompt: publicPromptByBasePromptId { id name } }
  }
}
"""

PROJECTS_IN_TURN = 20
"""As many as the prepared statements of each peer have room for, one of its own for each project."""

CONTENTS_IN_TURN = 60
"""More than there are connections, so that no two mutations wait for one row."""

Variables = dict[str, object]


@dataclass(frozen=True)
class Workload:
    """`variables` makes those of the requests that are sent in turns; `requests` is how many a round has."""

    name: str
    asks: str
    document: str
    variables: Callable[[Seeded], list[Variables]]
    requests: int


def bodies(workload: Workload, seeded: Seeded) -> list[str]:
    """The requests that are sent in turns."""
    return [body(workload.document, variables) for variables in workload.variables(seeded)]


def bodies_for_postgraphile(seeded: Seeded) -> list[str]:
    """What asks PostGraphile for as much as `small` asks others for."""
    return [body(OF_POSTGRAPHILE, {"project": str(seeded.projects[0]), "rows": 20})]


def body(document: str, variables: Variables) -> str:
    """The body of a request."""
    return orjson.dumps({"query": document, "variables": variables}).decode()


def global_id(kind: str, *ids: UUID) -> str:
    return f"{kind}_{urlsafe_b64encode(b''.join(id_.bytes for id_ in ids)).rstrip(b'=').decode()}"


def _each_project(rows: int) -> Callable[[Seeded], list[Variables]]:
    def variables(seeded: Seeded) -> list[Variables]:
        return [{"project": global_id("prj", id_), "rows": rows} for id_ in seeded.projects[:PROJECTS_IN_TURN]]

    return variables


def _always(**variables: object) -> Callable[[Seeded], list[Variables]]:
    return lambda _seeded: [variables]


def _newest(seeded: Seeded) -> list[Variables]:
    return [{"id": global_id("cnt", id_, seeded.contents[id_][0])} for id_ in seeded.projects[:PROJECTS_IN_TURN]]


def _oldest(seeded: Seeded) -> list[Variables]:
    """Contents that are on nobody's first page, so that renaming them changes no other answer."""
    projects = seeded.projects[:PROJECTS_IN_TURN]
    turns = [(projects[turn % len(projects)], turn // len(projects)) for turn in range(CONTENTS_IN_TURN)]
    return [
        {"content": global_id("cnt", id_, seeded.contents[id_][-1 - place]), "title": f"Renamed {turn}"}
        for turn, (id_, place) in enumerate(turns)
    ]


WORKLOADS = [
    Workload("small", "1 project with 20 rows of each kind", SMALL, _each_project(20), 1000),
    Workload("page", "10 projects with 20 contents and cursors", PAGE, _always(projects=10, rows=20), 400),
    Workload("large", "50 projects with 20 rows of each kind", LARGE, _always(projects=50, rows=20), 100),
    Workload(
        "deep", "contents, their object models, contents of all projects made after these", DEEP, _each_project(10), 60
    ),
    Workload("node", "one content by its id", NODE, _newest, 2000),
    Workload(
        "count",
        "10 projects with two filters and three totals",
        COUNT,
        _always(projects=10, rows=5, text="river", category="weather"),
        400,
    ),
    Workload("mutation", "one content renamed and read back", MUTATION, _oldest, 600),
]
