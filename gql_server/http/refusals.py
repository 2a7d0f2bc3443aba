"""Requests that are refused before there is an operation."""

CODES = {401: "UNAUTHENTICATED", 408: "TIMEOUT", 413: "LIMIT_EXCEEDED", 429: "LIMIT_EXCEEDED"}
"""The codes of refusals that are not for a request's form."""


class Refusal(Exception):  # noqa: N818  it is an answer, not a fault
    """Ends a request with this status; `message` is the GraphQL error's."""

    def __init__(self, status: int, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers

    @property
    def code(self) -> str:
        return CODES.get(self.status, "BAD_REQUEST")
