"""Documents that ask for everything there is, made from the API's own schema."""

from collections.abc import Iterator

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLOutputType,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_required_argument,
)
from surface import NODES, OBJECTS, SCHEMA, Ids, id_types

DEPTH = 3
"""How many nodes or sums lie on the way to the innermost field, which is one of a type that has been seen before."""

UNLIMITED = {"cost_limit": 10**9, "alias_limit": 10_000, "depth_limit": 100, "token_limit": 1_000_000}
"""The settings of a server that answers to such documents."""

NODE_TYPES = [type_ for type_ in OBJECTS if type_.name in NODES]
BETWEEN = ("Connection", "Edge", "PageInfo", "Viewer")
"""What is on the way from one node to another."""


class Asker:
    """Writes the documents, and notes each type and field that it has asked for."""

    def __init__(self, ids: Ids) -> None:
        self.ids = ids
        self.asked: set[tuple[str, str]] = set()
        self._aliases = 0

    def documents(self) -> list[str]:
        """One for each field of the root, and each of its arguments that matter."""
        assert SCHEMA.query_type is not None
        fields = SCHEMA.query_type.fields.items()
        return [f"{{ {field} }}" for name, one in fields for field in self._field("Query", name, one, DEPTH)]

    def _field(self, owner: str, name: str, field: GraphQLField, depth: int, prefix: str = "") -> Iterator[str]:
        self.asked.add((owner, name))
        # The nodes are those of the edges.
        below = 0 if name == "nodes" and owner.endswith("Connection") else depth
        for arguments in self._arguments(name, field):
            self._aliases += 1
            alias = f"{prefix}{name}{self._aliases}: " if arguments or prefix else ""
            yield f"{alias}{name}{arguments} {self._selection(field.type, below)}"

    def _arguments(self, name: str, field: GraphQLField) -> list[str]:
        required = [(key, argument) for key, argument in field.args.items() if is_required_argument(argument)]
        if not required:
            return [""]
        if name == "previewPrompt":
            project, prompt, component = [self.ids[type_] for type_ in ("Project", "Prompt", "PromptComponent")]
            variables = 'variables: {topic: "x"}'
            of = [f'prompt: "{prompt}", {variables}', f'promptComponent: "{component}", {variables}', ""]
            return [f'(input: {{project: "{project}", {source}}})' for source in of]
        [(key, argument)] = required
        type_ = get_nullable_type(argument.type)
        of = get_named_type(type_)
        if isinstance(of, GraphQLEnumType):
            every = list(of.values)
            return [f"({key}: [{', '.join(values)}])" for values in [[], every, *([value] for value in every)]]
        assert of.name == "ID", f"What {name} needs for {key} is not known here."
        ids = [f'"{self.ids[node]}"' for node in id_types([key], get_named_type(field.type).name, name)]
        return (
            [f"({key}: [{', '.join(ids)}])"] if isinstance(type_, GraphQLList) else [f"({key}: {id_})" for id_ in ids]
        )

    def _selection(self, type_: GraphQLOutputType, depth: int) -> str:
        match get_named_type(type_):
            case GraphQLObjectType() as object_:
                return self._fields(object_, depth)
            case GraphQLInterfaceType():
                nodes = [f"... on {type_.name} {self._fields(type_, depth, type_.name)}" for type_ in NODE_TYPES]
                return f"{{ {' '.join(['__typename', *nodes])} }}"
            case of:
                assert is_leaf_type(of), of
                return ""

    def _fields(self, type_: GraphQLObjectType, depth: int, prefix: str = "") -> str:
        """A selection; with a prefix, its fields are called so that those of other types may stand beside them."""
        below = depth if type_.name.endswith(BETWEEN) else depth - 1
        fields = [
            text
            for name, field in type_.fields.items()
            if below > 0 or is_leaf_type(get_named_type(field.type))
            for text in self._field(type_.name, name, field, below, prefix)
        ]
        return f"{{ {' '.join(['__typename', *fields])} }}"


def readable() -> set[tuple[str, str]]:
    """Each field of each type that the root of all reads leads to."""
    assert SCHEMA.query_type is not None
    found: set[tuple[str, str]] = set()
    types: list[GraphQLNamedType] = [SCHEMA.query_type, *NODE_TYPES]
    while types:
        type_ = types.pop()
        for name, field in type_.fields.items() if isinstance(type_, GraphQLObjectType) else ():
            if (type_.name, name) not in found:
                found.add((type_.name, name))
                types.append(get_named_type(field.type))
    return found
