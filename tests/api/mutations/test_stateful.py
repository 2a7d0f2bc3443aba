"""Whatever two clients and the administrator change, in whatever order: everybody reads what a model says."""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import asyncpg
import model_changes
import pytest
from conftest import client_of, config_of
from httpx import AsyncClient
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from logins import AUTHORIZATION, bearing
from model import ADMIN, BROKEN, LISTS, Model, Row, home
from mutations import DOCUMENTS, READ, agree, ids_in, sorted_rows
from target import NewDatabase
from world import World

from gql_server.db.database import Database, open_database
from gql_server.db.logins import OWNER
from gql_server.schema.ids import IdKind, global_id, parse_id, project_row_id
from gql_server.services.clients import create_client
from gql_server.services.writer import Writer

EXAMPLES = 25
STEPS = 40
PROJECTS = 4
"""What a client may have at a time, so that reading everything stays quick."""

NOTHING = UUID(int=1)
CLIENTS = ("acme", "beacon")


@st.composite
def mostly(draw: st.DrawFn, good: st.SearchStrategy[Any], *bad: Any) -> Any:
    return draw(good) if draw(st.integers(0, 9)) else draw(st.sampled_from(bad))


def inputs(required: dict[str, Any], **optional: st.SearchStrategy[Any]) -> st.SearchStrategy[Row]:
    """Inputs with any of the optional fields, and with a key now and then."""
    keys = mostly(st.sampled_from(["one", "two", "three"]), None, "")
    return st.fixed_dictionaries(required, optional={**optional, "idempotencyKey": keys})


LINES = mostly(
    st.sampled_from(["Garden", "Lake", " Lake ", "é\u2028漢😀", "y" * 255]), "", " ", "x" * 256, "a\0b", "\ud800"
)
WORDS = mostly(st.sampled_from(["tone", "voice", " tone ", "audience"]), "", "x" * 256, "a\0b")
TEXTS = mostly(st.sampled_from(["", " Roses. ", "A\nB", "😀"]), "a\0b", "a\udfffb")
TEMPLATES = mostly(st.sampled_from(["", "About {{ topic }}.", "{{ topic | upcase }}"]), BROKEN, "a\0b")
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.sampled_from([0.5, "", "a", "{}", "😀"])),
    lambda values: st.one_of(
        st.lists(values, max_size=2), st.dictionaries(st.sampled_from(["a", "b", "ü"]), values, max_size=2)
    ),
    max_leaves=4,
)
OBJECTS = mostly(st.dictionaries(st.sampled_from(["a", "b", "ü"]), VALUES, max_size=3), None, None, [1], "{}", 0)
"""An object, null, or what is neither."""


def lists(items: st.SearchStrategy[Row], name: str) -> st.SearchStrategy[list[Row]]:
    """Items that are mostly each of another name."""
    once = st.lists(items, min_size=1, max_size=3, unique_by=lambda item: item[name].strip())
    return st.one_of(once, once, st.lists(items, max_size=3))


TERMS = lists(
    st.fixed_dictionaries(
        {"term": WORDS, "definition": TEXTS},
        optional={"category": mostly(st.sampled_from(["style", " style ", None]), "", "x" * 101)},
    ),
    "term",
)
ENTRIES = lists(
    st.fixed_dictionaries(
        {"key": WORDS, "value": VALUES.filter(lambda value: value is not None)},
        optional={"description": mostly(TEXTS, None, None)},
    ),
    "key",
)


class Server(NamedTuple):
    """A server in this process, and what its clients share."""

    runner: asyncio.Runner
    database: Database
    http: AsyncClient
    object_models: Sequence[str]
    prompts: Mapping[str, tuple[str, str, int]]


