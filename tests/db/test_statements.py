"""Every statement there is: PostgreSQL can prepare it, its text holds no value, and indexes serve it."""

import json
import pkgutil
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib import import_module
from itertools import permutations, product
from pathlib import Path
from typing import Any, LiteralString, NamedTuple, cast
from uuid import UUID

import asyncpg
import pytest
from graphql import GraphQLSchema, build_schema, get_named_type
from graphql.pyutils import camel_to_snake
from world import World, moment, uuid_of

from gql_server import db
from gql_server.db import project_pages, shared_pages
from gql_server.db.arguments import Arguments
from gql_server.db.conditions import Comparison, Condition, Every, Negation, Operator, Some
from gql_server.db.each_project import ProjectStatement
from gql_server.db.pages import Order, PageQuery, Table
from gql_server.db.project_schema import ProjectSchema
from gql_server.db.tables import clients, contents, generation_runs, llm_usage, object_models, projects, prompts
from gql_server.db.tables.generation_events import EVENTS
from gql_server.db.tables.generations import GENERATIONS, counts_by_status
from gql_server.db.tables.llm_usage import UsageParent, usage_groups
from gql_server.db.tables.metadata import entries
from gql_server.db.tables.prompt_components import BASE_PROMPT_ID, PROMPT_COMPONENTS
from gql_server.db.tables.vocabulary import FITTING_TERMS, VOCABULARY

API: GraphQLSchema = build_schema((Path(__file__).parents[2] / "schema.graphql").read_text(encoding="utf-8"))
BOOLEANS = (False, True)


class Slice(NamedTuple):
    """A table, what the API calls its filter and its orders, and the column of the parents that list its rows."""

    table: Table[Any]
    filter: str
    orders: str
    parent: LiteralString | None = None

    def __repr__(self) -> str:
        return self.table.name


SHARED = [
    Slice(clients.CLIENTS, "ClientFilter", "ClientOrderField"),
    Slice(projects.PROJECTS, "ProjectFilter", "ProjectOrderField", projects.CLIENT_ID),
    Slice(object_models.OBJECT_MODELS, "ObjectModelFilter", "ObjectModelOrderField"),
    Slice(prompts.PROMPTS, "PromptFilter", "PromptOrderField", prompts.OBJECT_MODEL_ID),
    Slice(llm_usage.LLM_USAGE, "UsageFilter", "LlmUsageOrderField", llm_usage.PROJECT_ID),
]
IN_PROJECT = [
    Slice(contents.CONTENTS, "ContentFilter", "ContentOrderField", contents.OBJECT_MODEL_ID),
    Slice(VOCABULARY, "TermFilter", "TermOrderField"),
    Slice(GENERATIONS, "GenerationFilter", "GenerationOrderField"),
    Slice(PROMPT_COMPONENTS, "PromptComponentFilter", "PromptComponentOrderField", BASE_PROMPT_ID),
]
of_slice = pytest.mark.parametrize("slice_", [*SHARED, *IN_PROJECT], ids=repr)

RARELY_FILTERED = {
    ("generations", name, operator)
    for name in ("model", "prompt", "prompt_component", "object_model")
    for operator in (Operator.EQ, Operator.IN)
}
"""Of a list that is read by its time: an index for each would cost every generation more than it saves a reader."""

WITHOUT_INDEX = RARELY_FILTERED | {
    ("generations", "model", Operator.CONTAINS),
    ("generations", "model", Operator.STARTS_WITH),
    ("llm_usage", "model", Operator.CONTAINS),
    ("llm_usage", "model", Operator.STARTS_WITH),
    ("llm_usage", "status", Operator.EQ),
    ("llm_usage", "status", Operator.IN),
}
"""The comparisons that read a whole table, beside every `ne` and `isNull`, which hold for most rows or for none."""

MODULES = [import_module(package.name) for package in pkgutil.walk_packages(db.__path__, "gql_server.db.")]
CONSTANTS = {
    f"{module.__name__}.{name}": text
    for module in MODULES
    for name, text in vars(module).items()
    if isinstance(text, str) and text.lstrip().startswith(("SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH "))
}


