"""Documents that are made to take long, to take much, or to crash what reads them."""

import pytest
from harmless import code_of
from target import Attack

CALLERS = ["admin", "acme", None]
TOO_MUCH, WRONG, UNKNOWN = "LIMIT_EXCEEDED", "BAD_REQUEST", "UNAUTHENTICATED"


def repeated(text: str, times: int, *, between: str = " ") -> str:
    """The text so many times, with the number in the place of `#`."""
    return between.join(text.replace("#", str(number)) for number in range(times))


def nested(opening: str, times: int, middle: str = "", closing: str = "") -> str:
    return opening * times + middle + closing * times


def fragments(times: int, selection: str, last: str, on: str = "Query") -> str:
    """So many fragments, each with the next one's number in the place of `#`."""
    chain = [f"fragment f{n} on {on} {{ {selection.replace('#', str(n + 1))} }}" for n in range(times)]
    return " ".join([*chain, f"fragment f{times} on {on} {{ {last} }}"])


DEEP = {
    f"{what} {depth:,} deep": (make(depth), TOO_MUCH if depth > 100 else WRONG)
    for depth in (100, 1_000, 10_000, 40_000)
    for what, make in {
        "selections": lambda depth: "{ " + nested("client { ", depth, "id", " }") + " }",
        "selections that do not end": lambda depth: "{ " + nested("client { ", depth),
        "lists": lambda depth: "{ nodes(ids: " + nested("[", depth, "1", "]") + ") { id } }",
        "objects": lambda depth: "{ contents(where: " + nested("{not: ", depth, "{}", "}") + ") { totalCount } }",
    }.items()
}

MANY = {
    "10,000 aliases": ("{ " + repeated("a#: __typename", 10_000) + " }", TOO_MUCH),
    "1,000 aliases": ("{ " + repeated("a#: __typename", 1_000) + " }", TOO_MUCH),
    "10,000 spreads": ("{ " + repeated("...a", 10_000) + " } fragment a on Query { __typename }", TOO_MUCH),
    "2,400 spreads": ("{ " + repeated("...a", 2_400) + " } fragment a on Query { __typename }", None),
    "10,000 directives": ("{ __typename " + repeated("@include(if: true)", 10_000) + " }", TOO_MUCH),
    "600 directives": ("{ " + repeated("a#: __typename @skip(if: false)", 500) + " }", TOO_MUCH),
    "a directive that repeats": ("{ __typename " + repeated("@include(if: true)", 600) + " }", WRONG),
    "10,000 unknown directives": ("{ __typename " + repeated("@a#", 10_000) + " }", TOO_MUCH),
    "2,400 unknown directives": ("{ __typename " + repeated("@a#", 2_400) + " }", WRONG),
    "10,000 operations": (repeated("query q# { __typename }", 10_000), TOO_MUCH),
    "900 operations": (repeated("query q# { __typename }", 900), WRONG),
    "900 of one name": (repeated("query q { __typename }", 900), WRONG),
    "10,000 variables": ("query (" + repeated("$a#: Int", 10_000) + ") { __typename }", TOO_MUCH),
    "1,200 variables": ("query (" + repeated("$a#: Int", 1_200) + ") { __typename }", WRONG),
    "1,200 of one name": ("query (" + repeated("$a: Int", 1_200) + ") { __typename }", WRONG),
    "700 fragments": ("{ __typename } " + repeated("fragment f# on Query { __typename }", 700), WRONG),
    "1,500 arguments": ("{ clients(" + repeated("a#: 1", 1_500) + ") { totalCount } }", WRONG),
    "500 keys of one name": ("{ contents(where: {" + repeated('title: {eq: ""}', 500) + "}) { totalCount } }", WRONG),
    "2,400 unknown fields": ("{ " + repeated("a#", 2_400) + " }", WRONG),
    "100,000 tokens": ("{ " + repeated("a", 100_000) + " }", TOO_MUCH),
    "100,000 comments": ("{ __typename }" + "#\n" * 100_000, TOO_MUCH),
    "4,900 comments": ("{ __typename }" + "#\n" * 4_900, None),
    "a megabyte of commas": ("{ __typename }" + "," * 900_000, None),
    "a megabyte of spaces": (" " * 900_000 + "{ __typename }", None),
    "a comment of a megabyte": ("{ __typename } #" + "a" * 900_000, None),
    "a name of a megabyte": ("{ " + "a" * 900_000 + " }", WRONG),
    "a text of a megabyte": ('{ project(id: "' + "a" * 900_000 + '") { id } }', WRONG),
    "a text that does not end": ('{ project(id: "' + "a" * 900_000, WRONG),
    "a block text of a megabyte": ('{ project(id: """' + "\n  a" * 150_000 + '""") { id } }', WRONG),
    "100,000 brackets": ("[" * 100_000, WRONG),
    "100,000 braces": ("{" * 100_000, WRONG),
    "10 MB": ("{ __typename }" + " " * 10_000_000, TOO_MUCH),
}

QUADRATIC = {
    "fields that overlap": "{ " + repeated("clients { totalCount }", 1_200) + " }",
    "fields that overlap, deep": "{ " + repeated("clients { nodes { projects { nodes { name } } } }", 300) + " }",
    "fragments that overlap": "{ "
    + repeated("...f#", 150)
    + " } "
    + repeated("fragment f# on Query { a: clients { nodes { id name } } }", 150),
}

EXPONENTIAL = {
    "doubled 30 times": ("{ ...f0 } " + fragments(30, "...f# ... { ...f# }", "clients { totalCount }"), TOO_MUCH),
    "the same twice": ("{ ...f0 } " + fragments(30, "...f# ...f#", "__typename"), None),
    "nested as they double": (
        "{ clients { nodes { ...f0 } } } "
        + fragments(
            30,
            "a: projects { nodes { client { ...f# } } } b: projects { nodes { client { ...f# } } }",
            "id",
            "Client",
        ),
        TOO_MUCH,
    ),
    "in a circle": ("{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }", WRONG),
    "in a circle of 400": ("{ ...f0 } " + fragments(400, "...f#", "...f0"), TOO_MUCH),
    "each in all others": (
        "{ ...f0 } " + " ".join(f"fragment f{n} on Query {{ {repeated('...f#', 40)} }}" for n in range(40)),
        WRONG,
    ),
    "in itself": ("{ ...a } fragment a on Query { ...a ...a ...a }", WRONG),
}

CIRCULAR = "{ __schema { types { " + nested("fields { type { ", 20, "name", " } }") + " } } }"


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("attacks", [DEEP, MANY, EXPONENTIAL], ids=["deep", "many", "exponential"])
async def test_a_document_that_is_too_much(
    attacks: dict[str, tuple[str, str | None]], caller: str | None, attack: Attack
) -> None:
    found = {what: code_of(await attack(document, caller)) for what, (document, _) in attacks.items()}

    assert found == {what: UNKNOWN if caller is None else code for what, (_, code) in attacks.items()}


@pytest.mark.parametrize("document", QUADRATIC.values(), ids=QUADRATIC)
async def test_a_document_that_is_compared_with_itself(document: str, attack: Attack) -> None:
    assert code_of(await attack(document)) == TOO_MUCH


async def test_introspection_in_a_circle(attack: Attack) -> None:
    for document in (CIRCULAR, "{ __schema { types { name } } }", '{ __type(name: "Query") { name } }'):
        assert code_of(await attack(document)) == WRONG


async def test_a_list_of_10_000_operations(attack: Attack) -> None:
    assert code_of(await attack([{"query": "{ __typename }"}] * 10_000)) == WRONG
