"""What browsers let pages do with this API: CSRF, CORS and security headers."""

from collections.abc import AsyncGenerator

import pytest
from conftest import client_of, config_of
from httpx import AsyncClient, Response
from logins import ADMIN_KEY

from gql_server.config import Config, read_config
from gql_server.db.database import Database
from gql_server.errors import SettingError
from gql_server.http.view import GraphQLView

TYPENAME = {"query": "{ __typename }"}
DONE = {"data": {"__typename": "Query"}}
APP = "https://app.example.com"
ALWAYS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


@pytest.fixture
async def keyless(config: Config, database: Database) -> AsyncGenerator[AsyncClient]:
    """A client without a key, of a server that asks for none."""
    async with client_of(config, database, anonymous=True) as http:
        yield http


@pytest.mark.parametrize(
    "header",
    [
        {"content-type": "application/json"},
        {"content-type": "Application/JSON; charset=utf-8"},
        {"authorization": f"Bearer {ADMIN_KEY}"},
        {"authorization": f"bearer {ADMIN_KEY}"},
        {"x-apollo-operation-name": "Clients"},
        {"apollo-require-preflight": "1"},
        {"content-type": "text/plain", "apollo-require-preflight": "1"},
    ],
    ids=str,
)
async def test_a_get_that_a_browser_would_have_asked_for(header: dict[str, str], keyless: AsyncClient) -> None:
    response = await keyless.get("/graphql", params=TYPENAME, headers=header)

    assert (response.status_code, response.json()) == (200, DONE)


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"content-type": ""},
        {"content-type": "text/plain"},
        {"content-type": "text/plain; application/json"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "multipart/form-data; boundary=x"},
        {"content-type": "application/json, text/plain"},
        {"content-type": "message/rfc822"},
        {"x-apollo-operation-name": "", "apollo-require-preflight": ""},
        {"authorization": ""},
        {"authorization": "Basic dTpw"},
        {"x-requested-with": "XMLHttpRequest"},
        {"cookie": "session=1", "origin": "https://evil.example"},
    ],
    ids=str,
)
async def test_a_get_that_any_page_could_send(header: dict[str, str], keyless: AsyncClient) -> None:
    for parameters in (TYPENAME, {"documentId": "a"}, {"extensions": '{"persistedQuery": {}}'}, {}):
        response = await keyless.get("/graphql", params=parameters, headers=header)

        message = (
            "Another site's page could have sent this: send `Content-Type: application/json`, "
            "`Authorization: Bearer …`, or one of `X-Apollo-Operation-Name` and `Apollo-Require-Preflight` "
            "with any value."
        )
        error = {"message": message, "extensions": {"code": "BAD_REQUEST"}}
        assert (response.status_code, response.json()) == (400, {"errors": [error]})


async def test_a_form_cannot_post(http: AsyncClient) -> None:
    headers = {"apollo-require-preflight": "1"}
    responses = [
        await http.post("/graphql", data=TYPENAME, headers=headers),
        await http.post("/graphql", data={"operations": "{}", "map": "{}"}, files={"0": b"a"}, headers=headers),
        await http.post("/graphql", content='{"query": "{ __typename }"}', headers=headers),
    ]

    assert [response.status_code for response in responses] == [415, 415, 415]


async def test_the_page_is_for_a_browser_that_brings_no_header(dsn: str, database: Database) -> None:
    html = {"accept": "text/html,*/*;q=0.8"}
    async with client_of(config_of(dsn, graphiql=True), database, anonymous=True) as http:
        assert '<header class="bar">' in (await http.get("/graphql", headers=html)).text
        for parameters in (TYPENAME, {"documentId": "a"}, {"extensions": "{}"}):
            assert (await http.get("/graphql", params=parameters, headers=html)).status_code == 400


def cors(response: Response) -> dict[str, str]:
    return {name: value for name, value in response.headers.items() if name.startswith("access-control-")}


async def preflight(http: AsyncClient, origin: str, method: str = "POST", headers: str = "content-type") -> Response:
    asked = {"access-control-request-method": method, "access-control-request-headers": headers}
    return await http.options("/graphql", headers={"origin": origin, **asked})


async def test_pages_of_other_sites_are_kept_out_unless_they_are_let_in(http: AsyncClient) -> None:
    response = await http.post("/graphql", json=TYPENAME, headers={"origin": APP})

    assert (response.json(), cors(response)) == (DONE, {})
    asked = await preflight(http, APP)
    assert (asked.status_code, cors(asked)) == (405, {})


async def test_a_page_of_an_origin_that_is_let_in(dsn: str, database: Database) -> None:
    async with client_of(config_of(dsn, cors_origins=f"http://localhost:3000, {APP}"), database) as http:
        headers = "authorization,content-type,apollo-require-preflight,x-apollo-operation-name,x-request-id"
        for method in ("GET", "POST"):
            asked = await preflight(http, APP, method, headers)
            assert asked.status_code == 200
            assert cors(asked) == {
                "access-control-allow-origin": APP,
                "access-control-allow-methods": "GET, POST",
                "access-control-allow-headers": "Accept, Accept-Language, Apollo-Require-Preflight, Authorization, "
                "Content-Language, Content-Type, X-Apollo-Operation-Name, x-request-id",
                "access-control-max-age": "86400",
            }
            assert "x-request-id" in asked.headers
            assert ALWAYS.items() <= dict(asked.headers).items()

        answer = await http.post("/graphql", json=TYPENAME, headers={"origin": APP})
        refused = await http.get("/graphql", headers={"origin": APP})
        health = await http.get("/readyz", headers={"origin": APP})

    for response, status in ((answer, 200), (refused, 400), (health, 200)):
        assert response.status_code == status
        assert cors(response) == {
            "access-control-allow-origin": APP,
            "access-control-expose-headers": "x-request-id, Retry-After",
        }
        assert (response.headers["vary"], "x-request-id" in response.headers) == ("Origin", True)


