"""Who sends a request: the key in its `Authorization` header."""

from collections.abc import Sequence
from functools import partial

from starlette.requests import HTTPConnection

from gql_server.context import Resources
from gql_server.http.refusals import Refusal
from gql_server.services.authentication import Authenticator

SCHEME = "bearer"


async def authorize(connection: HTTPConnection, authorizations: Sequence[str] | None = None) -> Resources:
    """What the operations of a connection are run with; `authorizations` stand in for its own headers.

    Raises Refusal when there is no key, or one that is nobody's: the same, so that nothing is learned by trying.
    """
    state = connection.app.state
    if authorizations is None:
        # Bytes of UTF-8, which the server has taken for Latin-1 as it does with all headers.
        given = connection.headers.getlist("authorization")
        authorizations = [value.encode("latin-1").decode(errors="replace") for value in given]
    authenticator: Authenticator = state.authenticator
    viewer_now = partial(authenticator.viewer, _key(authorizations))
    viewer = await viewer_now()
    if viewer is None:
        message = "This request needs a key that is good: send it as `Authorization: Bearer gqls_…`."
        raise Refusal(401, message, {"www-authenticate": "Bearer"})
    return Resources(state.config, state.database, state.changes, state.models, viewer, viewer_now)


def _key(authorizations: Sequence[str]) -> str | None:
    """None where there is nothing; what is no key at all is one that is nobody's."""
    if not authorizations:
        return None
    scheme, _, key = authorizations[0].partition(" ")
    return key.strip(" \t") if scheme.lower() == SCHEME and len(authorizations) == 1 else ""
