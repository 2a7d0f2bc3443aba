"""GraphiQL in a real browser, cut off from the internet, over the demo data."""

import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from visiting import (
    HEADERS,
    OPERATION,
    PROJECTS,
    Served,
    Watched,
    answer,
    change_tab,
    give_key,
    kept,
    key_field,
    open_page,
    run,
    violations,
    wait_for_workers,
    whose_key,
    write,
)

READY_SECONDS = 2.5
FIRST_LOAD_BYTES = 2_000_000
REFUSED = "Failed to load resource: the server responded with a status of 401 (Unauthorized)"
GENERATION = re.compile(r"gen_[\w-]+")


def test_the_first_visit_is_light_and_quick(page: Page, served: Served, artefacts: Path) -> None:
    sizes: list[int] = []
    page.on("requestfinished", lambda request: sizes.append(sum(request.sizes().values())))
    begun = time.monotonic()
    open_page(page, served.address)
    seconds = time.monotonic() - begun
    wait_for_workers(page)

    figures = f"The editor is ready after {seconds:.2f} s; {sum(sizes) / 1e6:.2f} MB in {len(sizes)} requests.\n"
    (artefacts / "first_visit.txt").write_text(figures)
    assert sum(sizes) < FIRST_LOAD_BYTES
    # It is measured on a machine that does nothing else.
    assert seconds < 3 * READY_SECONDS


def test_a_second_visit_fetches_what_may_have_changed(chromium: Browser, served: Served) -> None:
    # Whoever watches requests, as the other tests do, has no cache.
    page = chromium.new_page()
    open_page(page, served.address)
    wait_for_workers(page)
    page.goto("about:blank")
    open_page(page, served.address)

    fetched = "performance.getEntriesByType('resource').filter((entry) => entry.transferSize > 0).map(({name}) => name)"
    assert page.evaluate(fetched) == []
    page.close()


def test_a_query_is_typed_and_run(page: Page, served: Served, artefacts: Path) -> None:
    open_page(page, served.address)
    give_key(page, served.admin_key)
    expect(whose_key(page)).to_have_text("Administrator")
    run(page)
    expect(answer(page)).to_contain_text("Botanical Garden")
    page.screenshot(path=artefacts / "graphiql.png")
    write(page, OPERATION, "query Typed { projects(first: 1) { totalCount } }")
    page.keyboard.press("Control+Enter")

    expect(answer(page)).to_contain_text(f'"totalCount": {PROJECTS}')
    expect(page.get_by_role("button", name="Typed")).to_be_visible()


def test_a_key_is_refused_and_another_accepted(watched: Watched, served: Served, artefacts: Path) -> None:
    page = watched.page
    open_page(page, served.address)
    expect(whose_key(page)).to_have_text("Requests need a key")
    run(page)
    expect(page.get_by_role("list", name="Errors")).to_contain_text("UNAUTHENTICATED")
    give_key(page, "gqls_wrong")
    expect(whose_key(page)).to_have_text("This key is not accepted")
    page.screenshot(path=artefacts / "refused.png")
    assert set(watched.problems) == {REFUSED}
    watched.problems.clear()

    give_key(page, served.client_key)
    expect(whose_key(page)).not_to_have_text("This key is not accepted")
    run(page)
    expect(answer(page)).to_contain_text("Botanical Garden")
    expect(page.get_by_role("list", name="Errors")).to_have_count(0)
    assert watched.problems == []


def test_a_generation_is_begun_and_watched_to_its_end(page: Page, served: Served, artefacts: Path) -> None:
    open_page(page, served.address)
    give_key(page, served.client_key)
    write(
        page,
        OPERATION,
        'mutation Begin { generateContent(input: { project: "prj_QHpziV8FXKiv7OFJ4xtFtQ", '
        'prompt: "prm_490f0DawXRK2vpWNtE0Jag", variables: { topic: "moss" } }) { generation { id status } } }',
    )
    run(page)
    expect(answer(page)).to_contain_text(GENERATION)
    page.get_by_role("button", name="Watch this generation").click()

    expect(page.locator(OPERATION)).to_contain_text("subscription WatchGeneration")
    expect(answer(page)).to_contain_text("SUCCEEDED")
    expect(answer(page)).to_contain_text("Sample title about moss")
    # It has ended by itself: there is nothing to stop.
    expect(page.get_by_role("button", name=re.compile("^Execute"))).to_be_visible()
    page.screenshot(path=artefacts / "generation.png")


def test_the_headers_tab_holds_for_subscriptions_too(watched: Watched, served: Served) -> None:
    page = watched.page
    open_page(page, served.address)
    page.get_by_role("button", name="Headers").click()
    write(page, HEADERS, f'{{"Authorization": "Bearer {served.client_key}"}}')
    write(page, OPERATION, 'subscription Watch { projectChanged(project: "prj_QHpziV8FXKiv7OFJ4xtFtQ") { ids } }')
    run(page)
    expect(answer(page)).to_contain_text('"ids": []')
    page.get_by_role("button", name=re.compile("^Stop")).click()
    expect(page.get_by_role("button", name=re.compile("^Execute"))).to_be_visible()
    expect(page.get_by_role("list", name="Errors")).to_have_count(0)
    assert watched.problems == []


