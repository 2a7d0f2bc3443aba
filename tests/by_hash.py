"""Requests that name their document by its hash, and what they are answered with."""

import json
from hashlib import sha256
from typing import Any

from httpx import AsyncClient, Response

TYPENAME = "{ __typename }"
RESPONSE_JSON = "application/graphql-response+json"
DONE = {"data": {"__typename": "Query"}}
NOT_FOUND = {"errors": [{"message": "PersistedQueryNotFound", "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"}}]}
NOT_SUPPORTED = {
    "errors": [{"message": "PersistedQueryNotSupported", "extensions": {"code": "PERSISTED_QUERY_NOT_SUPPORTED"}}]
}


def hash_of(document: str) -> str:
    return sha256(document.encode()).hexdigest()


def by_hash(id_: object, version: object = 1) -> dict[str, Any]:
    return {"extensions": {"persistedQuery": {"version": version, "sha256Hash": id_}}}


def refusal(message: str) -> dict[str, Any]:
    return {"errors": [{"message": message, "extensions": {"code": "BAD_REQUEST"}}]}


async def send(http: AsyncClient, method: str, request: dict[str, Any], **headers: str) -> Response:
    if method == "POST":
        return await http.post("/graphql", json=request, headers=headers)
    parameters = {name: value if isinstance(value, str) else json.dumps(value) for name, value in request.items()}
    return await http.get("/graphql", params=parameters, headers={"apollo-require-preflight": "1", **headers})
