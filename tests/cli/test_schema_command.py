"""`gql-server schema`: printing the API's description, and finding what breaks its callers."""

import asyncio
from pathlib import Path

import pytest
from command import Result, run

REPOSITORY = Path(__file__).parents[2]

OLD = """
type Query {
  "By its id."
  content(id: ID!): Content
  state: State!
}
type Content { title: String, body: String! }
enum State { DRAFT }
"""
COMPATIBLE = OLD.replace("title: String,", "title: String! @deprecated, note: String,").replace("By its id.", "By id.")
DANGEROUS = OLD.replace("DRAFT", "DRAFT DONE")
BREAKING = OLD.replace("title: String, ", "").replace("id: ID!", "id: ID!, locale: String!")


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return write(tmp_path / "old.graphql", OLD)


async def test_print_is_the_file_in_the_repository() -> None:
    assert await run("schema", "print") == Result(0, (REPOSITORY / "schema.graphql").read_text(), "")


async def test_what_breaks_callers_is_listed(tmp_path: Path, old: Path) -> None:
    new = write(tmp_path / "new.graphql", BREAKING)

    result = await run("schema", "check", old, new)

    assert (result.code, result.err) == (1, "")
    assert sorted(result.out.splitlines()) == [
        "breaking   field_removed                    Field Content.title was removed.",
        "breaking   required_arg_added               A required argument Query.content(locale:) was added.",
    ]


async def test_what_does_not_break_callers_passes(tmp_path: Path, old: Path) -> None:
    files = [write(tmp_path / "1.graphql", COMPATIBLE), write(tmp_path / "2.graphql", DANGEROUS)]

    compatible, dangerous = await asyncio.gather(*[run("schema", "check", old, new) for new in files])

    assert compatible == Result(0, "Nothing breaks.\n", "")
    listed = "dangerous  value_added_to_enum              Enum value State.DONE was added.\n"
    assert dangerous == Result(0, f"{listed}Nothing breaks.\n", "")


async def test_a_file_that_is_no_schema_is_named(tmp_path: Path, old: Path) -> None:
    missing = tmp_path / "missing.graphql"
    invalid = write(tmp_path / "invalid.graphql", "type Query {")
    (binary := tmp_path / "b.graphql").write_bytes(b"\xff\xfe")

    results = await asyncio.gather(*[run("schema", "check", old, bad) for bad in (missing, invalid, binary)])

    assert [(result.code, result.out) for result in results] == [(2, "")] * 3
    sentences = [result.err.splitlines()[0].removeprefix(f"gql-server: {tmp_path}/") for result in results]
    assert sentences == [
        "missing.graphql cannot be read: No such file or directory.",
        "invalid.graphql is not a GraphQL schema: Syntax Error: Expected Name, found <EOF> (line 1, column 13).",
        "b.graphql is not a GraphQL schema: 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte",
    ]
    assert "Traceback" not in "".join(result.err for result in results)


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path
