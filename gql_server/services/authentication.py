"""Whose key a request has, and so what it may do."""

import asyncio
from dataclasses import dataclass
from hmac import compare_digest
from uuid import UUID

from cachetools import TTLCache

from gql_server.config import Config
from gql_server.db.database import Database
from gql_server.db.roles import ADMIN, Role, client_role
from gql_server.db.tables.clients import select_id_by_key
from gql_server.services.keys import digest

REMEMBERED_KEYS = 10_000


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks: the client with this id, or the administrator."""

    client_id: UUID | None = None

    @property
    def role(self) -> Role:
        return ADMIN if self.client_id is None else client_role(self.client_id)

    @property
    def caller(self) -> str:
        """What tells viewers apart where something of theirs is counted."""
        return "admin" if self.client_id is None else self.client_id.hex


ADMINISTRATOR = Viewer()


class Authenticator:
    """Knows whose a key is.

    The answer is remembered for `key_cache_seconds`, so that a key which was revoked stops working within that time.
    """

    def __init__(self, config: Config, database: Database, *, allow_anonymous: bool = False) -> None:
        self._database = database
        self._admin_digests = [digest(key.get_secret_value()) for key in config.admin_keys]
        self._anonymous = ADMINISTRATOR if allow_anonymous else None
        self._lookups: TTLCache[str, asyncio.Task[Viewer | None]] = TTLCache(REMEMBERED_KEYS, config.key_cache_seconds)

    async def viewer(self, key: str | None) -> Viewer | None:
        """Whose key it is; None when it is nobody's. Raises UnavailableError when that cannot be found out now."""
        if key is None:
            return self._anonymous
        digested = digest(key)
        if any(compare_digest(digested, admin) for admin in self._admin_digests):
            return ADMINISTRATOR
        lookup = self._lookups.get(digested)
        if lookup is None:
            lookup = self._lookups[digested] = asyncio.create_task(self._look_up(digested))
        # Whoever asks for the same key meanwhile waits for the same answer, also when the first one goes away.
        return await asyncio.shield(lookup)

    async def _look_up(self, digested: str) -> Viewer | None:
        try:
            client_id = await select_id_by_key(self._database, digested)
        except BaseException:
            self._lookups.pop(digested, None)
            raise
        return None if client_id is None else Viewer(client_id)
