"""A server with demo data, and a browser that reaches nothing beyond this machine."""

import shutil
import sys
from collections.abc import Generator
from pathlib import Path

import pytest
from developing import PROGRAM, dev, keys_in, wait_until_ready
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Route, expect, sync_playwright
from served import free_port
from visiting import PROJECTS, Served, Watched

ARTEFACTS = Path(__file__).parent / "artefacts"
PLAIN = (sys.executable, str(Path(__file__).parent / "without_build.py"))
LOCAL_ONLY = [
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Tests run as root in containers.
    "--no-sandbox",
]
PATIENCE_MILLISECONDS = 20_000

expect.set_options(timeout=PATIENCE_MILLISECONDS)


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Generator[Served]:
    yield from running(tmp_path_factory.mktemp("built") / "data", PROGRAM)


@pytest.fixture(scope="session")
def served_plain(tmp_path_factory: pytest.TempPathFactory) -> Generator[Served]:
    """A server whose GraphiQL was not built."""
    yield from running(tmp_path_factory.mktemp("plain") / "data", PLAIN)


def running(directory: Path, program: tuple[str, ...]) -> Generator[Served]:
    port = free_port()
    with dev(directory, port, "--projects", str(PROJECTS), program=program) as (process, output):
        wait_until_ready(port, process, output)
        yield Served(f"http://127.0.0.1:{port}/graphql", *keys_in(output))
        process.terminate()


@pytest.fixture(scope="session")
def chromium() -> Generator[Browser]:
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("There is no Chromium here: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=LOCAL_ONLY)
        yield browser
        browser.close()


@pytest.fixture
def watched(chromium: Browser) -> Generator[Watched]:
    """A page of a visitor who was never here."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    problems: list[str] = []

    def check(route: Route) -> None:
        if route.request.url.startswith("http://127.0.0.1:"):
            route.continue_()
        else:
            problems.append(f"asked for {route.request.url}")
            route.abort()

    def note(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            problems.append(message.text)

    def note_failed(request: Request) -> None:
        # Whoever stops a subscription ends its request.
        if request.failure != "net::ERR_ABORTED":
            problems.append(f"{request.url}: {request.failure}")

    context.route("**", check)
    page = context.new_page()
    page.on("console", note)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("requestfailed", note_failed)
    yield Watched(page, problems)
    context.close()


@pytest.fixture
def page(watched: Watched) -> Generator[Page]:
    """One in which nothing may go wrong."""
    yield watched.page
    assert watched.problems == []


@pytest.fixture(scope="session")
def artefacts() -> Path:
    """Where pictures are kept."""
    ARTEFACTS.mkdir(exist_ok=True)
    return ARTEFACTS
