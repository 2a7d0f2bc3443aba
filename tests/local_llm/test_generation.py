"""A content that is asked for over the API, and written by a language model that is real."""

import orjson
import pytest
from world import World, resources_of

from gql_server.config import Config
from gql_server.db.changes import Changes
from gql_server.db.database import Database
from gql_server.llm.catalogue import NamedModel
from gql_server.llm.models import open_model
from gql_server.schema.build import build_schema
from gql_server.schema.ids import IdKind, global_id, parse_id
from gql_server.services.generation_runs import Runner

STRUCTURE = {
    "type": "object",
    "properties": {
        "title": {"type": "string", "minLength": 3, "maxLength": 30},
        "body": {"type": "string", "minLength": 3, "maxLength": 60},
        "tone": {"enum": ["formal", "playful"]},
    },
    "required": ["title", "body", "tone"],
    "additionalProperties": False,
}
GENERATE = "mutation ($input: GenerateContentInput!) { generateContent(input: $input) { generation { id } } }"
READ = """
query ($id: ID!) {
  generation(id: $id) {
    status attempt error { message }
    content { title body metadata objectModel { name } }
    usage { status isEstimated tokensIn tokensOut cost }
  }
}
"""
pytestmark = pytest.mark.timeout(170)


async def test_a_content_is_generated(
    small_model: NamedModel, config: Config, database: Database, world: World
) -> None:
    project_id = await world.project("Tea", await world.client())
    prompt_id = await world.prompt(object_model_id=await world.object_model(structure=STRUCTURE))
    await world.term(project_id, "Gyokuro")
    resources = resources_of(config, database)._replace(models=["small"])
    variables = {
        "input": {
            "project": global_id(IdKind.PROJECT, project_id),
            "prompt": global_id(IdKind.PROMPT, prompt_id),
            "variables": {"topic": "green tea"},
            "model": "small",
        }
    }
    schema = build_schema()
    asked = await schema.execute(GENERATE, variables, context_value=resources)
    assert asked.data
    id_ = asked.data["generateContent"]["generation"]["id"]

    async with open_model(small_model) as model:
        runner = Runner(config, database, Changes(config), {"small": small_model}, {"small": model})
        assert await runner.perform(project_id, parse_id(id_).id) is None

    read = await schema.execute(READ, {"id": id_}, context_value=resources)
    assert read.data
    # As it is sent, so that JSON is no text.
    generation = orjson.loads(orjson.dumps(read.data["generation"]))
    assert (generation["status"], generation["attempt"], generation["error"]) == ("SUCCEEDED", 1, None)
    content = generation["content"]
    assert len(content["title"] or "") <= 30
    assert 3 <= len(content["body"]) <= 60
    assert content["metadata"] in ({"tone": "formal"}, {"tone": "playful"})
    assert content["objectModel"] == {"name": "Article"}
    *rejected, last = generation["usage"]
    assert all(call["status"] == "INVALID" for call in rejected)
    assert (last["status"], last["isEstimated"], last["cost"]) == ("SUCCEEDED", False, None)
    assert last["tokensIn"] > 10 < last["tokensOut"]
