"""How much an operation asks for, measured before anything is read."""

from collections.abc import Mapping
from math import ceil
from typing import Any, NamedTuple, cast

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
from gql_server.schema.inputs import Value, Weight, type_of, weigh
from gql_server.schema.parts import Part
from gql_server.schema.prices import price_of

LIST_LENGTH = 100
"""What a list is taken for whose length nobody asks for, such as metadata or sums over usage."""


class Measure(NamedTuple):
    """How much an operation asks for, a fragment counted in every place that it is spread in.

    `cost` is how many objects an answer can have, and the prices of the fields that read more than that. It is an upper
    bound but for lists without a page size, whose length is a guess.
    """

    depth: int = 0
    aliases: int = 0
    root_fields: int = 0
    directives: int = 0
    list_length: int = 0
    cost: int = 0


def measure(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Mapping[str, object],
    config: Config,
) -> Measure:
    """What a valid operation asks for, at the most."""
    return _Meter(schema, document, operation, variables, config).measure()


class _Meter:
    """Measures each fragment once, however often it is spread: the time is linear in the document's length."""

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        variables: Mapping[str, object],
        config: Config,
    ) -> None:
        self._schema = schema
        self._operation = operation
        self._config = config
        self._fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._measured: dict[str, Part] = {}
        self._variables: dict[str, object] = {}
        self._weights: dict[str, Weight] = {}
        for definition in operation.variable_definitions or ():
            name = definition.variable.name.value
            value = variables.get(name, definition.default_value)
            self._variables[name] = value
            self._weights[name] = weigh(Value(value, type_of(definition, schema)), {})

    def measure(self) -> Measure:
        operation = self._operation
        root = self._schema.get_root_type(operation.operation)
        if root is None:
            return Measure()
        total = self._selections(operation.selection_set, root)
        own = [operation, *(operation.variable_definitions or ())]
        return Measure(
            depth=total.depth,
            aliases=total.aliases,
            root_fields=total.fields,
            directives=total.directives + sum(len(node.directives or ()) for node in own),
            list_length=max(total.list_length, *(weight.list_length for weight in self._weights.values()), 0),
            cost=total.cost,
        )

    def _selections(self, selection_set: SelectionSetNode | None, parent: GraphQLNamedType) -> Part:
        total = Part()
        for selection in selection_set.selections if selection_set else ():
            total.add(self._selection(selection, parent))
            total.directives += len(selection.directives or ())
        return total

    def _selection(self, selection: SelectionNode, parent: GraphQLNamedType) -> Part:
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

    def _fragment(self, name: str) -> Part:
        if name not in self._measured:
            fragment = self._fragments[name]
            type_ = self._schema.type_map[fragment.type_condition.name.value]
            total = self._selections(fragment.selection_set, type_)
            total.directives += len(fragment.directives or ())
            self._measured[name] = total
        return self._measured[name]

    def _field(self, field: FieldNode, parent: GraphQLNamedType) -> Part:
        aliases = 1 if field.alias else 0
        # What introspection asks for is of the server itself, and costs nothing.
        if field.name.value.startswith("__") or not isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
            return Part(1, aliases)
        definition = parent.fields[field.name.value]
        part = self._selections(field.selection_set, cast("GraphQLNamedType", get_named_type(definition.type)))
        part.depth += 1
        part.aliases += aliases
        part.fields = 1
        arguments = self._weigh_arguments(field, definition)
        part.list_length = max(part.list_length, arguments.list_length)
        price = price_of(definition) + arguments.price
        if parent is self._schema.mutation_type:
            # What is changed at once is answered with, in lists that were taken for shorter ones.
            part.cost *= max(1, ceil(arguments.list_length / LIST_LENGTH))
        if parent.name.endswith("Connection") and field.selection_set:
            part.page, part.cost_per_node, part.cost = 1, part.cost, price
        else:
            part.cost = self._cost(field, definition, part, in_edge=parent.name.endswith("Edge")) + price
            part.page = part.cost_per_node = 0
        return part

    def _weigh_arguments(self, field: FieldNode, definition: Any) -> Weight:
        """The longest list in the arguments, and the price of all of them."""
        total = Weight()
        for argument in field.arguments or ():
            declared: Any = definition.args[argument.name.value]
            weight = weigh(
                Value(argument.value, cast("GraphQLNamedType", get_named_type(declared.type))), self._weights
            )
            total = Weight(max(total.list_length, weight.list_length), total.price + weight.price)
        return total

    def _cost(self, field: FieldNode, definition: Any, part: Part, *, in_edge: bool) -> int:
        """The objects of a field, times those that it is a list of, with the prices in them."""
        arguments = {argument.name.value: argument.value for argument in field.arguments or ()}
        if "first" in definition.args:
            return self._page_size(arguments) * (part.page + part.cost_per_node) + part.cost
        # An edge's node is counted as a node of the page.
        own = 0 if in_edge or field.selection_set is None else 1
        if "ids" in arguments:
            return self._length(arguments["ids"]) * (own + part.cost)
        return (LIST_LENGTH if _is_list(definition.type) else 1) * (own + part.cost)

    def _page_size(self, arguments: Mapping[str, ValueNode]) -> int:
        asked = [self._number(arguments.get(name)) for name in ("first", "last")]
        most = max((number for number in asked if number is not None), default=self._config.page_size_default)
        # A negative size is refused when it is read; here it must not make room for others.
        return max(0, min(most, self._config.page_size_limit))

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
