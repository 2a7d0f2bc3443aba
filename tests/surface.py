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
    GraphQLSchema,
    build_schema,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_required_argument,
    is_required_input_field,
)
from httpx import Response
from world import GraphQL

from gql_server.schema.build import build_schema as build_api
from gql_server.schema.ids import global_id, parse_id, project_row_id

SCHEMA = build_schema(str(build_api()))


def _objects(schema: GraphQLSchema) -> list[GraphQLObjectType]:
    return [
        type_
        for name, type_ in schema.type_map.items()
        if isinstance(type_, GraphQLObjectType) and not name.startswith("__")
    ]


OBJECTS = _objects(SCHEMA)
NODES = [type_.name for type_ in OBJECTS if type_.interfaces]
ROOTS = {"Query": "query", "Mutation": "mutation", "Subscription": "subscription"}
"""The types that operations begin at, and what a document calls these."""

SAMPLES = {"String": '"x"', "Int": "1", "Boolean": "true", "JSON": "{}", "DateTime": '"2026-01-01T00:00:00Z"'}
"""A value of each scalar that is no id."""

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
        return [self.name] if self.owner in ROOTS else ["node", self.name]

    @property
    def is_connection(self) -> bool:
        return get_named_type(self.definition.type).name.endswith("Connection")

    @property
    def node_type(self) -> str:
        """The type of its value, or of the nodes when that is a connection."""
        return get_named_type(self.definition.type).name.removesuffix("Connection")

    @property
    def selection(self) -> str:
        if is_leaf_type(get_named_type(self.definition.type)):
            return ""
        if self.is_connection:
            return "nodes { __typename } totalCount"
        if "userErrors" in getattr(get_named_type(self.definition.type), "fields", {}):
            return "userErrors { code path }"
        return {"UsageGroup": "calls", "GenerationCount": "count"}.get(self.node_type, "__typename")

    def query(self, ids: Ids, arguments: str = "", variables: str = "", selection: str = "") -> str:
        """A document that asks for this field alone, of the node among `ids` that has it."""
        selected = selection or self.selection
        field = f"{self.name}{arguments and f'({arguments})'} {selected and f'{{ {selected} }}'}"
        if self.owner not in ROOTS:
            field = f'node(id: "{ids[self.owner]}") {{ ... on {self.owner} {{ {field} }} }}'
        return f"{ROOTS.get(self.owner, 'query')} {variables and f'({variables}) '}{{ {field} }}"

    def value(self, body: dict[str, Any]) -> Any:
        """Its value in the answer to `query`."""
        value: Any = body.get("data")
        for name in self.at:
            value = value[name]
        return value


class Place(NamedTuple):
    """Where a scalar or enum value is written in the arguments of a field: at the `%s` of `text`.

    `<Project>` in the text stands for the id of a project, which the field needs beside the value.
    """

    field: Field
    path: tuple[str, ...]
    type: str
    text: str

    def __str__(self) -> str:
        return f"{self.field}({'.'.join(self.path)})"

    @property
    def takes(self) -> list[str]:
        """The types whose ids can be written there."""
        return id_types(self.path, self.field.node_type, self.field.name)

    def query(self, ids: Ids, value: str, variables: str = "") -> str:
        text = self.text
        for name, id_ in ids.items():
            text = text.replace(f"<{name}>", f'"{id_}"')
        return self.field.query(ids, text.replace("%s", value), variables)


def id_types(path: Sequence[str], node_type: str, field: str = "") -> list[str]:
    """The types whose ids go where a path into the arguments of a field ends."""
    named = next(name for name in reversed(path) if name not in {"eq", "in"})
    if named in {"id", "ids"}:
        types = {"Node": NODES, "UsageGroup": ["LlmUsage"], "GenerationCount": ["Generation"]} | {
            name: [name] for name in NODES
        }
        if node_type in types:
            return types[node_type]
        # What changes a thing may answer with something else, and is named for the thing: `deleteContent`.
        named = field
    stem = named.removesuffix("s").removesuffix("Id").lower()
    types = [name for name in NODES if stem.endswith(name.lower())]
    assert types, f"It is not known whose ids go to {'.'.join(path)} of {field or node_type}."
    return types


def fields_of(schema: GraphQLSchema, *, changing: bool = False) -> Iterator[Field]:
    """The fields with arguments that read, or those of the roots of all else."""
    changes = (schema.mutation_type, schema.subscription_type)
    for type_ in _objects(schema):
        if (type_ in changes) is changing:
            for name, field in type_.fields.items():
                if field.args:
                    assert type_.name in {*ROOTS, *NODES}, f"`Field.query` knows no way to {type_.name}.{name}."
                    yield Field(type_.name, name, field)


def places_of(field: Field) -> Iterator[Place]:
    arguments = field.definition.args
    for name, argument in arguments.items():
        for path, type_, text in _leaves(argument.type, ()):
            beside = _required(arguments, name, field.name)
            yield Place(field, (name, *path), type_, ", ".join([f"{name}: {text}", *beside]))


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


def _required(
    inputs: Mapping[str, GraphQLArgument] | Mapping[str, GraphQLInputField], but: str, of: str = ""
) -> Iterator[str]:
    """The inputs that cannot be left out, beside one of them; `of` is the field that they are arguments of."""
    for name, input_ in inputs.items():
        needed = (
            is_required_argument(input_) if isinstance(input_, GraphQLArgument) else is_required_input_field(input_)
        )
        if needed and name != but:
            yield f"{name}: {_sample(name, input_.type, of)}"


def _sample(name: str, type_: GraphQLInputType, of: str) -> str:
    match get_nullable_type(type_):
        case GraphQLList():
            return "[]"
        case GraphQLEnumType() as enum:
            return next(iter(enum.values))
        case GraphQLInputObjectType() as input_:
            return f"{{{', '.join(_required(input_.fields, ''))}}}"
        case _:
            scalar = get_named_type(type_).name
            assert scalar in {"ID", *SAMPLES}, f"No {scalar} is known that could stand for {name}."
            return f"<{id_types([name], '', of)[0]}>" if scalar == "ID" else SAMPLES[scalar]


FIELDS = list(fields_of(SCHEMA))
CONNECTIONS = [field for field in FIELDS if field.is_connection]
FILTERED = [field for field in FIELDS if "where" in field.definition.args]
SUMS = [field for field in FIELDS if "groupBy" in field.definition.args]
PLACES = [place for field in FIELDS for place in places_of(field)]
CHANGES = [place for field in fields_of(SCHEMA, changing=True) for place in places_of(field)]
"""The places of mutations and subscriptions."""

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
