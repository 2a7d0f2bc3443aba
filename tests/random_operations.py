"""Operations made at random from the schema: valid ones, and such as somebody's mistake or malice would make them."""

import json
from collections.abc import Sequence
from random import Random
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_required_argument,
)
from surface import NODES, SCHEMA, Ids, id_types

DEPTH = 4
Path = tuple[str, ...]


class Word(str):
    """What a document writes without quotes, such as a value of an enum."""

    __slots__ = ()


ODD_TEXTS = [*"%_\\'\":é🜁\u202e\0", "", "$1", "{{", "-1", "null", r"\u0000", "a" * 3000]
ODD_NUMBERS = [-1, 101, 2**31, 2**53 + 1, 2**63, 2**64, 10**40, 0.5, -0.0, 1e300, float("nan"), float("inf")]
ODD_WORDS = [Word("9" * 5000), Word("1e999"), Word("NOPE"), Word("$nope"), Word("{a: $v0}")]
ODD: list[Any] = [
    *ODD_TEXTS,
    *ODD_NUMBERS,
    *ODD_WORDS,
    None,
    True,
    [],
    {},
    [[]],
    [None],
    {"": None},
    {"a": [1, {"b": "\ud800"}]},
]
MARKS = [
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "$",
    ":",
    "!",
    "...",
    "@",
    '"',
    '"""',
    "#",
    "\0",
    "on",
    "fragment",
    "query",
    "1e999",
]


class Maker:
    """Makes documents, with the values of their variables; the same ones for the same seed."""

    def __init__(self, seed: int, ids: Ids, cursors: Sequence[str] = (), *, odd: float = 0) -> None:
        """`odd` is how likely each value is not what it should be; without, all that is made is valid."""
        self.random = Random(seed)
        self.ids = ids
        self.cursors = cursors
        self.odd = odd
        self.variables: dict[str, tuple[str, Any]] = {}
        self.aliases = 0

    def operation(self) -> tuple[str, dict[str, Any]]:
        self.variables, self.aliases = {}, 0
        assert SCHEMA.query_type is not None
        selection = self.selection(SCHEMA.query_type, DEPTH)
        declared = ", ".join(f"${name}: {type_}" for name, (type_, _) in self.variables.items())
        return f"query {f'({declared}) ' if declared else ''}{selection}", {
            name: value for name, (_, value) in self.variables.items()
        }

    def broken(self, document: str) -> str:
        """The document with something else in it, or less."""
        start = self.random.randrange(len(document))
        end = start + self.random.choice([0, 0, 1, 3, 30])
        return document[:start] + self.random.choice([*MARKS, ""]) + document[end:]

    def selection(self, type_: GraphQLObjectType, depth: int) -> str:
        usable = [
            (name, field)
            for name, field in type_.fields.items()
            if depth > 1 or is_leaf_type(get_named_type(field.type))
        ]
        chosen = self.random.sample(usable, min(len(usable), self.random.randint(1, 3)))
        return "{ " + " ".join(["__typename", *(self.field(name, field, depth) for name, field in chosen)]) + " }"

    def field(self, name: str, field: GraphQLField, depth: int) -> str:
        self.aliases += 1
        of = get_named_type(field.type).name.removesuffix("Connection")
        return f"a{self.aliases}: {name}{self.arguments(field.args, of)} {self.below(field.type, depth - 1)}"

    def below(self, type_: GraphQLOutputType, depth: int) -> str:
        match get_named_type(type_):
            case GraphQLObjectType() as object_:
                return self.selection(object_, depth)
            case GraphQLInterfaceType():
                parts = [
                    f"... on {name} {self.selection(node, depth)}"
                    for name in self.random.sample(NODES, 2)
                    if isinstance(node := SCHEMA.type_map[name], GraphQLObjectType)
                ]
                return "{ " + " ".join(["__typename", *parts]) + " }"
            case _:
                return ""

    def arguments(self, arguments: dict[str, GraphQLArgument], of: str) -> str:
        """Those of a field of nodes `of` this type."""
        chosen = {name for name, argument in arguments.items() if is_required_argument(argument) or self.chance(0.3)}
        if not self.odd:
            chosen -= {"after", "before", self.random.choice(["first", "last"])}
        written = [f"{name}: {self.written((name,), arguments[name].type, of)}" for name in arguments if name in chosen]
        return f"({', '.join(written)})" if written else ""

    def written(self, path: Path, type_: GraphQLInputType, of: str) -> str:
        """A value in the document, or a variable that has it."""
        value = self.value(path, type_, of)
        if self.chance(0.5):
            return literal(value)
        variable = f"v{len(self.variables)}"
        self.variables[variable] = (str(type_), value)
        return f"${variable}"

    def value(self, path: Path, type_: GraphQLInputType, of: str) -> Any:
        if self.chance(self.odd):
            return self.random.choice(ODD)
        bare = get_nullable_type(type_)
        if isinstance(bare, GraphQLList):
            return [self.value(path, bare.of_type, of) for _ in range(self.random.randint(0, 3))]
        if isinstance(bare, GraphQLInputObjectType):
            return self.input(path, bare, of)
        if isinstance(bare, GraphQLEnumType):
            return Word(self.random.choice(list(bare.values)))
        return self.random.choice(self.scalars(get_named_type(type_).name, path, of))

    def input(self, path: Path, type_: GraphQLInputObjectType, of: str) -> dict[str, Any]:
        fields = type_.fields
        required = {name for name, field in fields.items() if isinstance(field.type, GraphQLNonNull)}
        others = [name for name in fields if len(path) < DEPTH or name not in {"and", "or", "not"}]
        chosen = required | set(self.random.sample(others, min(len(others), self.random.randint(0, 2))))
        return {name: self.value((*path, name), fields[name].type, of) for name in fields if name in chosen}

    def scalars(self, type_: str, path: Path, of: str) -> list[Any]:
        match type_:
            case "ID":
                return [self.ids[name] for name in id_types(path, of)]
            case "String":
                return ["Content", "content 00.1", "sample", "tone", "warm", *self.cursors]
            case "Int":
                return [0, 1, 2, 50, 100]
            case "Boolean":
                return [True, False]
            case "DateTime":
                return ["2026-01-01T00:00:00Z", "2026-01-01T05:30:00.5+05:30", "1999-12-31T23:59:59-08:00"]
            case "JSON":
                return [{}, [], 1, "a", True, 0.5, {"voice": ["warm", {"a": None}]}]
            case _:
                raise NotImplementedError(f"No values of {type_} are known here.")

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability


def literal(value: Any) -> str:
    """A value as a document has it."""
    match value:
        case Word():
            return value
        case dict():
            return "{" + ", ".join(f"{key or '_'}: {literal(part)}" for key, part in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(literal, value)) + "]"
        case _:
            return json.dumps(value)
