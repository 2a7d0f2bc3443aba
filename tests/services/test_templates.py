"""A template is read in no more time than its length allows, and rendered in no more than all may take."""

import time

import pytest
from patience import BOUND_SECONDS

from gql_server.services.templates import FILTERS, Template, TemplateError, read, render

KNOWN = ", ".join(sorted(FILTERS))


UNCLOSED = "Too much is opened in the template and not closed."
LONG = "No 100 spaces may follow an opening, and no tag has a name of 100 letters."
PARENTHESES = "What stands between braces has 100 parentheses at the most."


@pytest.mark.parametrize(
    ("source", "variables"),
    [
        ("", []),
        ("Nothing to fill in: } } { %}", []),
        ("{{ topic }}", ["topic"]),
        ("{{ topic }} and {{ topic }}", ["topic"]),
        ("{{ topic.name }} {{ list[index] }} {{ ['two words'] }}", ["topic", "list", "index", "two words"]),
        ("{% if a and b == c %}{{ d }}{% else %}{{ e | default: f }}{% endif %}", ["a", "b", "c", "d", "e", "f"]),
        ("{% for item in items %}{{ item }}{{ forloop.index }}{% endfor %}", ["items"]),
        (
            "{% assign own = topic %}{{ own }}{% capture text %}{{ other }}{% endcapture %}{{ text }}",
            ["topic", "other"],
        ),
        ("{{ metadata.tone }}{{ vocabulary | first }}", ["metadata", "vocabulary"]),
        ("{% raw %}{{ topic }}{{{{{{ {% endraw %}{% comment %}{{ topic }}{% endcomment %}", []),
        ("{% liquid\nassign a = b\necho a\n%}", ["b"]),
        ("{{ true }}{{ nil }}{{ 1 }}{{ 'text' }}", []),
    ],
)
def test_the_variables_of_a_template(source: str, variables: list[str]) -> None:
    found = read(source)

    assert (sorted(found.variables), found.problems) == (sorted(variables), [])


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("{{ topic", "Line 1, column 1: expected '}}', found end of file."),
        ("{{ topic | shout }}", f"There is no filter 'shout', only {KNOWN}."),
        ("Hello\n{% if %}", "Line 2, column 4: missing expression."),
        ("{% include 'other' %}", "Line 1, column 4: unexpected tag 'include'."),
        ("{% render 'other' %}", "Line 1, column 4: unexpected tag 'render'."),
        ("{{" * 101, UNCLOSED),
        ("{% raw %}" * 101, UNCLOSED),
        ("{{" + " " * 100 + "}}", LONG),
        ("{% " + "a" * 100 + " %}", LONG),
        ("{{ " + "(" * 101 + " }}", PARENTHESES),
        ("( " * 101 + "{% if " + "(" * 101 + " %}", PARENTHESES),
        ("x" * 100_001, "A template has 100000 characters at the most."),
    ],
    ids=range(12),
)
def test_what_is_wrong_with_a_template(source: str, problem: str) -> None:
    assert read(source).problems == [problem]


def test_as_much_as_there_may_be() -> None:
    assert read("x" * 100_000) == Template({}, [])
    assert read("( " * 1000 + "{{ (1..2) }}" * 1000) == Template({}, [])
    assert read("{{ " + "a" * 99_994 + " }}") == Template({"a" * 99_994: {None}}, [])


HOSTILE = {
    "braces": "{" * 100_000,
    "closed braces": ("{" * 490 + "}}") * 200,
    "spaces": "{{" + " " * 90_000 + "}}",
    "many spaces": ("{{" + " " * 490 + "}}") * 200,
    "inner spaces": "{{ a" + " " * 90_000 + "b }}",
    "parentheses": "{{ " + "(" * 99_000 + " }}",
    "many parentheses": ("{{ " + "(" * 90 + " }}") * 1000,
    "openings and parentheses": "{{" * 99 + "(" * 99_000,
    "brackets": "{{ a" + "[a" * 30_000 + "]" * 30_000 + " }}",
    "tags without an end": "{% a" * 25_000,
    "raw blocks without an end": "{% raw %}" * 11_000,
    "doc blocks without an end": "{% doc %}" * 11_000,
    "outputs without an end": "{{ a" * 25_000,
    "wrong ends": "{{ a %}" * 14_000,
    "conditions": "{% if a %}" * 10_000,
    "blocks": "{% if a %}{% endif %}" * 4_700,
    "outputs": "{{ a }}" * 14_000,
    "a chain": "{{ a" + ".a" * 45_000 + " }}",
    "filters": "{{ a" + " | upcase" * 10_000 + " }}",
    "a number": "{{ " + "1" * 90_000 + " }}",
    "a range": "{% for i in (1..9999999999999) %}{{ i }}{% endfor %}",
    "lines": "{% liquid" + "\n if a" * 12_000 + "%}",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_template_takes_long(name: str) -> None:
    started = time.perf_counter()

    read(HOSTILE[name])

    assert time.perf_counter() - started < BOUND_SECONDS


BUSY = {
    "values": ("{% for i in (1..10000) %}" + "{{ x }}" * 10_000 + "{% endfor %}", {"x": ""}),
    "filters": ("{% for i in (1..10000) %}" + "{{ '' | upcase }}" * 5_000 + "{% endfor %}", {}),
    "long values": ("{% for i in (1..10000) %}{{ x | upcase | downcase | size }}{% endfor %}", {"x": "a" * 900_000}),
    "conditions": ("{% for i in (1..10000) %}" + "{% if 1 == 2 %}a{% endif %}" * 3_000 + "{% endfor %}", {}),
}


@pytest.mark.parametrize("name", BUSY)
def test_rendering_ends_in_bounded_time(name: str) -> None:
    source, values = BUSY[name]
    assert read(source).problems == []
    started = time.thread_time()

    with pytest.raises(TemplateError) as caught:
        render(source, values)

    assert str(caught.value) == "Line 1, column 4: it takes too long to render."
    assert time.thread_time() - started < BOUND_SECONDS
