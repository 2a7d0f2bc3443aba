"""Which pages of other sites may read the answers."""

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from gql_server.http import csrf, request_id

DAY = 86_400


def cors(origins: tuple[str, ...]) -> list[Middleware]:
    """The middleware that lets pages of these origins in; none for no origins, when browsers keep all of them out."""
    if not origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=("GET", "POST"),
            allow_headers=("Authorization", "Content-Type", *csrf.HEADERS, request_id.HEADER),
            expose_headers=(request_id.HEADER, "Retry-After"),
            max_age=DAY,
        )
    ]
