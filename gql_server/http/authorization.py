"""Who sends a request: the key in its `Authorization` header."""

from starlette.requests import HTTPConnection

from gql_server.http.refusals import Refusal
from gql_server.services.authentication import Authenticator, Viewer

SCHEME = "bearer"


async def authenticate(connection: HTTPConnection) -> Viewer:
    """Raises Refusal when there is no key, or one that is nobody's: the same, so that nothing is learned by trying."""
    authenticator: Authenticator = connection.app.state.authenticator
    viewer = await authenticator.viewer(_key(connection))
    if viewer is None:
        message = "This request needs a key that is good: send it as `Authorization: Bearer gqls_…`."
        raise Refusal(401, message, {"www-authenticate": "Bearer"})
    return viewer


def _key(connection: HTTPConnection) -> str | None:
    """None without the header; what is no key at all is one that is nobody's."""
    headers = connection.headers.getlist("authorization")
    if not headers:
        return None
    scheme, _, key = headers[0].partition(" ")
    return key.strip() if scheme.lower() == SCHEME and len(headers) == 1 else ""
