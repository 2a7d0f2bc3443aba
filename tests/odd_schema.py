"""A schema with every kind of type and of resolver, whose values are made of a seed and now and then are odd."""

import asyncio
from collections.abc import Callable
from random import Random
from typing import Any, NamedTuple

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    build_schema,
    is_abstract_type,
    is_object_type,
)

from gql_server.engine import make_batched, make_column

SDL = """
scalar Upper
enum Color { RED GREEN BLUE }
input Range { from: Int = 1, to: Int! }
interface Node { id: ID!, next: Node, all(first: Int = 2): [Node!] }
type Cat implements Node {
  id: ID! next: Node all(first: Int = 2): [Node!]
  name: String names: [String] grid: [[Int!]!]! color: Color! owner: Person friends(range: Range): [Pet!]! self: Cat!
}
type Dog implements Node {
  id: ID! next: Node all(first: Int = 2): [Node!]
  name: String! upper: Upper colors: [Color!] weight: Float good: Boolean! owner: Person! pack: [[Dog!]]
}
type Person implements Node {
  id: ID! next: Node! all(first: Int = 2): [Node!]
  age: Int! pets(first: Int!): [Pet]! home: Home! homes: [Home!] uppers: [[Upper!]!]
}
type Home { rooms: Int people: [Person!]! pet: Pet! node(id: ID): Node upper: Upper! }
union Pet = Cat | Dog
type Query { node(id: ID): Node nodes: [[Node!]] pet: Pet pets: [Pet!]! person: Person people: [Person]! home: Home! }
"""

Resolver = Callable[..., Any]


class Thing(NamedTuple):
    """An object of a type; there is but one for each type and number."""

    type: str
    number: int


class Values:
    """Of the fields of things; one in `rarity` is not what it should be."""

    def __init__(self, schema: GraphQLSchema, seed: int, rarity: int) -> None:
        self._schema = schema
        self._seed = seed
        self._rarity = rarity
        self._things: dict[tuple[str, int], Thing] = {}

    def of(self, thing: Thing | None, field: str, type_: Any, arguments: dict[str, Any]) -> Any:
        return self._value(Random(f"{self._seed} {thing} {field} {sorted(arguments.items())}"), type_)

    def is_odd(self, random: Random) -> bool:
        return self._rarity > 0 and random.randrange(self._rarity) == 0

    def _value(self, random: Random, type_: Any) -> Any:
        if isinstance(type_, GraphQLNonNull):
            return None if self.is_odd(random) else self._value(random, type_.of_type)
        if random.randrange(8) == 0:
            return None
        if self.is_odd(random):
            return ValueError(f"This is odd: {random.randrange(100)}.")
        if isinstance(type_, GraphQLList):
            return (
                7 if self.is_odd(random) else [self._value(random, type_.of_type) for _ in range(random.randrange(4))]
            )
        return self._named(random, type_)

    def _named(self, random: Random, type_: GraphQLNamedType) -> Any:
        if is_object_type(type_):
            return self._thing(type_.name, random.randrange(3))
        if is_abstract_type(type_):
            possible = sorted(possible.name for possible in self._schema.get_possible_types(type_))
            wrong = ["Home", "Query", "Color", "Nothing"]
            return self._thing(random.choice(wrong if self.is_odd(random) else possible), random.randrange(3))
        leaves = [True, 3, 2**40, 1.5, float("inf"), "text", "RED", {}, ("a",)]
        return random.choice(leaves) if self.is_odd(random) else _right(random, type_.name)

    def _thing(self, type_: str, number: int) -> Thing:
        return self._things.setdefault((type_, number), Thing(type_, number))


def _right(random: Random, type_: str) -> Any:
    right: dict[str, list[Any]] = {
        "Color": ["RED", "GREEN", "BLUE"],
        "Int": [0, -5, 77],
        "Float": [0.5, 3, -1e9],
        "Boolean": [True, False],
        "Upper": ["a", "bc"],
    }
    return random.choice(right.get(type_, ["", "some text"]))


def upper(value: Any) -> Any:
    if value == "text":
        return None
    return value.upper()


def odd_schema(seed: int, *, rarity: int, asynchronous: bool) -> GraphQLSchema:
    schema = build_schema(SDL)
    values = Values(schema, seed, rarity)
    random = Random(seed)
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__"):
            for name, field in type_.fields.items():
                _resolve(field, name, values, random, asynchronous=asynchronous)
    _make_leaves(schema)
    _make_types(schema, random, asynchronous=asynchronous)
    return schema


def _make_leaves(schema: GraphQLSchema) -> None:
    scalar, color = schema.type_map["Upper"], schema.type_map["Color"]
    assert isinstance(scalar, GraphQLScalarType)
    assert isinstance(color, GraphQLEnumType)
    scalar.coerce_output_value = upper


def _make_types(schema: GraphQLSchema, random: Random, *, asynchronous: bool) -> None:
    types: Any = schema.type_map
    later = asynchronous and random.random() < 0.5
    types["Node"].resolve_type = _maybe_later(lambda thing, _info, _type: thing.type, later=later)
    if random.random() < 0.5:
        types["Pet"].resolve_type = _maybe_later(lambda thing, _info, _type: thing.type, later=later)
        types["Home"].extensions["by_class"] = True
    types["Cat"].is_type_of = _maybe_later(lambda thing, _info: thing.type == "Cat", later=later)
    types["Dog"].is_type_of = lambda thing, _info: thing.type == "Dog"
    types["Home"].is_type_of = lambda thing, _info: isinstance(thing, Thing)


def _maybe_later(resolve: Resolver, *, later: bool) -> Resolver:
    async def resolve_later(*arguments: Any, **named: Any) -> Any:
        await asyncio.sleep(0)
        return resolve(*arguments, **named)

    return resolve_later if later else resolve


def _resolve(field: GraphQLField, name: str, values: Values, random: Random, *, asynchronous: bool) -> None:
    """Gives a field a resolver of some kind."""

    def value(source: Any, **arguments: Any) -> Any:
        return values.of(source, name, field.type, arguments)

    def resolve(source: Any, _info: Any, **arguments: Any) -> Any:
        resolved = value(source, **arguments)
        if isinstance(resolved, Exception):
            raise resolved
        return resolved

    def batch(parents: Any, _info: Any, **arguments: Any) -> Any:
        return [value(parent, **arguments) for parent in parents]

    later = asynchronous and random.random() < 0.6
    match random.randrange(3):
        case 0:
            make_batched(field, _maybe_later(batch, later=later))
        case 1 if not field.args:
            make_column(field, lambda source: resolve(source, None))
        case _:
            field.resolve = _maybe_later(resolve, later=later)
