"""What can be asked for, read from the API's own schema, so that a new field is covered the day it is added."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLObjectType,
    build_schema,
    get_named_type,
    get_nullable_type,
    is_required_argument,
    is_required_input_field,
)
from httpx import Response
from world import GraphQL

from gql_server.schema.build import build_schema as build_api
from gql_server.schema.ids import global_id, parse_id, project_row_id

SCHEMA = build_schema(str(build_api()))
OBJECTS = [
    type_
    for name, type_ in SCHEMA.type_map.items()
    if isinstance(type_, GraphQLObjectType) and not name.startswith("__")
]
NODES = [type_.name for type_ in OBJECTS if type_.interfaces]

Ids = Mapping[str, str]
"""The global id of one node of each type, by the type's name."""

Post = Callable[[str | bytes], Awaitable[Response]]
"""Sends a request's body as it is."""


class Field(NamedTuple):
    """A field of the root or of a node that takes arguments."""

    owner: str
    name: str
    definition: GraphQLField

    def __str__(self) -> str:
        return f"{self.owner}.{self.name}"

    @property
    def at(self) -> list[str]:
        """Where its value is in the answer to `query`."""
        return [self.name] if self.owner == "Query" else ["node", self.name]

    @property
    def is_connection(self) -> bool:
        return get_named_type(self.definition.type).name.endswith("Connection")

    @property
    def node_type(self) -> str:
        """The type of its value, or of the nodes when that is a connection."""
        return get_named_type(self.definition.type).name.removesuffix("Connection")

    @property
    def selection(self) -> str:
        if self.is_connection:
            return "nodes { __typename } totalCount"
        return "calls" if "groupBy" in self.definition.args else "__typename"

    def query(self, ids: Ids, arguments: str = "", variables: str = "", selection: str = "") -> str:
        """A document that asks for this field alone, of the node among `ids` that has it."""
        field = f"{self.name}{arguments and f'({arguments})'} {{ {selection or self.selection} }}"
        if self.owner != "Query":
            field = f'node(id: "{ids[self.owner]}") {{ ... on {self.owner} {{ {field} }} }}'
        return f"{variables and f'query ({variables}) '}{{ {field} }}"

    def value(self, body: dict[str, Any]) -> Any:
        """Its value in the answer to `query`."""
        value: Any = body.get("data")
        for name in self.at:
            value = value[name]
        return value


class Place(NamedTuple):
    """Where a scalar or enum value is written in the arguments of a field: at the `%s` of `text`."""

    field: Field
    path: tuple[str, ...]
    type: str
    text: str

    def __str__(self) -> str:
        return f"{self.field}({'.'.join(self.path)})"

    @property
    def takes(self) -> list[str]:
        """The types whose ids can be written there."""
        return id_types(self.path, self.field.node_type)

    def query(self, ids: Ids, value: str, variables: str = "") -> str:
        return self.field.query(ids, self.text.replace("%s", value), variables)


def id_types(path: Sequence[str], node_type: str) -> list[str]:
    """The types whose ids go where a path into the arguments of a field ends."""
    named = next(name for name in reversed(path) if name not in {"eq", "in"})
    if named not in {"id", "ids"}:
        return [name for name in NODES if named.removesuffix("s").lower().endswith(name.lower())]
    return {"Node": NODES, "UsageGroup": ["LlmUsage"]}.get(node_type, [node_type])


def _fields() -> Iterator[Field]:
    for type_ in OBJECTS:
        if type_ in (SCHEMA.mutation_type, SCHEMA.subscription_type):
            continue
        for name, field in type_.fields.items():
            if field.args:
                assert type_.name in {"Query", *NODES}, f"`Field.query` knows no way to {type_.name}.{name}."
                yield Field(type_.name, name, field)


def _places(field: Field) -> Iterator[Place]:
    arguments = field.definition.args
    for name, argument in arguments.items():
        for path, type_, text in _leaves(argument.type, ()):
            yield Place(field, (name, *path), type_, ", ".join([f"{name}: {text}", *_required(arguments, name)]))


def _leaves(type_: GraphQLInputType, inside: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Path, type and text of every leaf; a filter inside of one of its own type has no others."""
    bare = get_nullable_type(type_)
    name = get_named_type(type_).name
    if isinstance(bare, GraphQLList):
        yield from ((path, leaf, f"[{text}]") for path, leaf, text in _leaves(bare.of_type, inside))
    elif not isinstance(bare, GraphQLInputObjectType):
        yield (), name, "%s"
    elif name not in inside:
        for key, field in bare.fields.items():
            for path, leaf, text in _leaves(field.type, (*inside, name)):
                parts = ", ".join([f"{key}: {text}", *_required(bare.fields, key)])
                yield (key, *path), leaf, f"{{{parts}}}"


def _required(inputs: Mapping[str, GraphQLArgument] | Mapping[str, GraphQLInputField], but: str) -> Iterator[str]:
    """The inputs that cannot be left out, beside one of them."""
    for name, input_ in inputs.items():
        needed = (
            is_required_argument(input_) if isinstance(input_, GraphQLArgument) else is_required_input_field(input_)
        )
        if needed and name != but:
            type_ = get_nullable_type(input_.type)
            yield f"{name}: {next(iter(type_.values)) if isinstance(type_, GraphQLEnumType) else '[]'}"


FIELDS = list(_fields())
CONNECTIONS = [field for field in FIELDS if field.is_connection]
FILTERED = [field for field in FIELDS if "where" in field.definition.args]
SUMS = [field for field in FIELDS if "groupBy" in field.definition.args]
PLACES = [place for field in FIELDS for place in _places(field)]

DISTINCT = list({(place.field.definition.args[place.path[0]].type, place.path): place for place in PLACES}.values())
"""One place for each path into each type of argument: what is read alike wherever it is written."""


def places(*types: str, among: Sequence[Place] = PLACES) -> list[Place]:
    """Every place for a value of one of these types."""
    return [place for place in among if place.type in types]


def missing(id_: str, number: int = 0, project_id: UUID | None = None) -> str:
    """An id of the same type that nothing has, in the same project or another."""
    kind, own_project_id, _ = parse_id(id_)
    if own_project_id is None:
        return global_id(kind, UUID(int=number))
    return project_row_id(kind, project_id or own_project_id, UUID(int=number))


REFUSED = "BAD_REQUEST for the field"
MISREAD = "BAD_REQUEST for the request"
ANSWERED = "an answer"


def outcome(field: Field, body: dict[str, Any]) -> str:
    """What `field` got: the first error's code, and whether it is at the field, or the answer."""
    if "errors" not in body:
        return ANSWERED
    error = body["errors"][0]
    code = error.get("extensions", {}).get("code", "no code")
    path = error.get("path")
    if path is None:
        return f"{code} for the request"
    return f"{code} for the field" if path[: len(field.at)] == field.at else f"{code} at {path}"


async def everywhere(ask: GraphQL, ids: Ids, kinds: list[Place], type_: str, value: object) -> dict[str, str]:
    """What each place makes of the value of a variable."""
    outcomes: dict[str, str] = {}
    for place in kinds:
        body = await ask(place.query(ids, "$value", f"$value: {type_}"), value=value)
        outcomes[str(place)] = outcome(place.field, body)
    return outcomes


async def everywhere_written(ask: GraphQL, ids: Ids, kinds: list[Place], literal: str) -> dict[str, str]:
    """What each place makes of a value in the document."""
    return {str(place): outcome(place.field, await ask(place.query(ids, literal))) for place in kinds}


def each(kinds: list[Place], expected: str) -> dict[str, str]:
    return {str(place): expected for place in kinds}
