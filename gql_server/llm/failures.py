"""What the library says of a failed call, as errors of ours with sentences that an API's user may read."""

import re
from typing import Any, cast

from httpx2 import HTTPError
from pydantic_ai.exceptions import (
    ModelAPIError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelHTTPError,
    ModelOverloadedError,
    ModelQuotaExceededError,
    ModelRateLimitError,
    ModelRequestRejectedError,
    ModelRequestTimeout,
    ModelTimeoutError,
    UnexpectedModelBehavior,
    UserError,
)
from pydantic_ai.messages import ModelResponse

from gql_server.llm.catalogue import NamedModel
from gql_server.llm.exchange import (
    MESSAGE_LIMIT,
    ModelError,
    ProviderError,
    RateLimitedError,
    RefusedError,
    TimedOutError,
    TokenUsage,
)

NOTHING = TokenUsage(0, 0, {})

SECRETS = re.compile(r"//[^/@\s]+@|\b[sp]k-[\w*.-]+|\bBearer\s+\S+", re.IGNORECASE)


def failed(named: NamedModel, error: Exception, usage: TokenUsage | None) -> ModelError:
    translated = _translated(named, error)
    translated.usage = NOTHING if _was_not_sent(error) else usage
    return translated


def _translated(named: NamedModel, error: Exception) -> ModelError:
    match error:
        case ModelRequestTimeout() | TimeoutError():
            return timed_out(named)
        case ModelTimeoutError() if error.phase != "connect":
            return timed_out(named)
        case ModelRateLimitError() | ModelOverloadedError():
            said = _said(named, error)
            return RateLimitedError(f"The provider of model {named.name!r} is too busy{said}.", error.retry_after)
        case ModelConnectionError() | HTTPError():
            return cut(named) if _has_begun(error) else unreachable(named)
        case ModelAPIError():
            return _refused(named, error)
        case UserError():
            return ProviderError(f"Model {named.name!r} cannot be asked this{_quoted(named, error.message)}.")
        case UnexpectedModelBehavior():
            return cut(named)
        case _:
            message = f"The provider of model {named.name!r} sent something that is no answer."
            return ProviderError(message, is_transient=True)


def end_of(named: NamedModel, response: ModelResponse, usage: TokenUsage | None) -> ModelError | None:
    """What is wrong with a response that has ended, when it is no answer."""
    details = response.provider_details or {}
    match response.finish_reason:
        case "content_filter":
            return RefusedError(_declined(named, details.get("refusal")), usage=usage)
        case "error":
            return ProviderError(f"Model {named.name!r} failed.", is_transient=True, usage=usage)
        case _ if "finish_reason" not in details:
            # The library takes a stream of chat completions without its end for a whole one.
            return cut(named, usage)
        case _:
            return None


def _declined(named: NamedModel, reason: object) -> str:
    said = _quoted(named, reason if isinstance(reason, str) else None)
    return f"Model {named.name!r} declined to answer{said}."


def timed_out(named: NamedModel, usage: TokenUsage | None = None) -> TimedOutError:
    return TimedOutError(f"Model {named.name!r} took longer than {named.timeout_seconds:g} seconds.", usage=usage)


def cut(named: NamedModel, usage: TokenUsage | None = None) -> ProviderError:
    return ProviderError(f"The answer of model {named.name!r} broke off.", is_transient=True, usage=usage)


def unreachable(named: NamedModel) -> ProviderError:
    return ProviderError(f"The provider of model {named.name!r} cannot be reached.", is_transient=True)


def _was_not_sent(error: Exception) -> bool:
    return isinstance(error, ModelConnectionError) and error.phase in {"pool", "connect"}


def _has_begun(error: Exception) -> bool:
    return isinstance(error, ModelConnectionError) and error.phase == "read"


def _refused(named: NamedModel, error: ModelAPIError) -> ProviderError:
    status_code = error.status_code if isinstance(error, ModelHTTPError) else None
    if isinstance(error, ModelAuthenticationError):
        # Its words may have a part of the key.
        return ProviderError(f"The provider of model {named.name!r} refused the key.", status_code=status_code)
    is_final = isinstance(error, ModelRequestRejectedError | ModelQuotaExceededError)
    if status_code is None:
        is_transient = not is_final
    else:
        is_transient = not is_final and (status_code >= 500 or status_code in {408, 409, 425})
    status = "" if status_code is None else f" with status {status_code}"
    message = f"The provider of model {named.name!r} failed{status}{_said(named, error)}."
    return ProviderError(message, status_code=status_code, is_transient=is_transient)


def _said(named: NamedModel, error: ModelAPIError) -> str:
    message = _message(error.body) if error.body is not None else None
    if message is None and not isinstance(error, ModelHTTPError):
        message = error.message
    return _quoted(named, message)


def _message(body: object) -> str | None:
    """What an error's body says, in the shapes that OpenAI's and Anthropic's have."""
    while isinstance(body, dict):
        found = cast("dict[str, Any]", body)
        body = found.get("message", found.get("error", found.get("detail")))
    return body if isinstance(body, str) and not body.lstrip().startswith("<") else None


def _quoted(named: NamedModel, message: str | None) -> str:
    said = _quotable(named, message or "")
    return f": {said}" if said else ""


def _quotable(named: NamedModel, message: str) -> str:
    """A provider's words on one line, without keys and not at any length."""
    if named.key is not None:
        message = message.replace(named.key.get_secret_value(), "…")
    line = " ".join(SECRETS.sub("…", message).split()).rstrip(".")
    return line if len(line) <= MESSAGE_LIMIT else line[: MESSAGE_LIMIT - 1] + "…"
