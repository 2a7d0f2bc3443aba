"""The pages for browsers: GraphiQL and the usage page, or the plain ones where these were not built."""

import json
from hashlib import sha256
from html import escape
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from gql_server.config import Config
from gql_server.http.assets import BUILT, PLAIN, is_known

SETTINGS = '<meta name="gql-server" content="" />'
"""Where a page has what the server says about itself."""

STRICT = (
    "default-src 'none'; script-src 'self'; style-src 'self'{styles}; font-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
POLICY = STRICT.format(styles="")
EDITOR_POLICY = STRICT.format(styles=" 'unsafe-inline'")
"""GraphiQL's editor writes styles as it goes; all else in the page is a file that the server has sent."""


def graphiql(config: Config, *, anonymous: bool) -> "Page":
    built = BUILT / "graphiql.html"
    path, policy = (built, EDITOR_POLICY) if built.is_file() else (PLAIN / "plain.html", POLICY)
    return Page(path, policy, _settings(config, anonymous=anonymous))


def usage(config: Config, *, anonymous: bool) -> "Page":
    built = BUILT / "usage.html"
    return Page(built if built.is_file() else PLAIN / "usage.html", POLICY, _settings(config, anonymous=anonymous))


class Page:
    """One page, which is told what the server says about itself."""

    def __init__(self, path: Path, policy: str, settings: dict[str, bool]) -> None:
        self._policy = policy
        self._text = _told(path, settings)
        self._etag = f'"{sha256(self._text.encode()).hexdigest()[:32]}"'

    def response(self, request: Request) -> Response:
        headers = {
            "cache-control": "no-cache",
            "content-security-policy": self._policy,
            "etag": self._etag,
            # GraphiQL's address answers programs with JSON.
            "vary": "Accept",
        }
        if is_known(request, self._etag):
            return Response(status_code=304, headers=headers)
        return HTMLResponse(self._text, headers=headers)


def _settings(config: Config, *, anonymous: bool) -> dict[str, bool]:
    return {
        "anonymous": anonymous,
        "introspection": config.introspection,
        "trustedOnly": config.trusted_only,
        "trusted": config.trusted_documents is not None,
        "persisted": config.persisted_queries,
        "graphiql": config.graphiql,
        "usage": config.usage_page,
    }


def _told(path: Path, settings: dict[str, bool]) -> str:
    return path.read_text().replace(SETTINGS, SETTINGS.replace('""', f'"{escape(json.dumps(settings))}"'))
