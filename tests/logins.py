"""Who logs in to the tests' databases, and the administrator's key."""

from gql_server.db.logins import LOGIN

ADMIN_KEY = "the-key-of-the-administrator-in-tests"


def bearing(key: str) -> dict[str, str]:
    """The headers of a request with this key."""
    return {"authorization": f"Bearer {key}"}


AUTHORIZATION = bearing(ADMIN_KEY)
"""The headers of a request of the administrator's."""


def as_login(dsn: str) -> str:
    """The address of the same database for a server, rather than for the cluster's superuser."""
    return dsn.replace("//postgres@", f"//{LOGIN}@")
