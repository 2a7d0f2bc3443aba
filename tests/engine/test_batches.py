"""Fields that are resolved for all parents at once."""

import asyncio
from collections.abc import Sequence
from operator import itemgetter
from typing import Any

import pytest
from aiodataloader import DataLoader
from both_engines import both, graphql_cores, nearly_both, ours
from graphql import GraphQLSchema, build_schema

from gql_server.engine import Batch, make_batched, make_column

SDL = """
type Author { id: ID! name: String! books(first: Int = 2): [Book!] rival: Author }
type Book { id: ID! title: String author: Author! }
type Query { authors: [Author!]! again: [Author!]! }
"""
AUTHORS = [{"id": "1", "name": "Ann"}, {"id": "2", "name": "Bob"}, {"id": "3", "name": "Cy"}]


def schema_of(**batches: Batch) -> GraphQLSchema:
    """Fields named `type_field` have these batches, and all others are columns."""
    schema: Any = build_schema(SDL)
    for name in ("Author", "Book"):
        for field_name, field in schema.type_map[name].fields.items():
            make_column(field, lambda source, key=field_name: source.get(key))
    make_batched(schema.type_map["Query"].fields["authors"], lambda parents, _info: [AUTHORS for _ in parents])
    make_batched(schema.type_map["Query"].fields["again"], lambda parents, _info: [AUTHORS[::-1] for _ in parents])
    for name, batch in batches.items():
        type_name, field_name = name.split("_")
        make_batched(schema.type_map[type_name].fields[field_name], batch)
    return schema


def books_of(authors: Sequence[Any], first: int) -> list[Any]:
    return [[{"id": f"{author['id']}{n}", "author": author} for n in range(first)] for author in authors]


async def test_one_call_for_all_parents_of_a_level():
    calls: list[tuple[list[str], int]] = []
    paths: list[Any] = []

    async def books(authors: Sequence[Any], info: Any, first: int) -> list[Any]:
        calls.append(([author["id"] for author in authors], first))
        paths.append([info.at(index).path.as_list() for index in range(3)])
        assert info.first.path == info.at(0).path
        assert info.context == "here"
        return books_of(authors, first)

    document = "query ($n: Int) { authors { books(first: $n) { id } more: books { id } } }"
    answer = await ours(schema_of(Author_books=books), document, variable_values={"n": 1}, context_value="here")
    assert calls == [(["1", "2", "3"], 1), (["1", "2", "3"], 2)]
    assert paths == [[["authors", index, key] for index in range(3)] for key in ("books", "more")]
    assert answer.data["authors"][2] == {"books": [{"id": "30"}], "more": [{"id": "30"}, {"id": "31"}]}


async def test_an_object_that_is_there_many_times_is_executed_once():
    parents: list[int] = []

    def rival(authors: Sequence[Any], _info: Any) -> list[Any]:
        parents.append(len(authors))
        return [AUTHORS[0] for _ in authors]

    document = "{ authors { rival { name rival { name rival { id } } } } }"
    await both(schema_of(Author_rival=rival), document)
    parents.clear()
    await ours(schema_of(Author_rival=rival), document)
    assert parents == [3, 1, 1]


async def test_a_batch_is_told_of_all_places():
    places: list[Any] = []

    def names(authors: Sequence[Any], info: Any) -> list[Any]:
        places.extend((author["id"], *info.everywhere(index)) for index, author in enumerate(authors))
        return [None for _ in authors]

    def rivals(authors: Sequence[Any], _info: Any) -> list[Any]:
        return [AUTHORS[0] if author["id"] != "2" else AUTHORS[2] for author in authors]

    schema = schema_of(Author_name=names, Author_rival=rivals)
    document = "{ authors { rival { other: name } } }"
    at = [["authors", index, "rival", "other"] for index in range(3)]
    await graphql_cores(schema, document)
    assert places == [("1", at[0]), ("3", at[1]), ("1", at[2])]
    places.clear()
    await ours(schema, document)
    assert [(id_, *map(list, paths)) for id_, *paths in places] == [("1", at[0], at[2]), ("3", at[1])]


async def test_what_fails_in_a_shared_object_fails_wherever_it_is():
    shared = {"id": "9", "title": "Shared"}

    def books(authors: Sequence[Any], _info: Any, first: int) -> list[Any]:
        return [[shared] * first if author["id"] != "2" else [{"id": "8", "author": AUTHORS[0]}] for author in authors]

    answer = await both(schema_of(Author_books=books), "{ authors { id books { id author { id } } } }")
    assert [error["path"] for error in answer.errors] == [
        ["authors", 0, "books", 0, "author"],
        ["authors", 2, "books", 0, "author"],
    ]
    assert [author["books"] for author in answer.data["authors"]] == [None, [{"id": "8", "author": {"id": "1"}}], None]


