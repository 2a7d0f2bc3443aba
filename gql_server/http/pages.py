"""What a browser gets that opens the API: GraphiQL, or the plain page where it was not built."""

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
BUILT_POLICY = STRICT.format(styles=" 'unsafe-inline'")
"""GraphiQL's editor writes styles as it goes; all else in the page is a file that the server has sent."""
PLAIN_POLICY = STRICT.format(styles="")


class Page:
    """One page, as it is for a server of these settings."""

    def __init__(self, name: str, config: Config, *, plain: str, anonymous: bool) -> None:
        """`name` is that of the built page, and `plain` of the one in its place where it was not built."""
        built = BUILT / name
        path, self._policy = (built, BUILT_POLICY) if built.is_file() else (PLAIN / plain, PLAIN_POLICY)
        self._text = _told(path, _settings(config, anonymous=anonymous))
        self._etag = f'"{sha256(self._text.encode()).hexdigest()[:32]}"'

    def response(self, request: Request) -> Response:
        headers = {
            "cache-control": "no-cache",
            "content-security-policy": self._policy,
            "etag": self._etag,
            # The address answers programs with JSON.
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
    }


def _told(path: Path, settings: dict[str, bool]) -> str:
    return path.read_text().replace(SETTINGS, SETTINGS.replace('""', f'"{escape(json.dumps(settings))}"'))
