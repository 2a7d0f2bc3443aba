"""The pages for browsers, and the files that they are made of."""

import gzip
import json
import re
from collections.abc import AsyncGenerator
from html import unescape
from pathlib import Path

import pytest
from by_hash import hash_of
from conftest import client_of, config_of
from graphql import parse, validate
from harmless import CODES
from httpx import AsyncClient, Response
from surface import SCHEMA

from gql_server.db.database import Database
from gql_server.http import assets, pages
from gql_server.http.assets import PLAIN

HTML = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'{}; font-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
SCRIPT = "graphiql-Dw0aB_-9.js"
TEXT = b"export const answer = 42;"
PACKED = b"Brotli would be here"


@pytest.fixture(params=["built", "plain"])
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(autouse=True)
def build(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the build leaves it, or as it is where nothing was built."""
    for module in (assets, pages):
        monkeypatch.setattr(module, "BUILT", tmp_path)
    if kind == "built":
        for name in ("graphiql.html", "usage.html"):
            (tmp_path / name).write_text(f'<meta name="gql-server" content="" /><script src="./assets/{SCRIPT}">')
        (tmp_path / "THIRD_PARTY_LICENSES").write_text("MIT")
        (tmp_path / "assets").mkdir()
        (tmp_path / f"assets/{SCRIPT}.gz").write_bytes(gzip.compress(TEXT))
        (tmp_path / f"assets/{SCRIPT}.br").write_bytes(PACKED)


@pytest.fixture
async def http(dsn: str, database: Database, build: None) -> AsyncGenerator[AsyncClient]:
    async with client_of(config_of(dsn, graphiql=True, usage_page=True), database) as http:
        yield http


def told(page: Response) -> dict[str, bool]:
    [settings] = re.findall(r'<meta name="gql-server" content="([^"]+)" />', page.text)
    return json.loads(unescape(settings))


async def test_the_page_s_headers(kind: str, http: AsyncClient) -> None:
    page = await http.get("/graphql", headers=HTML)

    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert page.headers.get_list("content-security-policy") == [
        POLICY.format(" 'unsafe-inline'" if kind == "built" else "")
    ]
    assert (page.headers["cache-control"], page.headers["vary"]) == ("no-cache", "Accept")
    assert (SCRIPT in page.text) == (kind == "built")


async def test_the_usage_page_s_headers(kind: str, http: AsyncClient) -> None:
    page = await http.get("/usage")

    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    # Nothing in it writes styles.
    assert page.headers.get_list("content-security-policy") == [POLICY.format("")]
    assert page.headers["cache-control"] == "no-cache"
    assert (SCRIPT in page.text) == (kind == "built")
    assert (await http.post("/usage", json={"query": "{ __typename }"})).status_code == 405


@pytest.mark.parametrize("path", ["/graphql", "/usage"])
async def test_a_page_that_is_known_is_not_sent_again(path: str, http: AsyncClient) -> None:
    page = await http.get(path, headers=HTML)
    etag = page.headers["etag"]

    for known in (etag, f'"other", W/{etag}'):
        again = await http.get(path, headers={**HTML, "if-none-match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
        assert again.headers["content-security-policy"] == page.headers["content-security-policy"]
    assert (await http.get(path, headers={**HTML, "if-none-match": '"other"'})).status_code == 200


async def test_the_page_is_told_how_the_server_is_set_up(dsn: str, database: Database, tmp_path: Path) -> None:
    documents = tmp_path / "documents.json"
    documents.write_text(json.dumps({hash_of("{ __typename }"): "{ __typename }"}))
    trusting = {"trusted_documents": documents, "trusted_only": True, "persisted_queries": False}
    off = {"anonymous": False, "introspection": False, "trustedOnly": False, "trusted": False, "persisted": True}
    off |= {"graphiql": True, "usage": True}
    for settings, anonymous, expected in (
        ({}, False, off),
        ({"introspection": True}, True, off | {"introspection": True, "anonymous": True}),
        (trusting, False, off | {"trustedOnly": True, "trusted": True, "persisted": False}),
    ):
        config = config_of(dsn, graphiql=True, usage_page=True, **settings)
        async with client_of(config, database, anonymous=anonymous) as http:
            for path in ("/graphql", "/usage"):
                assert told(await http.get(path, headers=HTML)) == expected


async def test_a_built_file_is_sent_packed_and_kept_for_good(kind: str, http: AsyncClient) -> None:
    if kind == "plain":
        assert (await http.get(f"/assets/{SCRIPT}")).status_code == 404
        return
    for accepted, encoding, content in (
        ("gzip, deflate, br", "br", PACKED),
        ("gzip", "gzip", TEXT),
        ("br;q=0, gzip", "gzip", TEXT),
        ("identity", None, TEXT),
    ):
        async with http.stream("GET", f"/assets/{SCRIPT}", headers={"accept-encoding": accepted}) as file:
            raw = b"".join([part async for part in file.aiter_raw()])
        assert (gzip.decompress(raw) if encoding == "gzip" else raw) == content
        assert (file.status_code, file.headers.get("content-encoding")) == (200, encoding)
        assert file.headers["content-type"] == "text/javascript; charset=utf-8"
        assert file.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert file.headers["vary"] == "Accept-Encoding"
    known = await http.get(f"/assets/{SCRIPT}", headers={"if-none-match": file.headers["etag"]})
    assert (known.status_code, known.content) == (304, b"")


async def test_a_file_that_comes_with_the_package_is_asked_for_again(http: AsyncClient) -> None:
    file = await http.get("/assets/plain.js")

    assert (file.content, file.headers["cache-control"]) == ((PLAIN / "plain.js").read_bytes(), "no-cache")
    assert (await http.get("/assets/plain.js", headers={"if-none-match": file.headers["etag"]})).status_code == 304


async def test_what_a_file_may_do_in_a_worker(http: AsyncClient) -> None:
    file = await http.get("/assets/plain.js")

    assert file.headers["content-security-policy"] == ("default-src 'none'; script-src 'self'; frame-ancestors 'none'")


@pytest.mark.parametrize(
    "name",
    [
        "",
        "plain.html",
        "../plain/plain.js",
        "..%2f..%2fapp.py",
        "%2fetc%2fpasswd",
        "THIRD_PARTY_LICENSES",
        f"{SCRIPT}.gz",
    ],
)
async def test_nothing_else_is_a_file(name: str, http: AsyncClient) -> None:
    assert (await http.get(f"/assets/{name}")).status_code == 404


@pytest.mark.parametrize(("graphiql", "usage"), [(False, False), (True, False), (False, True)])
async def test_a_page_that_is_off_is_not_there(graphiql: bool, usage: bool, dsn: str, database: Database) -> None:
    config = config_of(dsn, graphiql=graphiql, usage_page=usage)
    async with client_of(config, database) as http:
        assert (await http.get("/graphql", headers={"accept": "text/html"})).status_code == (200 if graphiql else 406)
        assert (await http.get("/usage")).status_code == (200 if usage else 404)
        assert (await http.get("/assets/bar.js")).status_code == (200 if graphiql or usage else 404)
        index = await http.get("/")
        assert (index.status_code, index.headers["location"]) == (
            307,
            "./graphql" if graphiql or not usage else "./usage",
        )
        for path in [*(["/graphql"] if graphiql else []), *(["/usage"] if usage else [])]:
            settings = told(await http.get(path, headers=HTML))
            assert (settings["graphiql"], settings["usage"]) == (graphiql, usage)


@pytest.mark.parametrize("page", ["plain.html", "usage.html"])
def test_a_plain_page_asks_for_files_that_there_are(page: str) -> None:
    texts = {path.name: path.read_text() for path in PLAIN.iterdir()}
    asked = set(re.findall(r'"\./assets/([^"]+)"', texts[page]))
    for name, text in texts.items():
        if name.endswith(".js"):
            asked |= set(re.findall(r'(?:from|import|new URL\() ?"(?:\./)?([\w.]+\.(?:js|graphql))"', text))

    assert {"bar.js", "send.js", "usage.graphql"} <= asked <= texts.keys()
    assert "style=" not in texts[page]


def test_every_code_is_explained_to_who_uses_the_page() -> None:
    text = (PLAIN / "explanations.js").read_text()

    assert set(re.findall(r"^  ([A-Z_]+):", text, re.MULTILINE)) == {*CODES, "INTERNAL"}


@pytest.mark.parametrize("name", ["examples.graphql", "usage.graphql"])
def test_documents_are_valid(name: str) -> None:
    assert validate(SCHEMA, parse((PLAIN / name).read_text())) == []
