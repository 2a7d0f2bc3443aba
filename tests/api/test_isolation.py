"""A client's answers are those that it would get if there were no other, whatever it passes and wherever it looks."""

import json
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from itertools import product
from typing import Any, NamedTuple

import asyncpg
import pytest
from conftest import client_of, config_of
from everything import UNLIMITED, Asker, readable
from graphql import GraphQLEnumType, GraphQLInputObjectType, get_named_type
from logins import ADMIN_KEY, bearing
from rivals import NAMES, PRIVATE, Rival, given_away, make_rivals, marks, pairs, remove
from surface import CHANGES, CONNECTIONS, PLACES, Field, Place, places
from world import World

from gql_server.config import Config
from gql_server.db.database import Database
from gql_server.db.project_schema import ProjectSchema
from gql_server.schema.ids import parse_id

ACCEPTS = {"Subscription": "text/event-stream"}
"""What the roots are asked by that are not answered in JSON; what cannot be watched is said at once."""

ANYWHERE = places("ID", "UUID", among=[*PLACES, *CHANGES])
PAGE = "edges { cursor node { id } } nodes { id } pageInfo { hasNextPage hasPreviousPage } totalCount"
TEXTS = places("String", among=[place for place in PLACES if "where" in place.path or "keys" in place.path])

others = pytest.mark.parametrize(("name", "other"), [NAMES, NAMES[::-1]])


class Answer(NamedTuple):
    status: int
    text: str
    statements: list[str]

    @property
    def body(self) -> dict[str, Any]:
        return json.loads(self.text)

    def without(self, id_: str) -> "Answer":
        """The same with another word for an id, and for the UUIDs in it."""
        text = self.text.replace(id_, "<id>")
        for uuid in [str(id_)] if "_" not in id_ else map(str, parse_id(id_)[1:]):
            text = text.replace(uuid, "<uuid>")
        # A change holds a lock that is named for its project.
        lock = r"_lock_shared\(-?\d+\) FROM public\.projects WHERE id = '[0-9a-f-]+'"
        statements = [re.sub(lock, "_lock_shared(…)", sql) for sql in self.statements]
        return self._replace(text=text, statements=statements)


Ask = Callable[..., Awaitable[Answer]]
"""Sends a document with a client's key, or the administrator's, and variables by name."""


@pytest.fixture
def config(dsn: str) -> Config:
    # Once a key has been looked up, what is sent is for the operation.
    return config_of(dsn, key_cache_seconds=300, **UNLIMITED)


@pytest.fixture
async def rivals(world: World) -> dict[str, Rival]:
    return await make_rivals(world)


@pytest.fixture
async def ask(
    config: Config, database: Database, rivals: dict[str, Rival], statements: list[str]
) -> AsyncGenerator[Ask]:
    async with client_of(config, database) as http:

        async def send(viewer: Rival | None, document: str, **variables: Any) -> Answer:
            statements.clear()
            accept = ACCEPTS.get(document.split(maxsplit=1)[0].title(), "application/json")
            headers = bearing(viewer.key if viewer else ADMIN_KEY) | {"accept": accept}
            body = {"query": document, "variables": variables}
            response = await http.post("/graphql", json=body, headers=headers)
            # Which of two that wait for the connection is first is chance.
            return Answer(response.status_code, response.text, sorted(statements))

        for viewer in [None, *rivals.values()]:
            assert (await send(viewer, "{ viewer { kind } }")).status == 200
        yield send


def asked(place: Place, viewer: Rival) -> Iterator[str]:
    """The documents that have an id in this place: by itself, and behind one of the viewer's own."""
    yield place.query(viewer.ids, "$id", f"$id: {place.type}!")
    if "[%s]" in place.text:
        yield place.query(viewer.ids, f'"{viewer.ids[place.takes[0]]}", $id', f"$id: {place.type}!")


@others
async def test_an_id_of_another_s_is_one_that_nothing_has(
    name: str, other: str, rivals: dict[str, Rival], ask: Ask
) -> None:
    viewer, tried, told = rivals[name], set(), {}
    for place in ANYWHERE:
        for type_, document in product(place.takes, asked(place, viewer)):
            for pair in pairs(type_, viewer, rivals[other]):
                tried.add(type_)
                stranger = await ask(viewer, document, id=pair.stranger)
                nothing = await ask(viewer, document, id=pair.nothing)
                if stranger.without(pair.stranger) != nothing.without(pair.nothing):
                    told[f"{place} of {type_}"] = (stranger, nothing)

    assert told == {}
    assert tried == set(PRIVATE)


async def test_an_id_of_one_s_own_is_something_everywhere(rivals: dict[str, Rival], ask: Ask) -> None:
    """What is found by no id at all would keep nobody's rows apart."""
    viewer, same = rivals["Acme"], []
    for place in places("ID", "UUID"):
        for type_ in place.takes:
            document = place.query(viewer.ids, "$id", f"$id: {place.type}!")
            for pair in pairs(type_, rivals["Beacon"], viewer):
                own = await ask(viewer, document, id=pair.stranger)
                if (
                    pair.stranger == viewer.ids[type_]
                    and own.text == (await ask(viewer, document, id=pair.nothing)).text
                ):
                    same.append(f"{place} of {type_}")

    assert same == []