class Machine(RuleBasedStateMachine):
    """Sends each mutation to the server and to the model, of clients that are new."""

    def __init__(self, server: Server) -> None:
        super().__init__()
        self.server = server
        made = [server.runner.run(create_client(Writer(server.database), name=name)) for name in CLIENTS]
        self.headers = {name: bearing(new.key.text) for name, new in zip(CLIENTS, made, strict=True)}
        self.headers[ADMIN] = AUTHORIZATION
        clients = {name: global_id(IdKind.CLIENT, new.client_id) for name, new in zip(CLIENTS, made, strict=True)}
        self.nonce = uuid4()
        self.model = Model(clients, server.object_models, server.prompts)
        self.projects: list[str] = [global_id(IdKind.PROJECT, NOTHING)]
        """All that there are or were, and one that never was."""
        self.rows: dict[IdKind, list[str]] = {kind: [project_row_id(kind, NOTHING, NOTHING)] for kind in LISTS}
        self.asked: list[tuple[str, str, Row]] = []
        """What had a key."""

    @initialize()
    def give_each_something(self) -> None:
        for name in CLIENTS:
            self.change(name, "createProject", {"name": f"First of {name}", "settings": {"a": {"b": 1}}})
            of = {"project": [*self.model.projects][-1]}
            model = self.model.object_models[0]
            for body in ("One.", "Two."):
                self.change(name, "createContent", {**of, "objectModel": model, "body": body, "metadata": {"a": 1}})
            self.change(name, "saveTerms", {**of, "terms": [{"term": "tone", "definition": "", "category": "style"}]})
            self.change(name, "setMetadata", {**of, "entries": [{"key": "tone", "value": 1, "description": "How."}]})
            prompt = {"prompt": [*self.model.prompts][1]}
            self.change(name, "adaptPrompt", {**of, **prompt})
            request = {**prompt, "objectModel": model, "variables": {"topic": "oaks"}, "model": "sample"}
            self.change(name, "generateContents", {**of, "requests": [request] * 2})

    @precondition(lambda self: len(self.model.projects) < PROJECTS)
    @rule(data=st.data(), input=inputs({"name": LINES}, settings=OBJECTS))
    def create_project(self, data: st.DataObject, input: Row) -> None:
        viewer = data.draw(st.sampled_from([*CLIENTS, ADMIN]))
        nobody = global_id(IdKind.CLIENT, NOTHING)
        client = data.draw(st.sampled_from([self.model.clients.get(viewer), *self.model.clients.values(), nobody, ...]))
        self.change(viewer, "createProject", input if client is ... else {"client": client, **input})

    @rule(data=st.data(), input=inputs({}, name=mostly(LINES, None), settings=OBJECTS))
    def update_project(self, data: st.DataObject, input: Row) -> None:
        self.in_project(data, "updateProject", input)

    @rule(data=st.data(), input=inputs({"settingsPatch": OBJECTS}, name=LINES))
    def patch_project(self, data: st.DataObject, input: Row) -> None:
        self.in_project(data, "updateProject", input)

    @rule(data=st.data(), input=inputs({}))
    def archive_project(self, data: st.DataObject, input: Row) -> None:
        self.in_project(data, "archiveProject", input)

    @rule(data=st.data(), input=inputs({}))
    def restore_project(self, data: st.DataObject, input: Row) -> None:
        self.in_project(data, "restoreProject", input)

    @rule(data=st.data(), input=inputs({}))
    def restore_all(self, data: st.DataObject, input: Row) -> None:
        for id_ in self.model.projects:
            self.change(ADMIN, "restoreProject", {"project": id_, **input})

    @rule(data=st.data(), input=inputs({}), wrong=mostly(st.none(), "", "Garden"))
    def delete_project(self, data: st.DataObject, input: Row, wrong: str | None) -> None:
        id_ = self.draw_project(data)
        project = self.model.projects.get(id_)
        name = project.node["name"] if project and wrong is None else wrong or ""
        self.change(self.draw_viewer(data, id_), "deleteProject", {"project": id_, "confirmName": name, **input})

    @rule(data=st.data(), input=inputs({"body": TEXTS}, title=mostly(LINES, None), metadata=OBJECTS))
    def create_content(self, data: st.DataObject, input: Row) -> None:
        self.in_project(data, "createContent", {"objectModel": self.draw_object_model(data), **input})

    @rule(
        data=st.data(),
        input=inputs({}, title=mostly(LINES, None), body=mostly(TEXTS, None), metadata=OBJECTS, metadataPatch=OBJECTS),
    )
    def update_content(self, data: st.DataObject, input: Row) -> None:
        self.update_content_row(data, input)

    @rule(data=st.data(), input=inputs({"metadataPatch": OBJECTS}))
    def patch_content(self, data: st.DataObject, input: Row) -> None:
        model = {"objectModel": self.draw_object_model(data, None)} if data.draw(st.booleans()) else {}
        self.update_content_row(data, {**model, **input})

    @rule(data=st.data(), input=inputs({}))
    def delete_contents(self, data: st.DataObject, input: Row) -> None:
        self.delete_rows(data, "deleteContents", IdKind.CONTENT, "contents", input)

    @rule(data=st.data(), input=inputs({"terms": TERMS}))
    def save_terms(self, data: st.DataObject, input: Row) -> None:
        self.in_project(data, "saveTerms", input)

    @rule(data=st.data(), input=inputs({}))
    def delete_terms(self, data: st.DataObject, input: Row) -> None:
        self.delete_rows(data, "deleteTerms", IdKind.TERM, "terms", input)

    @rule(data=st.data(), input=inputs({"entries": ENTRIES}))
    def set_metadata(self, data: st.DataObject, input: Row) -> None:
        self.in_project(data, "setMetadata", input)

    @rule(data=st.data(), input=inputs({"keys": st.lists(WORDS, max_size=3)}))
    def delete_metadata(self, data: st.DataObject, input: Row) -> None:
        self.in_project(data, "deleteMetadata", input)

    @rule(data=st.data(), input=inputs({"name": LINES, "content": TEMPLATES}))
    def create_prompt_component(self, data: st.DataObject, input: Row) -> None:
        self.in_project(data, "createPromptComponent", input)

    @rule(data=st.data(), input=inputs({}, name=mostly(LINES, None)))
    def adapt_prompt(self, data: st.DataObject, input: Row) -> None:
        prompt = data.draw(mostly(st.sampled_from([*self.model.prompts]), global_id(IdKind.PROMPT, NOTHING)))
        self.in_project(data, "adaptPrompt", {"prompt": prompt, **input})

    @rule(
        data=st.data(),
        input=inputs(
            {},
            name=mostly(LINES, None),
            content=mostly(TEMPLATES, None),
            basePromptVersion=mostly(st.integers(-1, 3), None),
        ),
    )
    def update_prompt_component(self, data: st.DataObject, input: Row) -> None:
        self.update_row(data, "updatePromptComponent", IdKind.PROMPT_COMPONENT, "promptComponent", input)

    @rule(data=st.data(), input=inputs({}))
    def delete_prompt_components(self, data: st.DataObject, input: Row) -> None:
        self.delete_rows(data, "deletePromptComponents", IdKind.PROMPT_COMPONENT, "promptComponents", input)

    @rule(data=st.data(), input=inputs({}))
    def generate_content(self, data: st.DataObject, input: Row) -> None:
        self.in_project(data, "generateContent", {**self.draw_request(data), **input})

    @rule(data=st.data(), input=inputs({}))
    def generate_contents(self, data: st.DataObject, input: Row) -> None:
        requests = [self.draw_request(data) for _ in range(data.draw(st.integers(0, 3)))]
        self.in_project(data, "generateContents", {"requests": requests, **input})

    @rule(data=st.data(), input=inputs({}))
    def cancel_generation(self, data: st.DataObject, input: Row) -> None:
        self.update_row(data, "cancelGeneration", IdKind.GENERATION, "generation", input)

    @rule(data=st.data(), input=inputs({}))
    def retry_generation(self, data: st.DataObject, input: Row) -> None:
        self.update_row(data, "retryGeneration", IdKind.GENERATION, "generation", input)

    @precondition(lambda self: self.asked)
    @rule(data=st.data())
    def ask_again(self, data: st.DataObject) -> None:
        """What had a key, as it was asked for; or by another, without the key, or with one that was used already."""
        viewer, mutation, asked = data.draw(st.sampled_from(self.asked[-20:]))
        if data.draw(st.integers(0, 3)) == 0:
            viewer = data.draw(st.sampled_from([*CLIENTS, ADMIN]))
        if data.draw(st.integers(0, 3)) == 0:
            asked = {**asked, "idempotencyKey": data.draw(st.sampled_from([None, "one", "two", "three"]))}
        self.change(viewer, mutation, asked)

    @invariant()
    def everybody_reads_what_the_model_says(self) -> None:
        variables = {"clients": [*self.model.clients.values()]}
        for viewer in self.headers:
            agree(sorted_rows(self.send(viewer, READ, variables)), self.model.read(viewer))

    def teardown(self) -> None:
        for id_, project in [*self.model.projects.items()]:
            self.change(ADMIN, "deleteProject", {"project": id_, "confirmName": project.node["name"]})

    def change(self, viewer: str, mutation: str, input: Row) -> None:
        """Has a mutation answered by the server and by the model."""
        if "idempotencyKey" in input:
            self.asked.append((viewer, mutation, input))
        # The administrator's keys are those of all examples.
        own = {"idempotencyKey": f"{input['idempotencyKey']} of {self.nonce}"} if input.get("idempotencyKey") else {}
        asked = {**input, **own}
        answer = self.send(viewer, DOCUMENTS[mutation], {"input": asked})[mutation]
        known = {*self.projects, *(id_ for ids in self.rows.values() for id_ in ids)}
        new = [id_ for id_ in ids_in(answer) if id_ not in known]
        agree(answer, model_changes.answer(self.model, viewer, mutation, asked, iter(new)))
        for parsed, id_ in [(parse_id(id_), id_) for id_ in new]:
            if parsed.kind is IdKind.PROJECT:
                self.projects.append(id_)
                for kind, rows in self.rows.items():
                    rows.append(project_row_id(kind, parsed.id, NOTHING))
            else:
                self.rows[parsed.kind].append(id_)

    def send(self, viewer: str, query: str, variables: Row) -> Row:
        content = json.dumps({"query": query, "variables": variables})
        headers = {"content-type": "application/json", **self.headers[viewer]}
        response = self.server.runner.run(self.server.http.post("/graphql", content=content, headers=headers))
        body = response.json()
        assert body.keys() == {"data"}, body
        return body["data"]

    def in_project(self, data: st.DataObject, mutation: str, input: Row) -> None:
        id_ = self.draw_project(data)
        shown = str(parse_id(id_).id) if data.draw(st.integers(0, 4)) == 0 else id_
        self.change(self.draw_viewer(data, id_), mutation, {"project": shown, **input})

    def update_row(self, data: st.DataObject, mutation: str, kind: IdKind, field: str, input: Row) -> None:
        id_ = data.draw(st.sampled_from(self.draw_rows(data, kind)))
        self.change(self.draw_viewer(data, home(id_)), mutation, {field: id_, **input})

    def delete_rows(self, data: st.DataObject, mutation: str, kind: IdKind, field: str, input: Row) -> None:
        ids = data.draw(st.lists(st.sampled_from(self.draw_rows(data, kind)), max_size=3))
        self.change(self.draw_viewer(data, home(ids[0]) if ids else ""), mutation, {field: ids, **input})

    def update_content_row(self, data: st.DataObject, input: Row) -> None:
        """Of the version that it has, or had, or of any."""
        id_ = data.draw(st.sampled_from(self.draw_rows(data, IdKind.CONTENT)))
        project = self.model.projects.get(home(id_))
        content = project.contents.get(id_) if project else None
        version = content["version"] if content else 1
        expected = data.draw(st.sampled_from([..., ..., None, version, version, version - 1, version + 1]))
        values = (
            {"content": id_, **input} if expected is ... else {"content": id_, "expectedVersion": expected, **input}
        )
        self.change(self.draw_viewer(data, home(id_)), "updateContent", values)

    def draw_project(self, data: st.DataObject) -> str:
        alive = [*self.model.projects]
        return data.draw(st.sampled_from([*alive * 4, *self.projects[-6:]]))

    def draw_request(self, data: st.DataObject) -> Row:
        request = {
            "prompt": data.draw(
                mostly(st.sampled_from([*self.model.prompts]), global_id(IdKind.PROMPT, NOTHING), None)
            ),
            "variables": data.draw(mostly(st.just({"topic": "oaks"}), {"a": 1}, None, [], "x")),
            "objectModel": self.draw_object_model(data),
            "model": data.draw(mostly(st.just("sample"), "gpt", None)),
        }
        left_out = data.draw(mostly(st.none(), *request))
        return {name: value for name, value in request.items() if name != left_out}

    def draw_object_model(self, data: st.DataObject, *others: str | None) -> str | None:
        nothing = global_id(IdKind.OBJECT_MODEL, NOTHING)
        return data.draw(st.sampled_from([*self.model.object_models, *self.model.object_models, nothing, *others]))

    def draw_viewer(self, data: st.DataObject, project_id: str) -> str:
        """Most of the time the project's client, or the administrator."""
        project = self.model.projects.get(project_id)
        owners = [name for name, id_ in self.model.clients.items() if project and project.node["client"]["id"] == id_]
        return data.draw(st.sampled_from([*owners * 6, *CLIENTS, ADMIN, ADMIN]))

    def draw_rows(self, data: st.DataObject, kind: IdKind) -> list[str]:
        """Rows of a kind in one project, or in all: those that there are, that there were and that never were."""
        id_ = data.draw(st.sampled_from([..., *[*self.model.projects] * 3]))
        inside = [row for row in self.rows[kind] if id_ in (..., home(row))]
        alive = [row for row in inside if home(row) in self.model.projects and self.is_there(kind, row)]
        return [*alive * 4, *inside] or self.rows[kind]

    def is_there(self, kind: IdKind, id_: str) -> bool:
        return id_ in getattr(self.model.projects[home(id_)], LISTS[kind])


