"""Whatever takes an id is found in a schema that is not there yet, or said to be beyond what is known."""

import pytest
from graphql import build_schema
from surface import Place, fields_of, places_of

CHANGING = """
interface Node { id: ID! }
type Query { content(id: ID!): Content }
type Content implements Node { id: ID! }
type Deleted { id: ID! }
type Mutation {
  deleteContent(id: ID!): Deleted
  setLabels(contentIds: [ID!]!, labels: [String!]!): Boolean
  addTerm(input: NewTerm!): Content
}
type Subscription { projectChanged(project: ID!): Deleted }
input NewTerm { project: ID!, term: String!, of: Part!, at: DateTime! }
input Part { basePrompt: ID, size: Int! }
scalar DateTime
"""


AT = 'at: "2026-01-01T00:00:00Z"'
NEEDED = 'project: "prj_1", term: "x"'
TYPE = "{ __typename }"


def changing(schema: str) -> dict[str, Place]:
    fields = fields_of(build_schema(schema), changing=True)
    return {str(place): place for field in fields for place in places_of(field) if place.type == "ID"}


def test_the_ids_that_changes_take_are_found() -> None:
    ids = {"Project": "prj_1", "Prompt": "prm_1"}
    found = changing(CHANGING)

    assert {name: (place.takes, place.query(ids, "$id", "$id: ID!")) for name, place in found.items()} == {
        "Mutation.deleteContent(id)": (
            ["Content"],
            "mutation ($id: ID!) { deleteContent(id: $id) { __typename } }",
        ),
        "Mutation.setLabels(contentIds)": (
            ["Content"],
            "mutation ($id: ID!) { setLabels(contentIds: [$id], labels: [])  }",
        ),
        "Mutation.addTerm(input.project)": (
            ["Project"],
            f'mutation ($id: ID!) {{ addTerm(input: {{project: $id, term: "x", of: {{size: 1}}, {AT}}}) {TYPE} }}',
        ),
        "Mutation.addTerm(input.of.basePrompt)": (
            ["Prompt"],
            f"mutation ($id: ID!) {{ addTerm(input: {{of: {{basePrompt: $id, size: 1}}, {NEEDED}, {AT}}}) {TYPE} }}",
        ),
        "Subscription.projectChanged(project)": (
            ["Project"],
            "subscription ($id: ID!) { projectChanged(project: $id) { __typename } }",
        ),
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("type Mutation { remove(id: ID!): Boolean }", "It is not known whose ids go to id of remove."),
        ("type Mutation { add(project: ID!, at: Moment!): Boolean } scalar Moment", "No Moment is known"),
    ],
)
def test_a_place_that_cannot_be_driven_is_said(change: str, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        [place.takes for place in changing(f"type Query {{ a: Int }} {change}").values()]
