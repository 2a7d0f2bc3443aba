"""A visitor of the pages, and what they do on GraphiQL's."""

import re
from typing import NamedTuple

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

OPERATION = ".graphiql-query-editor"
HEADERS = ".graphiql-editor-tool .graphiql-editor:not(.hidden)"

PROJECTS = 10
"""More than a chart has colours for."""


class Served(NamedTuple):
    """Where a server is, and who may ask it."""

    address: str
    admin_key: str
    client_key: str


class Watched(NamedTuple):
    """A page, and what has gone wrong in it."""

    page: Page
    problems: list[str]


def open_page(page: Page, address: str) -> None:
    """Opens the page, and waits for the editor."""
    page.goto(address)
    page.locator(f"{OPERATION} .view-line").first.wait_for()


def wait_for_workers(page: Page) -> None:
    """The editor loads them last."""
    page.wait_for_function(
        """() => {
            const loaded = performance.getEntriesByType("resource").map(({ name }) => name);
            const workers = ["editor", "graphql", "json"].map((name) => `/${name}.worker-`);
            return workers.every((worker) => loaded.some((url) => url.includes(worker)));
        }"""
    )


def give_key(page: Page, key: str) -> None:
    key_field(page).fill(key)
    key_field(page).press("Enter")


def key_field(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Key", exact=True)


def whose_key(page: Page) -> Locator:
    return page.locator("#key-form output")


def write(page: Page, editor: str, text: str) -> None:
    """Puts a text in place of what is in an editor."""
    page.locator(f"{editor} .monaco-editor").click()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.insert_text(text)
    # The editor closes brackets behind the caret.
    page.keyboard.press("Control+Shift+End")
    page.keyboard.press("Delete")


def run(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^Execute")).click()


def change_tab(page: Page, name: str) -> None:
    page.locator(".graphiql-tab").get_by_role("button", name=name).click()
    expect(page.locator(OPERATION)).to_contain_text(name)


def answer(page: Page) -> Locator:
    return page.locator(".result-window .view-lines")


def kept(page: Page) -> str:
    """All that the browser keeps for this site when it is closed, in lower case."""
    page.wait_for_timeout(700)  # GraphiQL stores its tabs after half a second.
    return page.evaluate("JSON.stringify(Object.entries(localStorage)) + document.cookie").lower()


def violations(page: Page) -> list[str]:
    """What is serious to those who do not see the page, or see it badly."""
    found = Axe().run(page).response["violations"]
    return [
        f"{violation['id']}: {node['target']}"
        for violation in found
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]