def value(kind: str, number: int) -> Any:
    """A value for a column's or a filter's type; each number has values of its own, the texts hard to quote."""
    match kind:
        case "text" | "StringFilter":
            return f"value{number} ' \" \\ % _ $1"
        case "timestamptz" | "DateTimeFilter":
            return moment(number).isoformat()
        case "uuid" | "IdFilter" | "NodeIdFilter":
            return str(uuid_of("value", number))
        case "id in a project":
            return (value("uuid", number), value("uuid", number + 7))
        case "ProjectStatusFilter":
            return ["active", "archived"][number]
        case "LlmUsageStatusFilter" | "GenerationStatusFilter":
            return ["succeeded", "failed"][number]
        case "JsonFilter":
            return json.dumps({"key": [number]})
        case _:
            raise LookupError(kind)


def comparisons(slice_: Slice, number: int = 0) -> Iterator[Comparison]:
    """One for each operator of each field that the API filters by."""
    inputs: Any = API.type_map[slice_.filter]
    for name, field in inputs.fields.items():
        column, filter_ = camel_to_snake(name), get_named_type(field.type)
        if column == "search":
            yield Comparison(column, Operator.MATCHES, f'"{number} words" or -others')
        elif column not in {"and", "or", "not"}:
            one = value(
                "id in a project" if column in {"id", "prompt_component"} and slice_ in IN_PROJECT else filter_.name,
                number,
            )
            special = {Operator.IS_NULL: [True, False], Operator.IN: [(one,) * (number + 1)]}
            for operator in [Operator(camel_to_snake(name)) for name in filter_.fields]:
                yield from (Comparison(column, operator, operand) for operand in special.get(operator, [one]))


def conditions(slice_: Slice, number: int) -> list[Condition | None]:
    every = tuple(comparisons(slice_, number))
    return [None, *every, Negation(Some(every)), Every(()), Some(()), Every((Some(every), Negation(Every(every))))]


def orders(table: Table[Any]) -> list[tuple[Order, ...]]:
    keys = [Order(key, descending) for key in table.orders for descending in BOOLEANS]
    return [*((key,) for key in keys), *(pair for pair in permutations(keys, 2) if pair[0].key != pair[1].key)]


def queries(slice_: Slice, ties: int, number: int = 0) -> Iterator[PageQuery]:
    """Each order with the last condition and each condition with the last order, in all directions."""
    wheres = conditions(slice_, number)
    asked = [*((order, wheres[-1]) for order in orders(slice_.table)), *((orders(slice_.table)[-1], w) for w in wheres)]
    for (order, where), backwards, after, before in product(asked, BOOLEANS, BOOLEANS, BOOLEANS):
        types = [slice_.table.orders[part.key].type for part in order] + ["uuid"] * ties
        position = tuple(value(type_, number) for type_ in types)
        yield PageQuery(order, number + 2, where, backwards, position if after else None, position if before else None)


def shared_statements(slice_: Slice, number: int = 0) -> Iterator[str]:
    table, parent = slice_.table, slice_.parent
    yield shared_pages.rows_by_id(table)
    for where in conditions(slice_, number):
        yield shared_pages.row_count(table, where, Arguments())
        if table is llm_usage.LLM_USAGE:
            yield from (
                usage_groups(parent, where, columns, Arguments())
                for parent, columns in product(UsageParent, (None, frozenset({"calls"})))
            )
        if parent:
            yield shared_pages.row_counts_by_parent(table, parent, where, Arguments())
    for query in queries(slice_, 1, number):
        yield shared_pages.page_rows(table, query, Arguments())
        if parent:
            yield shared_pages.page_rows_by_parent(table, parent, query, Arguments())


def project_statements(slice_: Slice, number: int = 0) -> Iterator[ProjectStatement]:
    table, ids = slice_.table, [uuid_of("value", number)] * (number + 1)
    parents = [None, slice_.parent] if slice_.parent else [None]
    yield project_pages.rows_by_id(table)
    for where in conditions(slice_, number):
        yield project_pages.row_counts(table, where, Arguments())
        if table is GENERATIONS:
            yield counts_by_status(where, Arguments())
        for parent in parents:
            yield project_pages.row_counts_by_parent(table, where, Arguments(), parent, ids)
    for query in queries(slice_, 1, number):
        yield project_pages.page_rows(table, query, Arguments())
    for query, parent in product(queries(slice_, 2, number), parents):
        yield project_pages.merged_page_rows(table, query, Arguments(), parent, ids)