def orders(field: Field) -> Iterator[str]:
    """The argument for each order that a connection can have, its own among them."""
    yield ""
    if "orderBy" in field.definition.args:
        by = get_named_type(field.definition.args["orderBy"].type)
        assert isinstance(by, GraphQLInputObjectType)
        keys = get_named_type(by.fields["field"].type)
        assert isinstance(keys, GraphQLEnumType)
        yield from (f"orderBy: [{{field: {key}, direction: {way}}}]" for key in keys.values for way in ("ASC", "DESC"))


async def cursors(ask: Ask, owner: Rival) -> list[tuple[Field, str, str]]:
    """The cursors of the first and the last row of each connection in each order, as their owner gets them."""
    found: list[tuple[Field, str, str]] = []
    for field in CONNECTIONS:
        for order in orders(field):
            body = (await ask(owner, field.query(owner.ids, order, selection="edges { cursor }"))).body
            edges = field.value(body)["edges"]
            assert edges, field
            found += [(field, order, edge["cursor"]) for edge in (edges[0], edges[-1])]
    return found


async def transcript(ask: Ask, viewer: Rival, documents: list[str], rows: list[tuple[Field, str, str]]) -> list[Answer]:
    """All that a client is answered: to everything at once, and from the places of another's rows."""
    answers = [await ask(viewer, document) for document in documents]
    for field, order, cursor in rows:
        for argument in ("after", "before"):
            page = "last: 20" if argument == "before" else "first: 20"
            document = field.query(viewer.ids, f"{page} {order} {argument}: $cursor", "$cursor: String", PAGE)
            answers.append(await ask(viewer, document, cursor=cursor))
    return answers


@pytest.mark.timeout(240)
@others
async def test_what_a_client_sees_is_what_it_would_see_alone(
    name: str, other: str, rivals: dict[str, Rival], ask: Ask, connection: asyncpg.Connection
) -> None:
    viewer, stranger = rivals[name], rivals[other]
    asker = Asker(viewer.ids)
    documents = asker.documents()
    assert asker.asked == readable()
    # By what is called as something of the other's is, and by what both have.
    values = [f"{other} 0", f"Of {other} 0.0", "Same"]
    filters = [place.query(viewer.ids, f'"{value}"') for place in TEXTS for value in values]
    rows = await cursors(ask, stranger)
    secret, own = await marks(connection, stranger), await marks(connection, viewer)

    beside = await transcript(ask, viewer, [*documents, *filters], rows)
    administrators = [(await ask(None, document)).body for document in documents]
    await remove(connection, stranger)
    alone = await transcript(ask, viewer, [*documents, *filters], rows)

    assert [answer for answer in beside if "errors" in answer.body] == []
    assert given_away([answer.body for answer in beside], secret) == set()
    assert beside == alone
    # All there is was looked at: whoever sees both has been told of both.
    assert given_away([answer.body for answer in beside], own) == own
    assert given_away(administrators, secret | own) == secret | own


async def everything(ask: Ask, viewer: Rival) -> list[Answer]:
    answers = [await ask(viewer, document) for document in Asker(viewer.ids).documents()]
    assert [answer for answer in answers if "errors" in answer.body] == []
    return answers


@pytest.mark.timeout(240)
@pytest.mark.parametrize("damage", ["DROP TABLE :schema.contents", "DROP SCHEMA :schema CASCADE"])
async def test_what_is_wrong_with_another_s_project_is_not_told(
    damage: str, rivals: dict[str, Rival], ask: Ask, connection: asyncpg.Connection
) -> None:
    before = await everything(ask, rivals["Acme"])
    await connection.execute(damage.replace(":schema", ProjectSchema(rivals["Beacon"].projects[0]).quoted))

    assert await everything(ask, rivals["Acme"]) == before
    assert "errors" in (await ask(rivals["Beacon"], "{ contents { totalCount } }")).body


@pytest.mark.timeout(240)
async def test_another_s_project_that_is_locked_is_not_waited_for(
    rivals: dict[str, Rival], ask: Ask, connection: asyncpg.Connection
) -> None:
    before = await everything(ask, rivals["Acme"])

    async with connection.transaction():
        for id_ in rivals["Beacon"].projects:
            await connection.execute(f"LOCK TABLE {ProjectSchema(id_).quoted}.contents")
        # It would have been a wait for a lock for each, and an error.
        assert await everything(ask, rivals["Acme"]) == before


async def test_another_s_many_sums_are_no_limit(
    rivals: dict[str, Rival], ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_project = "{ usage(groupBy: [PROJECT]) { calls } }"
    monkeypatch.setattr("gql_server.db.tables.llm_usage.GROUP_LIMIT", len(rivals["Acme"].projects))

    assert (await ask(rivals["Acme"], by_project)).body == {"data": {"usage": [{"calls": 2}] * 3}}
    for viewer in (None, rivals["Beacon"]):
        assert (await ask(viewer, by_project)).body["errors"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"
