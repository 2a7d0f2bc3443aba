"""The migrations that this code brings, and what a schema has of them."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, LiteralString, NamedTuple, TypeAlias, cast

Kind: TypeAlias = Literal["public", "project"]

FILE_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")


class Applied(NamedTuple):
    """A line of a schema's ledger."""

    version: int
    name: str
    checksum: str


@dataclass(frozen=True, slots=True)
class Migration:
    """One file of `sql/`; `checksum` is the SHA-256 of its text, so that a file changed later is found out."""

    version: int
    name: str
    sql: LiteralString
    checksum: str


class MigrationRefusedError(Exception):
    """A schema that must not be migrated by this code; the message ends a sentence that names the schema."""


@cache
def migrations(kind: Kind) -> Sequence[Migration]:
    """The migrations of the shared schema or of every project's, from 1 without a gap."""
    found = [_read(path) for path in sorted(_directory(kind).glob("*.sql"))]
    if [migration.version for migration in found] != list(range(1, len(found) + 1)) or not found:
        raise RuntimeError(f"The files in sql/{kind} are not numbered from 0001 without gaps.")
    return found


def latest_version(kind: Kind) -> int:
    return migrations(kind)[-1].version


def pending(kind: Kind, applied: Sequence[Applied]) -> Sequence[Migration]:
    """What a schema lacks. Raises MigrationRefusedError when it is newer than this code or has other files."""
    known = migrations(kind)
    if len(applied) > len(known):
        raise MigrationRefusedError(
            f"is at version {applied[-1].version}, newer than this gql-server, which knows {known[-1].version}: "
            f"use the gql-server that migrated it, or a newer one"
        )
    for line, migration in zip(applied, known, strict=False):
        if (line.version, line.checksum) != (migration.version, migration.checksum):
            raise MigrationRefusedError(
                f"has had {line.name} applied, and sql/{kind}/{migration.name} is not that file any more: "
                f"restore the file, and put what is new into a migration of its own"
            )
    return known[len(applied) :]


def _read(path: Path) -> Migration:
    match = FILE_NAME.fullmatch(path.name)
    if match is None:
        raise RuntimeError(f"sql/{path.parent.name}/{path.name} is not named like 0001_create_things.sql.")
    text = path.read_text(encoding="utf-8")
    checksum = hashlib.sha256(text.encode()).hexdigest()
    # The text comes with the code, never from a caller.
    return Migration(int(match[1]), path.name, cast("LiteralString", text), checksum)


def _directory(kind: Kind) -> Path:
    """The folder of migrations: inside the package in a wheel, beside it in a checkout."""
    package = Path(__file__).parent.parent
    installed = package / "sql" / kind
    return installed if installed.is_dir() else package.parent / "sql" / kind
