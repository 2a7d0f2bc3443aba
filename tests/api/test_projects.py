"""Projects and what lives in their schemas, as callers read them."""

from world import GraphQL, World

NESTED = """
{
  projects(first: 2) {
    nodes {
      name
      contents(first: 2) { nodes { title objectModel { name } } totalCount }
      vocabulary(first: 1) { nodes { term } }
      promptComponents(first: 1) { nodes { name basePrompt { name } } }
      metadata { key value }
    }
  }
}
"""


async def test_a_project_holds_the_rows_of_its_own_schema(world: World, data: GraphQL) -> None:
    await world.full_projects(2, rows=3)

    answer = await data(NESTED)

    assert answer["projects"]["nodes"][1] == {
        "name": "Project 01",
        "contents": {
            "nodes": [
                {"title": "Content 01.2", "objectModel": {"name": "Article"}},
                {"title": "Content 01.1", "objectModel": {"name": "Recipe"}},
            ],
            "totalCount": 3,
        },
        "vocabulary": {"nodes": [{"term": "Term 01.0"}]},
        "promptComponents": {"nodes": [{"name": "Component 01.0", "basePrompt": {"name": "Write"}}]},
        "metadata": [{"key": "tone", "value": {"voice": "warm"}}],
    }
