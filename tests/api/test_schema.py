"""The schema as people read it: committed as it is served, described throughout, its lists all of one shape."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    get_named_type,
    get_nullable_type,
    is_introspection_type,
    is_list_type,
    is_specified_directive,
    is_specified_scalar_type,
)
from surface import CONNECTIONS, NODES, OBJECTS, SCHEMA
from typer.testing import CliRunner

from gql_server.cli import app

COMMITTED = Path(__file__).parents[2] / "schema.graphql"

TYPES = [
    type_
    for type_ in SCHEMA.type_map.values()
    if not is_introspection_type(type_) and not is_specified_scalar_type(type_)
]


def members(type_: GraphQLNamedType) -> dict[str, str | None]:
    """The descriptions of a type's fields or values."""
    match type_:
        case GraphQLObjectType() | GraphQLInterfaceType() | GraphQLInputObjectType():
            return {name: field.description for name, field in type_.fields.items()}
        case GraphQLEnumType():
            return {name: value.description for name, value in type_.values.items()}
        case _:
            return {}


def described() -> Iterator[tuple[str, str | None]]:
    """Everything that has a description, by its coordinates."""
    for type_ in TYPES:
        yield type_.name, type_.description
        for name, description in members(type_).items():
            yield f"{type_.name}.{name}", description
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            for name, field in type_.fields.items():
                for argument, input_ in field.args.items():
                    yield f"{type_.name}.{name}({argument}:)", input_.description
    for directive in SCHEMA.directives:
        if not is_specified_directive(directive):
            yield f"@{directive.name}", directive.description


DESCRIPTIONS = dict(described())


def test_the_committed_schema_is_the_one_that_is_served() -> None:
    result = CliRunner().invoke(app, ["schema", "print"])

    assert result.exit_code == 0
    assert result.stdout == COMMITTED.read_text(encoding="utf-8")


def test_everything_is_described_in_sentences() -> None:
    coordinates = {"DateTime", "Project.name", "Project.contents(where:)", "StringFilter.in", "OrderDirection.ASC"}
    assert coordinates <= DESCRIPTIONS.keys()
    sentence = re.compile(r"[A-Z][^\n]{3,}[^.\s]\.")

    wrong = {name: text for name, text in DESCRIPTIONS.items() if not text or not sentence.fullmatch(text)}

    assert wrong == {}


def test_no_description_says_a_word_twice_or_is_a_gap() -> None:
    doubled = re.compile(r"\b(\w+) \1\b|\b(?:todo|tbd|fixme|lorem|description|xxx)\b", re.IGNORECASE)

    assert {name: text for name, text in DESCRIPTIONS.items() if doubled.search(text or "")} == {}


def test_no_two_members_of_a_type_have_one_description() -> None:
    repeated = {
        type_.name: [text for text, times in Counter(members(type_).values()).items() if times > 1] for type_ in TYPES
    }

    assert {name: texts for name, texts in repeated.items() if texts} == {}


def test_only_what_has_nodes_speaks_of_them() -> None:
    arguments = {
        f"{type_.name}.{name}({argument}:)"
        for type_ in OBJECTS
        for name, field in type_.fields.items()
        for argument, input_ in field.args.items()
        if "nodes" in (input_.description or "")
    }
    with_nodes = {f"{field}({argument}:)" for field in CONNECTIONS for argument in field.definition.args}

    assert arguments - with_nodes == set()


def test_every_list_of_nodes_is_a_connection() -> None:
    lists = [
        f"{type_.name}.{name}"
        for type_ in OBJECTS
        for name, field in type_.fields.items()
        if is_list_type(get_nullable_type(field.type)) and get_named_type(field.type).name in {"Node", *NODES}
        if not type_.name.endswith(("Connection", "Payload"))
    ]

    # Of one generation there are a few calls, each of which was paid for.
    assert lists == ["Generation.usage", "Query.nodes"]


def test_every_connection_has_the_same_fields() -> None:
    for connection in (type_ for type_ in OBJECTS if type_.name.endswith("Connection")):
        node = connection.name.removesuffix("Connection")
        edge = SCHEMA.type_map[f"{node}Edge"]
        assert isinstance(edge, GraphQLObjectType)

        assert {name: str(field.type) for name, field in connection.fields.items()} == {
            "edges": f"[{node}Edge!]!",
            "nodes": f"[{node}!]!",
            "pageInfo": "PageInfo!",
            "totalCount": "Int!",
        }
        assert {name: str(field.type) for name, field in edge.fields.items()} == {
            "cursor": "String!",
            "node": f"{node}!",
        }


def test_every_connection_is_paged_alike() -> None:
    fields = {(type_, name): field for type_ in OBJECTS for name, field in type_.fields.items()}
    connections = {
        key: field for key, field in fields.items() if get_named_type(field.type).name.endswith("Connection")
    }

    assert len(connections) == len(CONNECTIONS)
    for field in connections.values():
        arguments = {name: str(argument.type) for name, argument in field.args.items()}
        node = get_named_type(field.type).name.removesuffix("Connection")

        assert list(arguments.items())[:4] == [
            ("first", "Int"),
            ("after", "String"),
            ("last", "Int"),
            ("before", "String"),
        ]
        assert arguments.get("orderBy", f"[{node}Order!]") == f"[{node}Order!]"
