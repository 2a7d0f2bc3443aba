"""What an operation is measured to ask for, and that measuring it takes no longer than reading it."""

import time

import pytest
from graphql import GraphQLInputObjectType, OperationDefinitionNode, get_introspection_query, parse
from patience import BOUND_SECONDS
from surface import OBJECTS, SCHEMA

from gql_server.config import Config
from gql_server.schema.build import build_schema
from gql_server.schema.measure import Measure, measure
from gql_server.schema.prices import price_of

DOUBLINGS = 200
API = build_schema()._schema

FRAGMENTS = "fragment p on ProjectConnection { nodes { ...q } } fragment q on Project { b: client { name } }"
CONNECTION = "fragment c on ContentConnection { totalCount nodes { objectModel { id } } pageInfo { endCursor } }"
SEARCH = '{ contents(first: 5, where: {or: [{search: "a"}, {not: {search: "b"}}]}) { nodes { id } } }'
IN_JSON = '{ contents(first: 5, where: {metadata: {contains: {search: "a"}}}) { nodes { id } } }'
DIRECTIVES = """
query ($yes: Boolean! @skip(if: true)) @skip(if: true) {
  ... @include(if: $yes) { ...part @include(if: $yes) }
  ...part
}
fragment part on Query @skip(if: true) { __typename @include(if: $yes) @skip(if: false) }
"""


def measured(config: Config, query: str, **variables: object) -> Measure:
    document = parse(query)
    operation = next(part for part in document.definitions if isinstance(part, OperationDefinitionNode))
    return measure(API, document, operation, variables, config)


@pytest.mark.parametrize(
    ("query", "depth", "aliases", "root_fields", "cost"),
    [
        ("{ __typename }", 1, 0, 0, 0),
        ("{ a: __typename b: __typename }", 1, 2, 0, 0),
        ("{ projects { nodes { name } } }", 3, 0, 1, 20),
        ("{ projects { edges { node { name } } } }", 4, 0, 1, 20),
        ("{ projects { nodes { id } edges { cursor node { client { id } } } } }", 5, 0, 1, 40),
        ("{ projects { pageInfo { endCursor } } }", 3, 0, 1, 20),
        ("{ projects { totalCount } }", 2, 0, 1, 10),
        ("{ projects { totalCount nodes { id } pageInfo { endCursor } } }", 3, 0, 1, 30),
        ("{ projects(first: 3) { nodes { contents(first: 2) { totalCount } } } }", 4, 0, 1, 33),
        ("{ projects(first: 3) { nodes { client { name } } } }", 4, 0, 1, 6),
        ("{ projects(last: 3) { nodes { contents(first: 5) { nodes { id } } } } }", 5, 0, 1, 18),
        ("{ projects(first: 1000000) { nodes { id } } }", 3, 0, 1, 100),
        ("{ projects(first: 0) { nodes { client { name } } } }", 4, 0, 1, 0),
        ("{ projects(first: -5) { nodes { id } } clients { nodes { id } } }", 3, 0, 2, 20),
        ('{ nodes(ids: ["a", "b"]) { ... on Project { client { name } } } }', 3, 0, 1, 4),
        ("{ projects(first: 2) { nodes { metadata { key } } } }", 4, 0, 1, 202),
        ("{ usage(groupBy: [DAY]) { calls project { name } } }", 3, 0, 1, 300),
        ("{ projects(first: 2) { nodes { usage(groupBy: []) { calls } } } }", 4, 0, 1, 402),
        ("{ contents(first: 5) { nodes { id } totalCount } }", 3, 0, 1, 115),
        ("{ prompts(first: 2) { nodes { components(first: 5) { nodes { id } } } } }", 5, 0, 1, 212),
        (SEARCH, 3, 0, 1, 145),
        (IN_JSON, 3, 0, 1, 105),
        (f"{{ projects(first: 2) {{ ...p }} }} {FRAGMENTS}", 4, 1, 1, 4),
        (f"{{ projects(first: 2) {{ nodes {{ contents(first: 3) {{ ...c }} }} }} }} {CONNECTION}", 6, 0, 1, 34),
        ("{ projects(first: 2) { ... { nodes { ... on Node { id } } } } }", 3, 0, 1, 2),
        ("{ ...r ... { ...r clients { totalCount } } } fragment r on Query { clients { totalCount } }", 2, 0, 3, 30),
        ("{ __schema { types { fields { name } } } }", 1, 0, 0, 0),
        (get_introspection_query(), 1, 0, 0, 0),
    ],
)
async def test_an_operation_is_measured(
    query: str, depth: int, aliases: int, root_fields: int, cost: int, config: Config
) -> None:
    found = measured(config, query)

    assert (found.depth, found.aliases, found.root_fields, found.cost) == (depth, aliases, root_fields, cost)


async def test_page_sizes_come_from_variables_and_their_defaults(config: Config) -> None:
    query = "query ($n: Int = 7, $ids: [ID!]!) { projects(first: $n) { nodes { id } } nodes(ids: $ids) { id } }"

    assert measured(config, query, ids=["a", "b"]).cost == 9
    assert measured(config, query, ids=["a"], n=3).cost == 4
    assert measured(config, query, ids="a", n=None).cost == 21
    assert measured(config, query, ids=[], n=100.0).cost == 100