async def test_a_page_of_another_origin(dsn: str, database: Database) -> None:
    async with client_of(config_of(dsn, cors_origins=APP), database) as http:
        for origin in ("https://evil.example", f"{APP}.evil.example", "http://app.example.com", "null"):
            asked = await preflight(http, origin)
            answer = await http.post("/graphql", json=TYPENAME, headers={"origin": origin})
            assert (asked.status_code, asked.text) == (400, "Disallowed CORS origin")
            assert "access-control-allow-origin" not in {**cors(asked), **cors(answer)}
        for method, headers, what in (("DELETE", "content-type", "method"), ("POST", "x-other", "headers")):
            asked = await preflight(http, APP, method, headers)
            assert (asked.status_code, asked.text) == (400, f"Disallowed CORS {what}")
        assert (await http.options("/graphql", headers={"origin": APP})).status_code == 405


async def test_pages_of_every_origin(dsn: str, database: Database) -> None:
    async with client_of(config_of(dsn, cors_origins="*"), database) as http:
        for response in (
            await preflight(http, APP),
            await http.post("/graphql", json=TYPENAME, headers={"origin": "https://any.example"}),
        ):
            assert response.status_code == 200
            assert response.headers["access-control-allow-origin"] == "*"
            assert "access-control-allow-credentials" not in response.headers


@pytest.mark.parametrize(
    ("given", "origins"),
    [
        ("", ()),
        (" , ", ()),
        ("*", ("*",)),
        (APP, (APP,)),
        (
            f"{APP},http://localhost:3000 , http://[::1]:8080,capacitor://localhost",
            (APP, "http://localhost:3000", "http://[::1]:8080", "capacitor://localhost"),
        ),
    ],
)
def test_origins(given: str, origins: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GQL_SERVER_CORS_ORIGINS", given)

    assert read_config(database_url="postgresql://localhost/x").cors_origins == origins


@pytest.mark.parametrize(
    "origin",
    [
        "app.example.com",
        "localhost:3000",
        f"{APP}/",
        f"{APP}/app",
        f"{APP}?a",
        "https://App.example.com",
        "https://*.example.com",
        "https://u@app.example.com",
        "https://",
        "null",
    ],
)
def test_what_is_no_origin(origin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GQL_SERVER_CORS_ORIGINS", f"{APP},{origin}")

    with pytest.raises(SettingError) as caught:
        read_config(database_url="postgresql://localhost/x")

    assert str(caught.value) == (
        f"GQL_SERVER_CORS_ORIGINS is wrong: {origin} is no origin; one is {APP}, in lower case and without a path."
    )


@pytest.mark.parametrize("origin", [f"{APP}:443", "http://localhost:80"])
def test_an_origin_with_the_usual_port(origin: str) -> None:
    with pytest.raises(SettingError) as caught:
        read_config(database_url="postgresql://localhost/x", cors_origins=origin)

    sentence = f"{origin} is not what browsers send; they leave the usual port out"
    assert str(caught.value) == f"GQL_SERVER_CORS_ORIGINS is wrong: {sentence}."


async def test_every_answer_tells_browsers_to_do_little(http: AsyncClient) -> None:
    for response, status in (
        (await http.post("/graphql", json=TYPENAME), 200),
        (await http.get("/graphql", params=TYPENAME, headers={"apollo-require-preflight": "1"}), 200),
        (await http.post("/graphql", content="{"), 415),
        (await http.delete("/graphql"), 405),
        (await http.get("/"), 307),
        (await http.get("/healthz"), 200),
        (await http.get("/nowhere"), 404),
    ):
        assert response.status_code == status
        assert ALWAYS.items() <= dict(response.headers).items()
        assert "strict-transport-security" not in response.headers


async def test_https_is_for_ever(config: Config, database: Database) -> None:
    async with client_of(config, database, "https://test") as http:
        response = await http.post("/graphql", json=TYPENAME)

    assert response.headers["strict-transport-security"] == "max-age=31536000"


async def test_a_fault_of_the_server_has_the_headers_too(
    dsn: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError("Not expected.")

    monkeypatch.setattr(GraphQLView, "_respond", fail)
    async with client_of(config_of(dsn, cors_origins=APP), database) as http:
        response = await http.post("/graphql", json=TYPENAME, headers={"origin": APP})

    assert (response.status_code, response.text) == (500, "Internal Server Error")
    assert response.headers["access-control-allow-origin"] == APP
    assert "x-request-id" in response.headers
    assert ALWAYS.items() <= dict(response.headers).items()
