"""Operations that hypothesis-graphql makes from the API's schema, about things that there are."""

import os
from random import Random
from typing import Any

from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    IntValueNode,
    NameNode,
    ObjectFieldNode,
    OperationDefinitionNode,
    SelectionSetNode,
    StringValueNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    visit,
)
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis_graphql import nodes, queries
from rewriting import rewritten
from surface import SCHEMA, Ids, id_types

SEED = int(os.environ.get("GQL_SERVER_TEST_SEED") or Random().randrange(2**32))
"""What all that is made at random here is made of; another one each time."""

ODD = 0.1
"""How likely it is that a value stays as it was made, be it of any use or not."""

SCALARS: Any = {
    "ID": st.text(max_size=5).map(nodes.String),
    "DateTime": st.sampled_from(["2026-01-01T00:00:00Z", "2026-01-02T05:30:00+05:30", "never"]).map(nodes.String),
    "JSON": st.one_of(st.just("warm").map(nodes.String), st.integers(0, 9).map(nodes.Int)),
}
TEXTS = ["Content", "Term 00.0", "sample", "tone", "a"]


class Placing(Visitor):
    """Puts in values that there are: ids, and pages that may be asked for."""

    def __init__(self, random: Random, ids: Ids, types: TypeInfo) -> None:
        super().__init__()
        self._random = random
        self._ids = ids
        self._types = types

    def leave_field(self, node: FieldNode, *_: Any) -> FieldNode | None:
        given = {argument.name.value for argument in node.arguments or ()}
        left_out = {self._random.choice(["first", "last"])} if given >= {"first", "last"} else set[str]()
        if self._random.random() > ODD:
            left_out |= {"after", "before"}
        arguments = tuple(argument for argument in node.arguments or () if argument.name.value not in left_out)
        return FieldNode(
            name=node.name, alias=node.alias, directives=(), arguments=arguments, selection_set=node.selection_set
        )

    def leave_int_value(self, node: IntValueNode, *_: Any) -> IntValueNode:
        return node if self._random.random() < ODD else IntValueNode(value=str(1 + int(node.value) % 4))

    def leave_string_value(
        self, node: StringValueNode, _key: Any, parent: Any, _path: Any, ancestors: list[Any]
    ) -> StringValueNode:
        of: Any = self._types.get_input_type()
        type_ = get_named_type(of)
        if type_ is None or self._random.random() < ODD:
            return node
        if type_.name == "ID":
            return StringValueNode(value=self._ids[self._random.choice(self._kinds([*ancestors, parent]))])
        return StringValueNode(value=self._random.choice(TEXTS)) if type_.name == "String" else node

    def _kinds(self, above: list[Any]) -> list[str]:
        """The types of what the id that is found below these nodes may be of."""
        names = [node.name.value for node in above if isinstance(node, ArgumentNode | ObjectFieldNode)]
        output: Any = self._types.get_type()
        return id_types(names, get_named_type(output).name.removesuffix("Connection"))


def _merged(documents: list[DocumentNode]) -> DocumentNode:
    """One query with all of what these ask for."""
    fields: list[FieldNode] = []
    for document in documents:
        [operation] = document.definitions
        assert isinstance(operation, OperationDefinitionNode)
        fields += [field for field in operation.selection_set.selections if isinstance(field, FieldNode)]
    named = [
        FieldNode(
            alias=NameNode(value=f"field{number}"),
            name=field.name,
            arguments=field.arguments,
            directives=(),
            selection_set=field.selection_set,
        )
        for number, field in enumerate(fields)
    ]
    [operation] = documents[0].definitions
    assert isinstance(operation, OperationDefinitionNode)
    merged = OperationDefinitionNode(
        operation=operation.operation,
        variable_definitions=(),
        directives=(),
        selection_set=SelectionSetNode(selections=tuple(named)),
    )
    return DocumentNode(definitions=(merged,))


def _documents() -> st.SearchStrategy[DocumentNode]:
    assert SCHEMA.query_type is not None
    each = [
        queries(SCHEMA, fields=[field], custom_scalars=SCALARS, print_ast=lambda document: document, allow_null=False)
        for field in SCHEMA.query_type.fields
    ]
    return st.lists(st.sampled_from(each).flatmap(lambda of_field: of_field), min_size=1, max_size=3).map(_merged)


def generated(count: int, ids: Ids) -> list[str]:
    """So many operations, made of the `SEED`."""
    made: list[str] = []

    @seed(SEED)
    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
    )
    @given(_documents(), st.integers(0, 2**32))
    def make(document: DocumentNode, number: int) -> None:
        random, types = Random(number), TypeInfo(SCHEMA)
        placed = visit(document, TypeInfoVisitor(types, Placing(random, ids, types)))
        made.append(rewritten(placed, SCHEMA, random))

    make()
    return made
