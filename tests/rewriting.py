"""Says the same in another way, in parts: what a generator of operations does not think of."""

from random import Random
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    NamedTypeNode,
    NameNode,
    SelectionNode,
    SelectionSetNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    parse,
    print_ast,
    visit,
)

HEAD = "query ($yes: Boolean = true, $no: Boolean = false) { head: __typename @include(if: $yes) @skip(if: $no)"
CONDITIONS = [
    "@include(if: $yes)",
    "@skip(if: $no)",
    "@include(if: $no)",
    "@skip(if: $yes)",
    "@include(if: true)",
    "@include(if: $yes) @skip(if: $yes)",
]


class Rewriting(Visitor):
    """Has parts of a selection in fragments, twice, under conditions, and the name of the type among them."""

    def __init__(self, random: Random, types: TypeInfo) -> None:
        super().__init__()
        self.fragments: list[FragmentDefinitionNode] = []
        self._random = random
        self._types = types

    def leave_selection_set(self, node: SelectionSetNode, *_: Any) -> SelectionSetNode:
        selections: list[SelectionNode] = []
        for selection in node.selections:
            match self._random.randrange(14):
                case 0:
                    selections += [selection, InlineFragmentNode(directives=(), selection_set=_set(selection))]
                case 1:
                    selections = [selection, *selections, selection]
                case 2:
                    fragment = InlineFragmentNode(directives=self._condition(), selection_set=_set(selection))
                    selections += [selection, fragment]
                case 3 if isinstance(selection, FieldNode):
                    selections += [selection, *_parsed("__typename kind: __typename").selections]
                case 4:
                    selections.append(self._spread(selection))
                case 5:
                    spread = self._spread(selection)
                    again = FragmentSpreadNode(name=spread.name, directives=self._condition())
                    selections += [spread, selection, again]
                case _:
                    selections.append(selection)
        return SelectionSetNode(selections=tuple(selections))

    def _spread(self, selection: SelectionNode) -> FragmentSpreadNode:
        """A fragment with a name in the place of the selection."""
        parent: Any = self._types.get_parent_type()
        name = NameNode(value=f"Part{len(self.fragments)}")
        condition = NamedTypeNode(name=NameNode(value=parent.name))
        self.fragments.append(
            FragmentDefinitionNode(name=name, type_condition=condition, directives=(), selection_set=_set(selection))
        )
        return FragmentSpreadNode(name=name, directives=self._random.choice([(), self._condition()]))

    def _condition(self) -> tuple[DirectiveNode, ...]:
        (field,) = _parsed(f"a {self._random.choice(CONDITIONS)}").selections
        return tuple(field.directives or ())


def _set(selection: SelectionNode) -> SelectionSetNode:
    return SelectionSetNode(selections=(selection,))


def _parsed(selections: str) -> SelectionSetNode:
    document: Any = parse(f"{{ {selections} }}", no_location=True)
    return document.definitions[0].selection_set


def rewritten(document: DocumentNode, schema: GraphQLSchema, random: Random) -> str:
    """A query without variables, rewritten."""
    types = TypeInfo(schema)
    rewriting = Rewriting(random, types)
    body = print_ast(visit(document, TypeInfoVisitor(types, rewriting)))
    return "\n".join([HEAD, body[body.index("{") + 1 :], *map(print_ast, rewriting.fragments)])
