"""What a value that makes no sense gets, wherever in the API it can be written."""

from itertools import product
from typing import Any

from graphql import GraphQLEnumType, GraphQLInputObjectType, get_nullable_type, is_required_argument
from surface import (
    ANSWERED,
    DISTINCT,
    FIELDS,
    FILTERED,
    MISREAD,
    REFUSED,
    SCHEMA,
    SUMS,
    Field,
    Ids,
    Place,
    each,
    everywhere,
    everywhere_written,
    outcome,
    places,
)
from world import GraphQL, World, uuid_of

SINCE = "query ($time: DateTime) { contents(where: {createdAt: {gte: $time}}) { totalCount } }"
BESIDE = """
query ($project: ID!, $time: DateTime) {
  project(id: $project) {
    contents(where: {createdAt: {gte: $time}}) { totalCount }
    vocabulary { totalCount }
  }
}
"""
WITH_METADATA = "query ($value: JSON) { contents(where: {metadata: {contains: $value}}) { nodes { title } } }"
WITH_METADATA_LITERAL = """
query ($part: Int) { contents(where: {metadata: {contains: {number: $part}}}) { nodes { title } } }
"""
FILTER = "query ($where: ContentFilter) { contents(where: $where) { totalCount } }"
SEARCH = "query ($words: String) { contents(where: {search: $words}) { nodes { title } } }"

TEXTS, IDS, TIMES, JSON = (places(type_) for type_ in ("String", "ID", "DateTime", "JSON"))
DISTINCT_TIMES, NUMBERS = places("DateTime", among=DISTINCT), places("Int", among=DISTINCT)
VALUES = [place for place in DISTINCT if place.type != "JSON"]
OPERATORS = [place for place in DISTINCT if place.path[0] == "where" and len(place.path) > 2]
OPTIONAL = [
    field for field in FIELDS if field in SUMS or not any(map(is_required_argument, field.definition.args.values()))
]

ENUMS = {name: ["NOPE", 5] for name, type_ in SCHEMA.type_map.items() if isinstance(type_, GraphQLEnumType)}
WRONG = ENUMS | {
    "String": [5],
    "ID": [1.5, True, ["a", "b"]],
    "Boolean": ["true", 1],
    "Int": ["1", 1.5, True, ["a", "b"]],
    "DateTime": [5],
}
"""Values of other types than the key."""


def with_nulls(field: Field) -> str:
    """All arguments that can be null, a filter with nothing but nulls, and no sum by anything."""
    arguments: list[str] = []
    for name, argument in field.definition.args.items():
        type_ = get_nullable_type(argument.type)
        if isinstance(type_, GraphQLInputObjectType):
            arguments.append(f"{name}: {{{', '.join(f'{key}: null' for key in type_.fields)}}}")
        else:
            arguments.append(f"{name}: {'[]' if is_required_argument(argument) else 'null'}")
    return ", ".join(arguments)


def operators_beside(place: Place) -> set[str]:
    """The operators of the same field of a filter."""
    return {other.path[-1] for other in OPERATORS if other.path[:-1] == place.path[:-1] and other.field == place.field}


def nested(word: str, depth: int) -> str:
    before, after = ("{not: ", "}") if word == "not" else (f"{{{word}: [", "]}")
    return before * depth + "{}" + after * depth


async def test_the_character_nul_anywhere(ids: Ids, ask: GraphQL) -> None:
    assert await everywhere(ask, ids, TEXTS, "String!", "a\0b") == each(TEXTS, REFUSED)
    assert await everywhere(ask, ids, IDS, "ID!", "a\0b") == each(IDS, REFUSED)
    written = places("String", "ID", among=DISTINCT)
    assert await everywhere_written(ask, ids, written, r'"a\u0000b"') == each(written, REFUSED)
    assert await everywhere_written(ask, ids, JSON, r'{a: ["\u0000"]}') == each(JSON, MISREAD)


async def test_the_character_nul_within_json(ids: Ids, ask: GraphQL) -> None:
    for value in ("\0", ["a\0b"], {"a\0b": 1}, {"a": [{"b": "\0"}]}, "\\\0"):
        assert await everywhere(ask, ids, JSON, "JSON", value) == each(JSON, MISREAD)


