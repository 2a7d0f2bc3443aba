"""Which media types a request is written in and wants its answer in, after the GraphQL over HTTP specification."""

from email.message import Message

from starlette.requests import Request

from gql_server.http.refusals import Refusal

JSON = "application/json"
RESPONSE_JSON = "application/graphql-response+json"
HTML = "text/html"
EVENT_STREAM = "text/event-stream"

UTF_8 = {"", "utf-8", "utf8"}

OPERATION = {"query", "documentId", "extensions"}
"""The parameters that say which operation is meant."""


def answer_type(request: Request) -> str:
    """The media type of the answer: the specification's own where it is asked for by name, JSON otherwise.

    Raises Refusal when the caller accepts neither.
    """
    accepted = accepted_types(request)
    if not request.headers.get("accept", "").strip():
        return JSON
    if RESPONSE_JSON in accepted:
        return RESPONSE_JSON
    if accepted & {JSON, "application/*", "*/*"}:
        return JSON
    types = f"{RESPONSE_JSON} or {JSON}, and subscriptions with {EVENT_STREAM}"
    raise Refusal(406, f"This address answers with {types}: `Accept` has none of them.")


def wants_page(request: Request) -> bool:
    """Whether a browser's address bar asks, and not a program."""
    return request.method == "GET" and not OPERATION & request.query_params.keys() and HTML in accepted_types(request)


def check_content_type(request: Request) -> None:
    """Raises Refusal for a POST that is not JSON in UTF-8."""
    header = request.headers.get("content-type", "")
    if media_type(header) != JSON or _charset(header) not in UTF_8:
        raise Refusal(415, f"A request is sent as `Content-Type: {JSON}`, in UTF-8.")


def media_type(header: str) -> str:
    """A `Content-Type` without its parameters."""
    return header.split(";", maxsplit=1)[0].strip().lower()


def accepted_types(request: Request) -> set[str]:
    """The media types that are accepted, in no order: few callers give weights, and refusing is `q=0`."""
    return set(accepted_in_order(",".join(request.headers.getlist("accept"))))


def prefers_stream(accept: str) -> bool:
    """Whether an event stream is what is asked for, rather than taken beside JSON as by callers that send queries."""
    return accepted_in_order(accept)[:1] == [EVENT_STREAM]


def accepted_in_order(accept: str) -> list[str]:
    """The media types that an `Accept` header has, as they come."""
    accepted: list[str] = []
    for part in accept.split(","):
        type_, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if type_ and not any(_is_zero(parameter) for parameter in parameters):
            accepted.append(type_)
    return accepted


def _is_zero(parameter: str) -> bool:
    name, _, value = parameter.partition("=")
    return name.strip() == "q" and value.strip().strip("0.") == "" and value.strip() != ""


def _charset(header: str) -> str:
    if ";" not in header:
        return ""
    message = Message()
    message["content-type"] = header
    return str(message.get_param("charset", "")).lower()
