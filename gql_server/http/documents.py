"""Which document a request means: its own, one that was sent before, or one that the server knew from its start."""

from collections.abc import Mapping

from cachetools import LRUCache

from gql_server.config import Config
from gql_server.errors import (
    BadRequestError,
    DocumentNotTrustedError,
    PersistedQueryNotFoundError,
    PersistedQueryNotSupportedError,
)
from gql_server.http.manifest import read_manifest, sha256_hex

DOCUMENTS = 1000
LENGTH = 20_000
"""Characters of a document that is remembered; a longer one is run, and sent again the next time."""


class Documents:
    """Automatic persisted queries by Apollo's protocol, and trusted documents."""

    def __init__(self, config: Config) -> None:
        """Raises SettingError for a file of trusted documents that cannot be used."""
        manifest = read_manifest(config.trusted_documents) if config.trusted_documents else {}
        # Whatever its id, a document answers to its hash, too.
        self._trusted = {sha256_hex(text): text for text in manifest.values()} | manifest
        self._trusted_texts = frozenset(manifest.values())
        self._trusted_only = config.trusted_only
        self._automatic = config.persisted_queries
        self._sent: LRUCache[str, str] = LRUCache(DOCUMENTS)

    def text_of(self, query: str | None, extensions: Mapping[str, object] | None, document_id: object) -> str | None:
        """The document to run, or None where a request names none; `document_id` counts where there is no query.

        Raises BadRequestError, PersistedQueryNotFoundError, PersistedQueryNotSupportedError or DocumentNotTrustedError.
        """
        id_ = self._id(query, extensions or {}, document_id)
        if not query:
            return query if id_ is None else self._found(id_)
        if self._trusted_only and query not in self._trusted_texts:
            raise DocumentNotTrustedError
        if id_ is not None and self._trusted.get(id_) != query:
            self._remember(id_, query)
        return query

    def _id(self, query: str | None, extensions: Mapping[str, object], document_id: object) -> str | None:
        persisted = extensions.get("persistedQuery")
        if persisted is not None:
            if not self._automatic and not self._trusted:
                raise PersistedQueryNotSupportedError
            return _apollo_id(persisted)
        if query or document_id is None:
            return None
        if not isinstance(document_id, str):
            raise BadRequestError("`documentId` must be a text.")
        return document_id.removeprefix("sha256:")

    def _found(self, id_: str) -> str:
        text = self._trusted.get(id_) or self._sent.get(id_)
        if text is not None:
            return text
        if self._trusted_only:
            raise DocumentNotTrustedError
        raise PersistedQueryNotFoundError if self._automatic else PersistedQueryNotSupportedError

    def _remember(self, id_: str, query: str) -> None:
        if not self._automatic:
            raise PersistedQueryNotSupportedError
        if sha256_hex(query) != id_:
            # Apollo's words, as all sentences of this protocol: its clients compare them.
            raise BadRequestError("provided sha does not match query")
        # Before it is known to be valid: an invalid one is refused each time, and pushes out no more than a valid one.
        if len(query) <= LENGTH:
            self._sent[id_] = query


def _apollo_id(persisted: object) -> str:
    match persisted:
        case {"version": 1, "sha256Hash": str(id_)}:
            return id_
        case {"version": 1}:
            raise BadRequestError("`extensions.persistedQuery.sha256Hash` must be a text.")
        case _:
            raise BadRequestError("Unsupported persisted query version")