async def test_what_only_looks_like_nul(ids: Ids, ask: GraphQL) -> None:
    texts = [place for place in TEXTS if place.path[-1] not in {"after", "before"}]

    assert await everywhere(ask, ids, texts, "String!", r"\u0000") == each(texts, ANSWERED)
    assert await everywhere(ask, ids, JSON, "JSON", {r"\u0000": r"\\u0000"}) == each(JSON, ANSWERED)


async def test_a_lone_surrogate_anywhere(ids: Ids, ask: GraphQL) -> None:
    assert await everywhere(ask, ids, TEXTS, "String!", "a\ud800b") == each(TEXTS, REFUSED)
    assert await everywhere(ask, ids, IDS, "ID!", "a\ud800b") == each(IDS, REFUSED)
    assert await everywhere(ask, ids, JSON, "JSON", {"\udfff": 1}) == each(JSON, MISREAD)
    assert await everywhere_written(ask, ids, JSON, r'"\ud800"') == each(JSON, MISREAD)


async def test_what_is_no_time_anywhere(ids: Ids, ask: GraphQL) -> None:
    assert await everywhere(ask, ids, DISTINCT_TIMES, "DateTime", "yesterday") == each(DISTINCT_TIMES, MISREAD)


async def test_every_kind_of_what_is_no_time(ask: GraphQL) -> None:
    days = ["", "2026-11-22", "2026-11-22T09:30:00", "2026-13-01T00:00:00Z", "2026-11-22T09:30:00+25:00"]
    years = ["0000-01-01T00:00:00Z", "10000-01-01T00:00:00Z", "-0001-01-01T00:00:00Z"]

    for time in [*days, *years, "infinity", "now", "\0", "1" * 5000, 5, 1e300, True, [], {"a": 1}]:
        body = await ask(SINCE, time=time)

        assert body.get("data") is None
        [error] = body["errors"]
        assert error["message"].endswith(" is not a time in ISO 8601 with an offset, such as 2026-11-22T09:30:00Z.")
        assert error["extensions"] == {"code": "BAD_REQUEST"}


async def test_a_time_that_postgresql_would_not_read_is_understood(ids: Ids, ask: GraphQL) -> None:
    for time in ("2026-11-22T09:30:00+20:00", "2026-11-22T09:30:00+05:30:15.5", "2026-W47-7T09:30:00Z"):
        body = await ask(BESIDE, project=ids["Project"], time=time)

        assert body == {"data": {"project": {"contents": {"totalCount": 0}, "vocabulary": {"totalCount": 3}}}}


async def test_the_ends_of_time_anywhere(ids: Ids, ask: GraphQL) -> None:
    first, last = "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"

    assert await everywhere(ask, ids, TIMES, "DateTime", first) == each(TIMES, ANSWERED)
    assert await everywhere(ask, ids, DISTINCT_TIMES, "DateTime", last) == each(DISTINCT_TIMES, ANSWERED)


async def test_what_is_beyond_them_anywhere(ids: Ids, ask: GraphQL) -> None:
    for time in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"):
        assert await everywhere(ask, ids, DISTINCT_TIMES, "DateTime", time) == each(DISTINCT_TIMES, MISREAD)


async def test_a_number_beyond_32_bits_anywhere(ids: Ids, ask: GraphQL) -> None:
    for number in (2**31, -(2**31) - 1, 2**63, 2**64, 10**300):
        assert await everywhere(ask, ids, NUMBERS, "Int!", number) == each(NUMBERS, MISREAD)
        assert await everywhere_written(ask, ids, NUMBERS, str(number)) == each(NUMBERS, MISREAD)


async def test_a_number_of_5000_digits_anywhere(ids: Ids, ask: GraphQL) -> None:
    assert await everywhere_written(ask, ids, NUMBERS, "9" * 5000) == each(NUMBERS, MISREAD)


async def test_a_number_that_json_cannot_hold(ids: Ids, ask: GraphQL) -> None:
    for number in ("1e999", "-1e999", "9" * 5000, f"{'9' * 5000}.5", "[{a: 1e999}]"):
        assert await everywhere_written(ask, ids, JSON, number) == each(JSON, MISREAD)