def in_project(query: LiteralString, project_id: UUID) -> str:
    """The text that `public.each_project` runs, with its values' types."""
    values = "$4::int, NULL::text, $1::jsonb, $2::jsonb, $3::uuid"
    return f"SELECT {values}, q.* FROM ({ProjectSchema(project_id).in_sql(query)}) AS q"


async def types(connection: asyncpg.Connection, sql: str) -> list[str]:
    """The types of the columns that a statement answers with, once it is prepared."""
    return [attribute.type.name for attribute in (await connection.prepare(sql)).get_attributes()]


async def check(connection: asyncpg.Connection, project_id: UUID, statement: ProjectStatement) -> None:
    """Prepares it, and sees that the query answers with the types that are gathered, and made up for errors."""
    gathered = (await types(connection, statement.sql))[2:]
    answered = (await types(connection, in_project(statement.query, project_id)))[5:]
    place = ["int8"] if "row_number()" in statement.sql else []
    assert gathered == answered + place, statement.query
    assert await types(connection, f"SELECT {statement.nothing}") == answered, statement.nothing


@pytest.fixture
async def project_id(world: World) -> UUID:
    return await world.project("Atlas", await world.client())


def test_every_table_is_covered() -> None:
    found = {each.name for module in MODULES for each in vars(module).values() if isinstance(each, Table)}
    assert found == {slice_.table.name for slice_ in [*SHARED, *IN_PROJECT]}


@of_slice
def test_the_api_offers_the_orders_and_filters_of_the_table(slice_: Slice) -> None:
    offered: Any = API.type_map[slice_.orders]
    assert [name.lower() for name in offered.values] == list(slice_.table.orders)
    assert {comparison.field for comparison in comparisons(slice_)} == set(slice_.table.fields)


@pytest.mark.parametrize("slice_", SHARED, ids=repr)
async def test_statements_over_a_shared_table_can_be_prepared(slice_: Slice, connection: asyncpg.Connection) -> None:
    for sql in dict.fromkeys(shared_statements(slice_)):
        await types(connection, sql)


@pytest.mark.parametrize("slice_", IN_PROJECT, ids=repr)
async def test_statements_over_a_projects_table_can_be_prepared(
    slice_: Slice, project_id: UUID, connection: asyncpg.Connection
) -> None:
    for statement in dict.fromkeys(project_statements(slice_)):
        await check(connection, project_id, statement)


async def test_contents_of_an_older_schema_can_be_read(project_id: UUID, connection: asyncpg.Connection) -> None:
    await connection.execute(f"ALTER TABLE {ProjectSchema(project_id).quoted}.contents DROP COLUMN version")
    for statement in dict.fromkeys(project_statements(IN_PROJECT[0])):
        await check(connection, project_id, statement)


async def test_other_statements_can_be_prepared(project_id: UUID, connection: asyncpg.Connection) -> None:
    one_key, two_keys = entries(["a"], Arguments()), entries(["b", "c"], Arguments())
    for statement in [projects.SCHEMA_VERSION, FITTING_TERMS, EVENTS, entries(None, Arguments()), one_key]:
        await check(connection, project_id, statement)
    assert one_key == two_keys


@pytest.mark.parametrize("sql", CONSTANTS.values(), ids=CONSTANTS.keys())
async def test_a_constant_statement_can_be_prepared(sql: str, project_id: UUID, connection: asyncpg.Connection) -> None:
    await connection.prepare(ProjectSchema(project_id).in_sql(cast("LiteralString", sql)))


@of_slice
def test_a_statement_is_the_same_text_for_other_values(slice_: Slice) -> None:
    statements = project_statements if slice_ in IN_PROJECT else shared_statements
    assert list(statements(slice_, 0)) == list(statements(slice_, 1))


