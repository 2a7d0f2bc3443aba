"""API keys: made at random, shown once, and kept as digests."""

import hashlib
import secrets
from typing import NamedTuple


class Key(NamedTuple):
    """A new key. `prefix` is the part of `text` that may be shown again, to tell keys apart."""

    text: str
    prefix: str

    @property
    def digest(self) -> str:
        return digest(self.text)


def generate() -> Key:
    """A key with 256 bits that nobody knows behind a prefix that everybody may."""
    prefix = f"gqls_{secrets.token_hex(4)}"
    return Key(f"{prefix}_{secrets.token_hex(32)}", prefix)


def digest(key: str) -> str:
    """What the database has of a key."""
    return f"sha256:{hashlib.sha256(key.encode(errors='surrogatepass')).hexdigest()}"