@pytest.mark.parametrize("later", [False, True])
async def test_exceptions_among_the_values(later: bool):
    def rivals(authors: Sequence[Any], _info: Any) -> list[Any]:
        return [ValueError(f"Not for {author['name']}.") if author["id"] != "2" else author for author in authors]

    async def rivals_later(authors: Sequence[Any], info: Any) -> list[Any]:
        return rivals(authors, info)

    schema = schema_of(Author_rival=rivals_later if later else rivals)
    answer = await both(schema, "{ authors { name rival { id } } }")
    assert [error["message"] for error in answer.errors] == ["Not for Ann.", "Not for Cy."]


async def test_a_batch_that_raises_fails_for_each_parent():
    def rivals(_authors: Sequence[Any], _info: Any) -> list[Any]:
        raise ValueError("None of them.")

    answer = await both(schema_of(Author_rival=rivals), "{ authors { rival { id } } }")
    assert len(answer.errors) == 3


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([1, 2], "A batch answered with 2 values for 3 parents."),
        ({}, "A batch answers with a sequence of values, one for each parent, not with <class 'dict'>."),
    ],
)
async def test_a_batch_that_answers_with_something_else(values: Any, message: str):
    answer = await ours(schema_of(Author_rival=lambda _authors, _info: values), "{ authors { rival { id } } }")
    assert [error["message"] for error in answer.errors] == [message] * 3


async def test_batches_of_a_level_run_at_once_and_none_waits_for_the_other():
    books_may_end = asyncio.Event()

    async def books(authors: Sequence[Any], _info: Any, first: int) -> list[Any]:
        await books_may_end.wait()
        return books_of(authors, first)

    async def rivals(authors: Sequence[Any], info: Any) -> list[Any]:
        if len(info.first.path.as_list()) > 3:
            books_may_end.set()
        return list(authors)

    schema = schema_of(Author_books=books, Author_rival=rivals)
    await ours(schema, "{ authors { books { id } rival { rival { id } } } }")


async def test_levels_side_by_side_share_a_loader():
    loads: list[list[str]] = []

    async def load(keys: list[str]) -> list[Any]:
        loads.append(keys)
        return [AUTHORS[int(key) % 3] for key in keys]

    def rival(loader: DataLoader[str, Any]) -> Batch:
        async def batch(authors: Sequence[Any], _info: Any) -> Sequence[Any]:
            return await loader.load_many([author["id"] for author in authors])

        return batch

    schema = schema_of(Author_rival=rival(DataLoader(load)))
    await ours(schema, "{ authors { rival { name } } again { rival { id rival { id } } } }")
    assert loads == [["1", "2", "3"]]


async def test_nothing_is_left_running_when_it_is_cancelled():
    ended: list[str] = []
    begun = asyncio.Event()

    def waiting(name: str) -> Batch:
        async def wait(_parents: Sequence[Any], _info: Any, **_: Any) -> list[Any]:
            begun.set()
            try:
                await asyncio.sleep(60)
            finally:
                ended.append(name)
            return []

        return wait

    schema = schema_of(Author_books=waiting("books"), Author_rival=waiting("rival"))
    task = asyncio.create_task(ours(schema, "{ authors { books { id } rival { id } } }"))
    await begun.wait()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sorted(ended) == ["books", "rival"]


async def test_nothing_is_left_running_when_something_unexpected_is_raised():
    ended: list[str] = []

    async def books(_authors: Sequence[Any], _info: Any, **_: Any) -> list[Any]:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("books")
        return []

    async def rivals(_authors: Sequence[Any], _info: Any) -> list[Any]:
        await asyncio.sleep(0)
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await ours(schema_of(Author_books=books, Author_rival=rivals), "{ authors { books { id } rival { id } } }")
    assert ended == ["books"]


async def test_other_requests_go_on_during_a_large_one():
    many = [{"id": str(number), "name": "x", "rival": None} for number in range(10_000)]
    schema = schema_of(Query_authors=lambda parents, _info: [many for _ in parents])
    turns, is_done = 0, False

    async def other() -> None:
        nonlocal turns
        while not is_done:
            turns += 1
            await asyncio.sleep(0)

    others = asyncio.create_task(other())
    answer = await ours(schema, "{ authors { id name rival { id } } }")
    is_done = True
    await others
    assert len(answer.data["authors"]) == 10_000
    # 10,000 objects with three values each, and a rest after every 4,000 values or so.
    assert turns >= 8


async def test_columns_that_raise():
    schema: Any = schema_of()
    make_column(schema.type_map["Author"].fields["name"], itemgetter("missing"))
    answer = await nearly_both(schema, "{ again { id } authors { id name } }")
    assert answer.data is None
    assert answer.errors[-1]["message"] == "'missing'"
