"""How much an operation asks for, measured before anything is read."""

from collections.abc import Mapping
from typing import NamedTuple, cast

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
)

from gql_server.config import Config

LIST_LENGTH = 100
"""What a list is taken for whose length nobody asks for, such as metadata or sums over usage."""


class Measure(NamedTuple):
    """`objects` is how many an answer can have, each counted in every place that asks for it.

    It is an upper bound but for lists without a page size, whose length is a guess.
    """

    depth: int = 0
    aliases: int = 0
    objects: int = 0


def measure(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Mapping[str, object],
    config: Config,
) -> Measure:
    """What a valid operation asks for, at the most."""
    return _Meter(schema, document, variables, config).operation(operation)


class _Meter:
    """Measures each fragment once, however often it is spread: the time is linear in the document's length."""

    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, object], config: Config
    ) -> None:
        self._schema = schema
        self._variables = dict(variables)
        self._config = config
        self._fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._measured: dict[str, Measure] = {}

    def operation(self, operation: OperationDefinitionNode) -> Measure:
        for definition in operation.variable_definitions or ():
            if definition.default_value is not None:
                self._variables.setdefault(definition.variable.name.value, definition.default_value)
        root = self._schema.get_root_type(operation.operation)
        return Measure() if root is None else self._selections(operation.selection_set, root)

    def _selections(self, selection_set: SelectionSetNode | None, parent: GraphQLNamedType) -> Measure:
        if selection_set is None:
            return Measure()
        parts = [self._selection(selection, parent) for selection in selection_set.selections]
        return Measure(
            max((part.depth for part in parts), default=0),
            sum(part.aliases for part in parts),
            sum(part.objects for part in parts),
        )

    def _selection(self, selection: SelectionNode, parent: GraphQLNamedType) -> Measure:
        match selection:
            case FieldNode():
                return self._field(selection, parent)
            case FragmentSpreadNode():
                return self._fragment(selection.name.value)
            case InlineFragmentNode():
                condition = selection.type_condition
                type_ = self._schema.get_type(condition.name.value) if condition else parent
                return self._selections(selection.selection_set, type_ or parent)
            case _:
                raise TypeError(f"{selection!r} is no selection.")

    def _fragment(self, name: str) -> Measure:
        if name not in self._measured:
            fragment = self._fragments[name]
            type_ = self._schema.type_map[fragment.type_condition.name.value]
            self._measured[name] = self._selections(fragment.selection_set, type_)
        return self._measured[name]

    def _field(self, field: FieldNode, parent: GraphQLNamedType) -> Measure:
        aliases = 1 if field.alias else 0
        if field.name.value.startswith("__") or not isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
            return Measure(1, aliases)
        definition = parent.fields[field.name.value]
        inner = self._selections(field.selection_set, cast("GraphQLNamedType", get_named_type(definition.type)))
        # A connection counts for its nodes; what stands between the two is not counted again.
        within = parent.name.endswith(("Connection", "Edge"))
        own = 0 if within or field.selection_set is None else 1
        times = 1 if within else self._times(field, "first" in definition.args, _is_list(definition.type))
        return Measure(inner.depth + 1, inner.aliases + aliases, times * (own + inner.objects))

    def _times(self, field: FieldNode, is_page: bool, is_list: bool) -> int:
        arguments = {argument.name.value: argument.value for argument in field.arguments or ()}
        if is_page:
            asked = [self._number(arguments.get(name)) for name in ("first", "last")]
            most = max((number for number in asked if number is not None), default=self._config.page_size_default)
            # A negative size is refused when it is read; here it must not make room for others.
            return max(0, min(most, self._config.page_size_limit))
        if "ids" in arguments:
            return self._length(arguments["ids"])
        return LIST_LENGTH if is_list else 1

    def _number(self, node: ValueNode | None) -> int | None:
        value = self._value(node)
        if isinstance(value, IntValueNode):
            return int(value.value)
        # A variable for an Int may be written 100.0.
        return int(value) if isinstance(value, int | float) else None

    def _length(self, node: ValueNode) -> int:
        value = self._value(node)
        items: object = value.values if isinstance(value, ListValueNode) else value
        return len(cast("list[object]", items)) if isinstance(items, list | tuple) else 1

    def _value(self, node: ValueNode | None) -> object:
        return self._variables.get(node.name.value) if isinstance(node, VariableNode) else node


def _is_list(type_: object) -> bool:
    return isinstance(type_, GraphQLList) or isinstance(getattr(type_, "of_type", None), GraphQLList)
