"""JSON as requests and answers have it: exact, and nothing that is not JSON."""

import json
from math import isfinite

import orjson

from gql_server.errors import Limit
from gql_server.http.refusals import Refusal


def decode(data: str | bytes) -> object:
    """Raises json.JSONDecodeError for what is no JSON in UTF-8, or neither an object nor a list.

    Raises Refusal for what is nested too deeply to be read.
    """
    try:
        text = data.decode() if isinstance(data, bytes) else data
        # Exact, as orjson is not with whole numbers beyond 64 bits.
        decoded = json.loads(text, parse_constant=_finite, parse_float=_finite)
    except ValueError as error:
        raise json.JSONDecodeError(str(error), "", 0) from None
    except RecursionError:
        raise Refusal(413, "This request is nested too deeply.", limit=Limit.NESTING) from None
    if not isinstance(decoded, dict | list):
        raise json.JSONDecodeError("neither an object nor a list", "", 0)
    return decoded  # pyright: ignore[reportUnknownVariableType]


def encode(data: object) -> bytes:
    return orjson.dumps(data)


def _finite(number: str) -> float:
    value = float(number)
    if not isfinite(value):
        raise ValueError(f"{number} is not a number that can be kept")
    return value
