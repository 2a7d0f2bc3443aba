"""Bytes as text that says nothing to its reader and needs no escaping in a URL."""

from base64 import b64decode
from binascii import b2a_base64

URL_SAFE = bytes.maketrans(b"+/", b"-_")


def encode(payload: bytes) -> str:
    return b2a_base64(payload, newline=False).translate(URL_SAFE, b"=").decode()


def decode(text: str) -> bytes:
    """Raises ValueError for what `encode` never makes, so that one text alone stands for each payload."""
    payload = b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if encode(payload) != text:
        raise ValueError(f"{text!r} is not what its payload is encoded as.")
    return payload
