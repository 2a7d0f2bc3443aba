"""The PostgreSQL roles that statements run under; `sql/public/0008_create_roles.sql` makes them."""

from dataclasses import dataclass
from typing import LiteralString, cast
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Role:
    """A role of this database, which PostgreSQL holds to its rights whatever is asked for; `id` is a client's."""

    kind: LiteralString
    id: UUID | None = None

    def name(self, database_oid: int) -> LiteralString:
        """The twin of the SQL function `public.role_name`."""
        name = f"gqls_{database_oid}_{self.kind}"
        # Digits, and a UUID's hexadecimal ones: nothing in the name needs escaping.
        return cast("LiteralString", name if self.id is None else f"{name}_{self.id.hex}")


ADMIN = Role("admin")
SERVER = Role("server")


def client_role(client_id: UUID) -> Role:
    return Role("client", client_id)