def test_a_key_is_nowhere_in_what_the_browser_keeps(page: Page, served: Served) -> None:
    open_page(page, served.address)
    give_key(page, served.admin_key)
    run(page)
    expect(answer(page)).to_contain_text("Botanical Garden")
    page.get_by_role("button", name="Headers").click()
    write(page, HEADERS, f'{{"Authorization": "Bearer {served.client_key}"}}')
    change_tab(page, "SaveTerm")
    run(page)
    expect(answer(page)).to_contain_text("hypertufa")
    page.get_by_role("button", name="Show History").click()
    expect(page.locator(".graphiql-history")).to_contain_text("SaveTerm")
    write(page, OPERATION, f"# {served.client_key}\n{{ viewer {{ kind }} }}")
    run(page)
    expect(answer(page)).to_contain_text("ADMIN")

    text = kept(page)
    assert "saveterm" in text
    for secret in (served.admin_key, served.client_key, "bearer"):
        assert secret.lower() not in text
    assert page.evaluate("sessionStorage.length") == 0


def test_a_key_is_remembered_in_this_tab_where_that_is_wanted(page: Page, served: Served) -> None:
    open_page(page, served.address)
    page.get_by_label("Remember in this tab").check()
    give_key(page, served.admin_key)
    expect(whose_key(page)).to_have_text("Administrator")
    page.reload()
    expect(whose_key(page)).to_have_text("Administrator")
    assert served.admin_key not in kept(page)
    page.get_by_label("Remember in this tab").uncheck()
    assert page.evaluate("sessionStorage.length") == 0
    page.reload()
    expect(whose_key(page)).to_have_text("Requests need a key")


def test_the_address_that_dev_prints_brings_its_key(page: Page, served: Served) -> None:
    open_page(page, f"{served.address}#key={served.admin_key}")

    expect(whose_key(page)).to_have_text("Administrator")
    assert page.url == served.address
    assert served.admin_key not in kept(page)


def test_a_click_in_the_explorer_builds_a_query(page: Page, served: Served, artefacts: Path) -> None:
    open_page(page, f"{served.address}#key={served.admin_key}")
    write(page, OPERATION, "query Mine { viewer { kind } }")
    page.get_by_role("button", name="Show GraphiQL Explorer").click()
    explorer = page.locator(".graphiql-explorer-root")
    explorer.get_by_text("models", exact=True).click()

    expect(page.locator(OPERATION)).to_contain_text("models")
    page.screenshot(path=artefacts / "explorer.png")


def test_the_docs_and_what_this_document_is(page: Page, served: Served) -> None:
    open_page(page, f"{served.address}#key={served.admin_key}")
    page.get_by_role("button", name="Show Documentation Explorer").click()
    expect(page.locator(".graphiql-doc-explorer")).to_contain_text("Mutation")
    page.get_by_text("This document").click()

    expect(page.locator(".document-id code").last).to_have_text(re.compile("^sha256:[0-9a-f]{64}$"))
    expect(page.locator(".document-id")).to_contain_text("extensions.persistedQuery.sha256Hash")


def test_user_errors_are_told(page: Page, served: Served) -> None:
    open_page(page, f"{served.address}#key={served.admin_key}")
    write(
        page,
        OPERATION,
        'mutation Empty { saveTerms(input: { project: "prj_QHpziV8FXKiv7OFJ4xtFtQ", '
        'terms: [{ term: " ", definition: "x" }] }) { userErrors { code message path } } }',
    )
    run(page)

    expect(page.get_by_role("list", name="Errors")).to_contain_text("input.terms.0.term")


@pytest.mark.parametrize(("width", "height"), [(360, 740), (320, 256)], ids=["a phone", "1280 by 1024 at 400 percent"])
def test_small_and_magnified(width: int, height: int, page: Page, served: Served, artefacts: Path) -> None:
    page.set_viewport_size({"width": width, "height": height})
    open_page(page, f"{served.address}#key={served.admin_key}")
    run(page)
    expect(answer(page)).to_contain_text("totalCount")
    page.screenshot(path=artefacts / f"{width}.png", full_page=True)

    assert page.evaluate("document.documentElement.scrollWidth") == width
    # It ends where GraphiQL ends, however long the answer is.
    assert page.evaluate("document.documentElement.scrollHeight") < 1400
    answer(page).scroll_into_view_if_needed()
    expect(answer(page)).to_be_in_viewport()
    box = page.locator(OPERATION).bounding_box()
    assert box is not None
    assert (box["width"] > 0.8 * width, box["height"] > 200) == (True, True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_who_does_not_see_it_can_use_it(scheme: str, page: Page, served: Served, artefacts: Path) -> None:
    page.emulate_media(color_scheme=scheme)
    open_page(page, f"{served.address}#key={served.admin_key}")
    expect(whose_key(page)).to_have_text("Administrator")
    found = violations(page)
    for plugin in ("Documentation Explorer", "GraphiQL Explorer"):
        page.get_by_role("button", name=f"Show {plugin}").click()
        page.wait_for_timeout(500)
        found += violations(page)
    write(page, OPERATION, "{ nothing }")
    run(page)
    expect(page.get_by_role("list", name="Errors")).to_contain_text("BAD_REQUEST")
    page.screenshot(path=artefacts / f"{scheme}.png")
    found += violations(page)

    assert found == []


def test_the_keyboard_alone(chromium: Browser, page: Page, served: Served) -> None:
    open_page(page, served.address)
    page.keyboard.press("Tab")
    expect(key_field(page)).to_be_focused()
    page.keyboard.insert_text(served.admin_key)
    page.keyboard.press("Enter")
    expect(whose_key(page)).to_have_text("Administrator")
    page.locator(f"{OPERATION} .graphiql-editor").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Control+Enter")

    expect(answer(page)).to_contain_text("Botanical Garden")