async def test_a_number_beyond_64_bits_within_json(world: World, ids: Ids, ask: GraphQL) -> None:
    project = uuid_of("project", "Project 00")
    await world.content(project, "Large", uuid_of("object_model", "Article"), metadata={"number": 2**64 + 1})

    body = await ask(WITH_METADATA, value={"number": 2**64 + 1})

    assert body == {"data": {"contents": {"nodes": [{"title": "Large"}]}}}


async def test_a_variable_within_json(world: World, ids: Ids, ask: GraphQL) -> None:
    project = uuid_of("project", "Project 00")
    await world.content(project, "Seven", uuid_of("object_model", "Article"), metadata={"number": 7})

    body = await ask(WITH_METADATA_LITERAL, part=7)

    assert body == {"data": {"contents": {"nodes": [{"title": "Seven"}]}}}


async def test_more_words_than_a_search_can_take(ids: Ids, ask: GraphQL) -> None:
    body = await ask(SEARCH, words="word " * 50_000)

    assert body.get("data") is None
    assert [(error["path"], error["extensions"]) for error in body["errors"]] == [
        (["contents", "nodes"], {"code": "LIMIT_EXCEEDED", "limit": "DATABASE"})
    ]


async def test_a_value_of_another_type_anywhere(ids: Ids, ask: GraphQL) -> None:
    outcomes: list[tuple[str, Any, str]] = []
    for place in VALUES:
        for value in WRONG[place.type]:
            body = await ask(place.query(ids, "$value", f"$value: {place.type}!"), value=value)
            outcomes.append((str(place), value, outcome(place.field, body)))

    assert [found for found in outcomes if found[2] != MISREAD] == []


async def test_an_object_written_where_a_value_goes(ids: Ids, ask: GraphQL) -> None:
    assert await everywhere_written(ask, ids, VALUES, "{a: 1}") == each(VALUES, MISREAD)


async def test_names_that_are_not_there(ids: Ids, ask: GraphQL) -> None:
    renamed = {
        place.field.query(ids, text.replace(f"{name}:", "nope:", 1)): place.field
        for place in DISTINCT
        for name in place.path[-2:]
        if (text := place.text.replace("[%s]", "%s").replace("%s", "null"))
    }

    outcomes = {query: outcome(field, await ask(query)) for query, field in renamed.items()}

    assert outcomes == dict.fromkeys(renamed, MISREAD)


async def test_a_null_operator_anywhere(ids: Ids, ask: GraphQL) -> None:
    for place in OPERATORS:
        body = await ask(place.field.query(ids, place.text.replace("[%s]", "%s").replace("%s", "null")))
        advice = "leave it out, or use `isNull`" if "isNull" in operators_beside(place) else "leave it out"

        assert outcome(place.field, body) == REFUSED
        assert body["errors"][0]["message"] == f"`{place.path[-1]}` of a filter is null: {advice}."


async def test_null_elsewhere_is_as_good_as_nothing(ids: Ids, ask: GraphQL) -> None:
    for field in OPTIONAL:
        without = await ask(field.query(ids, "groupBy: []" if field in SUMS else ""))

        assert await ask(field.query(ids, with_nulls(field))) == without


async def test_filters_nest_ten_deep(ids: Ids, ask: GraphQL) -> None:
    for field, word in product(FILTERED, ["and", "or", "not"]):
        rest = ", groupBy: []" if field in SUMS else ""
        ten = await ask(field.query(ids, f"where: {nested(word, 10)}{rest}"))
        eleven = await ask(field.query(ids, f"where: {nested(word, 11)}{rest}"))

        assert outcome(field, ten) == ANSWERED
        [error] = eleven["errors"]
        assert error["message"] == "A filter may nest `and`, `or` and `not` 10 deep, not deeper."
        assert (error["path"], error["extensions"]) == (field.at, {"code": "BAD_REQUEST"})


async def test_summing_by_the_same_twice_is_summing_by_it_once(ids: Ids, ask: GraphQL) -> None:
    for field in SUMS:
        once = await ask(field.query(ids, "groupBy: [MODEL, DAY]", selection="model day calls"))
        twice = await ask(field.query(ids, "groupBy: [MODEL, DAY, MODEL, DAY, DAY]", selection="model day calls"))

        assert field.value(once) == [{"model": "sample", "day": "2026-01-01", "calls": 3}]
        assert twice == once
