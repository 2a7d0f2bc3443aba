"""Reads the file of trusted documents, as the build of a client writes it."""

import json
import re
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from gql_server.config import PREFIX
from gql_server.errors import SettingError

SHA256_HEX = re.compile(r"[0-9a-f]{64}")

NonEmpty = Annotated[str, Field(min_length=1)]


class ApolloOperation(BaseModel):
    id: NonEmpty
    body: NonEmpty


class ApolloManifest(BaseModel):
    """What Apollo's `generate-persisted-query-manifest` writes."""

    version: Literal[1]
    operations: list[ApolloOperation]


PLAIN = TypeAdapter(dict[NonEmpty, NonEmpty])
"""What GraphQL Code Generator's client preset writes: hash to document."""


def sha256_hex(document: str) -> str:
    # JSON can have half of a surrogate pair, which is no UTF-8; no client's hash is of that.
    return sha256(document.encode(errors="surrogatepass")).hexdigest()


def read_manifest(path: Path) -> dict[str, str]:
    """The documents by their ids. Raises SettingError naming the file and the entry at fault."""
    try:
        entries = _entries(json.loads(path.read_bytes()))
    except OSError as error:
        raise _wrong(f"{path} cannot be read: {error.strerror}") from None
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in problem["loc"] if part != "[key]") or "the whole"
        raise _wrong(f"in {path}, {where}: {problem['msg'][0].lower()}{problem['msg'][1:]}") from None
    except (ValueError, RecursionError) as error:
        raise _wrong(f"{path} is not JSON: {error}") from None
    if not entries:
        raise _wrong(f"{path} has no documents")
    return _by_id(entries, path)


def _entries(content: object) -> list[tuple[str, str]]:
    match content:
        case {"format": "apollo-persisted-query-manifest"}:
            return [(operation.id, operation.body) for operation in ApolloManifest.model_validate(content).operations]
        case _:
            return list(PLAIN.validate_python(content).items())


def _by_id(entries: list[tuple[str, str]], path: Path) -> dict[str, str]:
    documents: dict[str, str] = {}
    for id_, document in entries:
        bare = id_.removeprefix("sha256:")
        if SHA256_HEX.fullmatch(bare) and sha256_hex(document) != bare:
            raise _wrong(f"in {path}, {id_} is not the SHA-256 hash of its document")
        if documents.setdefault(bare, document) != document:
            raise _wrong(f"in {path}, {id_} stands for two documents")
    return documents


def _wrong(problem: str) -> SettingError:
    return SettingError(f"{PREFIX}TRUSTED_DOCUMENTS is wrong: {problem}.")