@asynccontextmanager
async def serving(new_database: NewDatabase, runner: asyncio.Runner) -> AsyncGenerator[Server]:
    async with new_database() as dsn:
        config = config_of(dsn)
        connection = await asyncpg.connect(dsn)
        await connection.execute(f"SET ROLE {OWNER}")
        async with open_database(config) as database, client_of(config, database) as http:
            world = World(database, connection)
            models = [global_id(IdKind.OBJECT_MODEL, await world.object_model(name)) for name in ("Article", "Recipe")]
            prompts: dict[str, tuple[str, str, int]] = {
                global_id(IdKind.PROMPT, await world.prompt(name, version=version)): (
                    name,
                    f"{name} about {{{{ topic }}}}.",
                    version,
                )
                for name, version in (("Write", 1), ("Shorten", 3))
            }
            yield Server(runner, database, http, models, prompts)
        await connection.close()


def check(new_database: NewDatabase, examples: int = EXAMPLES, **options: Any) -> None:
    with asyncio.Runner() as runner:
        server = serving(new_database, runner)
        opened = runner.run(server.__aenter__())
        try:
            run_state_machine_as_test(
                lambda: Machine(opened),  # pyright: ignore[reportArgumentType]  what makes one will do
                settings=settings(
                    max_examples=examples,
                    stateful_step_count=STEPS,
                    deadline=None,
                    database=None,
                    phases=[Phase.generate],
                    suppress_health_check=[HealthCheck.too_slow],
                    **options,
                ),
            )
        finally:
            runner.run(server.__aexit__(None, None, None))


@pytest.mark.timeout(240)
def test_everybody_reads_what_the_model_says(new_database: NewDatabase) -> None:
    check(new_database, derandomize=True)