async def test_a_search_costs_the_same_in_a_variable(config: Config) -> None:
    query = "query ($where: %s = {}) { contents(first: 5, where: %s) { nodes { id } } }"

    for type_, written, value, cost in (
        ("ContentFilter!", "$where", {"or": [{"search": "a"}, {"not": {"search": "b"}}]}, 145),
        ("[ContentFilter!]", "{or: $where}", [{"search": "a"}, {"not": {"search": "b"}}], 145),
        ("[ContentFilter!]", "{or: $where}", {"or": {"search": "a"}, "and": {"search": "b"}}, 125),
    ):
        assert measured(config, query % (type_, written), where=value).cost == cost
        assert measured(config, query % (type_, written)).cost == 105


async def test_each_content_to_generate_costs_the_same(config: Config) -> None:
    query = "mutation ($input: GenerateContentsInput!) { generateContents(input: $input) { userErrors { code } } }"
    requests = [{"prompt": "p", "variables": {"prompt": "none"}}, {"promptComponent": "c"}] * 20

    [alone, many] = [measured(config, query, input={"requests": requests[:count]}).cost for count in (1, 40)]

    assert many - alone == 39 * 10


async def test_directives_are_counted_wherever_they_can_be(config: Config) -> None:
    assert measured(config, DIRECTIVES).directives == 1 + 1 + 1 + 1 + 2 * 3


async def test_the_longest_list_is_found_in_values_variables_and_defaults(config: Config) -> None:
    query = """
    query ($ids: [ID!] = [1, 2, 3], $value: JSON) { nodes(ids: [1, 2]) { id } ...part }
    fragment part on Query { contents(where: {metadata: {contains: {a: [[], [1, 2, 3, 4], $value]}}}) { totalCount } }
    """

    assert measured(config, "{ node(id: 1) { id } }").list_length == 0
    assert measured(config, query).list_length == 4
    assert measured(config, query, ids=[1] * 6).list_length == 6
    assert measured(config, query, value={"a": {"b": [1] * 5}}).list_length == 5
    assert measured(config, query, undeclared=[1] * 9).list_length == 4


async def test_fragments_that_double_are_measured_once_each(config: Config) -> None:
    doubling = "".join(f"fragment f{n} on Project {{ ...f{n + 1} ...f{n + 1} }} " for n in range(DOUBLINGS))
    query = f"{{ projects(first: 1) {{ nodes {{ ...f0 }} }} }} {doubling} fragment f{DOUBLINGS} on Project {{ id }}"
    begun = time.process_time()

    assert measured(config, query) == Measure(3, root_fields=1, cost=1)

    assert time.process_time() - begun < BOUND_SECONDS


async def test_directives_and_root_fields_that_double_are_counted_in_one_pass(config: Config) -> None:
    doubling = "".join(
        f"fragment f{n} on Query {{ ...f{n + 1} ...f{n + 1} @skip(if: true) }} " for n in range(DOUBLINGS)
    )
    query = f"{{ ...f0 }} {doubling} fragment f{DOUBLINGS} on Query {{ clients {{ totalCount }} }}"
    begun = time.process_time()

    found = measured(config, query)

    assert (found.root_fields, found.directives) == (2**DOUBLINGS, 2**DOUBLINGS - 1)
    assert time.process_time() - begun < BOUND_SECONDS


async def test_a_variable_is_walked_once_however_often_it_is_used(config: Config) -> None:
    fields = " ".join(f"a{n}: clients(where: $where) {{ totalCount }}" for n in range(500))
    where = {"and": [{"name": {"in": ["a"]}}] * 100_000}
    begun = time.process_time()

    assert measured(config, f"query ($where: ClientFilter) {{ {fields} }}", where=where).list_length == 100_000

    assert time.process_time() - begun < BOUND_SECONDS


def test_what_takes_more_than_its_page_has_a_price() -> None:
    priced = {
        f"{type_.name}.{name}": price_of(field)
        for type_ in API.type_map.values()
        if type_.name in {type_.name for type_ in OBJECTS} or isinstance(type_, GraphQLInputObjectType)
        for name, field in type_.fields.items()  # pyright: ignore[reportAttributeAccessIssue]
        if price_of(field)
    }
    counts = {f"{name}.totalCount": 10 for name in SCHEMA.type_map if name.endswith("Connection")}

    assert priced == counts | {
        "ContentFilter.search": 10,
        "Query.contents": 100,
        "ObjectModel.contents": 100,
        "Prompt.components": 100,
        "Query.generationCounts": 100,
        "Query.usage": 100,
        "Client.usage": 100,
        "Project.usage": 100,
        "PromptPreview.sampleOutput": 100,
        "Generation.usage": 10,
        "ContentRequestInput.prompt": 10,
        "ContentRequestInput.promptComponent": 10,
        "GenerateContentInput.prompt": 10,
        "GenerateContentInput.promptComponent": 10,
    }