async def plan(connection: asyncpg.Connection, slice_: Slice, build: Callable[..., Any], *more: object) -> list[str]:
    """The lines of a statement's plan; `more` are the values that a shared statement has beside its arguments."""
    id_ = uuid_of("project", "Atlas")
    statement = build(args := Arguments())
    if slice_ in IN_PROJECT:
        sql, values = in_project(statement.query, id_), [args.encoded(), "[]", id_, 1]
    else:
        sql, values = statement, [args.encoded(), *more]
    return [record[0].strip() for record in await connection.fetch(f"EXPLAIN (COSTS OFF) {sql}", *values)]


def line(plan: Sequence[str], label: str) -> str:
    return " ".join(line for line in plan if line.startswith(f"{label}: "))


@pytest.fixture
async def planner(project_id: UUID, connection: asyncpg.Connection) -> asyncpg.Connection:
    """A connection beside a project whose plans read whole tables, and sort, only where nothing else will do."""
    await connection.execute("SET enable_seqscan = off; SET enable_sort = off; SET enable_incremental_sort = off")
    return connection


@of_slice
async def test_an_order_by_one_key_is_read_from_an_index(slice_: Slice, planner: asyncpg.Connection) -> None:
    merged = partial(project_pages.merged_page_rows, parent=None, parent_ids=())
    builds = [(project_pages.page_rows, 1), (merged, 2)] if slice_ in IN_PROJECT else [(shared_pages.page_rows, 1)]
    for key, descending, backwards in product(slice_.table.orders, BOOLEANS, BOOLEANS):
        for build, ties in builds:
            position = (value(slice_.table.orders[key].type, 0), *[value("uuid", 0)] * ties)
            for after, before in [(None, None), (position, None), (None, position), (position, position)]:
                query = PageQuery((Order(key, descending),), 2, None, backwards, after, before)
                found = await plan(planner, slice_, lambda args, b=build, q=query: b(slice_.table, q, args))
                assert line(found, "Sort Key") == "", query
                assert line(found, "Index Cond").count("ROW(") == 2 * [after, before].count(position), query


@pytest.mark.parametrize("slice_", [slice_ for slice_ in [*SHARED, *IN_PROJECT] if slice_.parent], ids=repr)
async def test_an_order_of_a_parents_rows_is_read_from_an_index(slice_: Slice, planner: asyncpg.Connection) -> None:
    parent, ids, served = slice_.parent or "", [uuid_of("value", 0), uuid_of("value", 1)], []

    def build(args: Arguments) -> Any:
        if slice_ in IN_PROJECT:
            return project_pages.merged_page_rows(slice_.table, query, args, parent, ids)
        return shared_pages.page_rows_by_parent(slice_.table, parent, query, args)

    for key in slice_.table.orders:
        query = PageQuery((Order(key),), 2)
        found = await plan(planner, slice_, build, ids)
        if not line(found, "Sort Key") and f"({parent} = " in line(found, "Index Cond"):
            served.append(key)
    # The rows of one parent by another key than the default are few enough to sort.
    assert served == [slice_.table.default_order.key]


@of_slice
async def test_a_filter_is_read_from_an_index(slice_: Slice, planner: asyncpg.Connection) -> None:
    counts = project_pages.row_counts if slice_ in IN_PROJECT else shared_pages.row_count
    await planner.execute("SET enable_indexscan = off; SET enable_indexonlyscan = off")
    unserved = set()
    for comparison in comparisons(slice_):
        found = await plan(planner, slice_, lambda args, c=comparison: counts(slice_.table, c, args))
        read_whole = comparison.operator in {Operator.NE, Operator.IS_NULL}
        if not read_whole and line(found, "Filter") and not line(found, "Index Cond"):
            unserved.add((slice_.table.name, comparison.field, comparison.operator))
    assert unserved == {each for each in WITHOUT_INDEX if each[0] == slice_.table.name}


async def test_old_output_is_found_beside_any_number_of_other_events(planner: asyncpg.Connection) -> None:
    sql = ProjectSchema(uuid_of("project", "Atlas")).in_sql(generation_runs.DELETE_OLD_EVENTS)
    lines = [record[0] for record in await planner.fetch(f"EXPLAIN (COSTS OFF) {sql}")]
    assert any("generation_events_with_output" in line for line in lines), lines
