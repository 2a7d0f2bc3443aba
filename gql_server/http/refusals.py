"""Requests that are refused before there is an operation."""

from gql_server.errors import Limit

CODES = {401: "UNAUTHENTICATED", 408: "TIMEOUT", 413: "LIMIT_EXCEEDED", 429: "LIMIT_EXCEEDED"}
"""The codes of refusals that are not for a request's form."""


class Refusal(Exception):  # noqa: N818  it is an answer, not a fault
    """Ends a request with this status; `message` is the GraphQL error's."""

    def __init__(
        self, status: int, message: str, headers: dict[str, str] | None = None, *, limit: Limit | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers
        self.limit = limit

    @property
    def extensions(self) -> dict[str, object]:
        code: dict[str, object] = {"code": CODES.get(self.status, "BAD_REQUEST")}
        return {**code, "limit": self.limit.value} if self.limit else code
