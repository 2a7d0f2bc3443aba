"""Bytes as text that says nothing to its reader and needs no escaping in a URL."""

from base64 import b64decode, urlsafe_b64encode


def encode(payload: bytes) -> str:
    return urlsafe_b64encode(payload).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Raises ValueError for what `encode` never makes, so that one text alone stands for each payload."""
    payload = b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if encode(payload) != text:
        raise ValueError(f"{text!r} is not what its payload is encoded as.")
    return payload
