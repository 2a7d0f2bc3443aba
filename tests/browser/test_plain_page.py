"""The page for a server whose GraphiQL was not built, in a real browser that is cut off from the internet."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from visiting import Served, Watched, give_key, kept, violations, whose_key


def test_it_reads_changes_generates_and_subscribes(page: Page, served_plain: Served, artefacts: Path) -> None:
    page.goto(served_plain.address)
    give_key(page, served_plain.client_key)
    for example, expected in (
        ("ReadProjects", "Botanical Garden"),
        ("SaveTerm", "hypertufa"),
        ("GenerateContent", "SUCCEEDED"),
    ):
        page.get_by_label("Example").select_option(example)
        page.get_by_role("button", name="Run").click()
        expect(page.locator("#answer")).to_contain_text(expected)
    page.get_by_role("button", name="Watch this generation").click()
    expect(page.locator("#query")).to_have_value(re.compile("subscription WatchGeneration"))
    expect(page.locator("#answer")).to_contain_text('"kind": "SUCCEEDED"')
    expect(page.get_by_role("button", name="Stop")).to_have_count(0)
    page.screenshot(path=artefacts / "plain.png")
    assert served_plain.client_key not in kept(page)


def test_the_schema_can_be_searched(page: Page, served_plain: Served) -> None:
    page.goto(served_plain.address)
    expect(page.locator("#schema")).to_have_text("With a key, the schema is shown here.")
    give_key(page, served_plain.admin_key)
    page.get_by_label("Find a type or a field").fill("generatecontentpayload")
    page.locator("#schema details:not([hidden])").first.wait_for()
    page.locator("#query").fill("{  }")
    page.get_by_label("Find a type or a field").fill("viewer")
    page.get_by_role("button", name="viewer", exact=True).click()

    expect(page.locator("#query")).to_have_value(re.compile("viewer"))


def test_errors_are_told(watched: Watched, served_plain: Served) -> None:
    page = watched.page
    page.goto(served_plain.address)
    give_key(page, "wrong")
    expect(whose_key(page)).to_have_text("This key is not accepted")
    page.get_by_label("Variables").fill("{")
    page.get_by_role("button", name="Run").click()
    expect(page.locator("#outcome")).to_contain_text("The variables are no JSON")
    page.get_by_label("Variables").fill("")
    page.get_by_label("Headers").fill(f'{{"Authorization": "Bearer {served_plain.admin_key}"}}')
    page.locator("#query").fill("{ nothing }")
    page.get_by_role("button", name="Run").click()

    expect(page.locator("#outcome")).to_contain_text("BAD_REQUEST")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_who_does_not_see_it_can_use_it(scheme: str, page: Page, served_plain: Served) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{served_plain.address}#key={served_plain.admin_key}")
    page.locator("#schema details").first.wait_for()

    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 360
