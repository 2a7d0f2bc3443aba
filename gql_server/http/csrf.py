"""Refuses what a page of any site could have a visitor's browser send, as Apollo Server does."""

from starlette.requests import Request

from gql_server.http.negotiation import JSON, media_type
from gql_server.http.refusals import Refusal

HEADERS = ("X-Apollo-Operation-Name", "Apollo-Require-Preflight")


def check_preflighted(request: Request) -> None:
    """Raises Refusal for a request that a browser may send for a page of another site without asking the server first.

    What makes it ask is a header that no form or link can have.
    """
    headers = request.headers
    # Not just any type that forces a preflight: GHSA-9q82-xgwf-vj6h is about a browser that forgot some.
    if media_type(headers.get("content-type", "")) == JSON or any(headers.get(name) for name in HEADERS):
        return
    # A page's `Authorization` forces one, too. Of the kinds that a browser adds by itself, as Basic, none is Bearer.
    if headers.get("authorization", "").lower().startswith("bearer "):
        return
    raise Refusal(
        400,
        f"Another site's page could have sent this: send `Content-Type: {JSON}`, `Authorization: Bearer …`, "
        f"or one of `{HEADERS[0]}` and `{HEADERS[1]}` with any value.",
    )
