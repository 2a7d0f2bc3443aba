"""Trusted documents: the file that has them, and a server that is held to them."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from by_hash import DONE, NOT_FOUND, NOT_SUPPORTED, RESPONSE_JSON, by_hash, hash_of, refusal, send
from conftest import client_of, config_of
from httpx import AsyncClient

from gql_server.app import create_app
from gql_server.config import read_config
from gql_server.db.database import Database
from gql_server.errors import SettingError

NAMES = "query Names { clients { totalCount } }"
NAMED = {"data": {"clients": {"totalCount": 0}}}
OTHER = "{ __typename }"
NOT_TRUSTED = {
    "errors": [
        {
            "message": "This server runs the documents that it was given at its start, and this is none of them.",
            "extensions": {"code": "DOCUMENT_NOT_TRUSTED"},
        }
    ]
}
SHA_1 = "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12"


def apollo(*operations: object, **changes: object) -> dict[str, object]:
    return {
        "format": "apollo-persisted-query-manifest",
        "version": 1,
        "operations": list(operations),
    } | changes


MANIFESTS = {
    "hashes": {hash_of(NAMES): NAMES},
    "prefixed hashes": {f"sha256:{hash_of(NAMES)}": NAMES},
    "ids of another kind": {SHA_1: NAMES},
    "Apollo's": apollo({"id": hash_of(NAMES), "name": "Names", "type": "query", "body": NAMES}),
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "documents.json"


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("only", [False, True], ids=["among others", "alone"])
@pytest.mark.parametrize("manifest", MANIFESTS.values(), ids=MANIFESTS)
async def test_a_trusted_document_runs_by_each_of_its_names(
    manifest: dict[str, Any], only: bool, method: str, file: Path, dsn: str, database: Database
) -> None:
    file.write_text(json.dumps(manifest))
    async with client_of(config_of(dsn, trusted_documents=file, trusted_only=only), database) as http:
        for request in (
            {"query": NAMES},
            {"documentId": f"sha256:{hash_of(NAMES)}"},
            {"documentId": hash_of(NAMES)},
            {"documentId": hash_of(NAMES), "operationName": "Names", "extensions": {"other": 1}},
            by_hash(hash_of(NAMES)),
            by_hash(hash_of(NAMES)) | {"query": NAMES},
        ):
            response = await send(http, method, request)
            assert (response.status_code, response.json()) == (200, NAMED)


@pytest.mark.parametrize("persisted_queries", [False, True])
async def test_an_id_that_is_no_hash(persisted_queries: bool, file: Path, dsn: str, database: Database) -> None:
    file.write_text(json.dumps({SHA_1: NAMES}))
    config = config_of(dsn, trusted_documents=file, trusted_only=True, persisted_queries=persisted_queries)
    async with client_of(config, database) as http:
        for request in ({"documentId": SHA_1}, by_hash(SHA_1), by_hash(SHA_1) | {"query": NAMES}):
            assert (await send(http, "POST", request)).json() == NAMED


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_server_that_is_held_to_them_runs_no_other(
    method: str, file: Path, dsn: str, database: Database
) -> None:
    file.write_text(json.dumps({hash_of(NAMES): NAMES}))
    async with client_of(config_of(dsn, trusted_documents=file, trusted_only=True), database) as http:
        for request in (
            {"query": OTHER},
            {"query": f"{NAMES} "},
            {"query": "{ nope }"},
            {"query": OTHER, "documentId": hash_of(NAMES)},
            {"documentId": "nope"},
            {"documentId": f"sha256:{hash_of(OTHER)}"},
            by_hash(hash_of(OTHER)),
            by_hash(hash_of(OTHER)) | {"query": OTHER},
            by_hash(hash_of(NAMES)) | {"query": OTHER},
            # What was refused is not remembered.
            by_hash(hash_of(OTHER)),
        ):
            response = await send(http, method, request)
            assert (response.status_code, response.json()) == (200, NOT_TRUSTED), request
        assert (await send(http, method, {"query": OTHER}, accept=RESPONSE_JSON)).status_code == 400
        response = await send(http, method, by_hash("0" * 64) | {"query": NAMES})
        assert (response.status_code, response.json()) == (400, refusal("provided sha does not match query"))
        assert (await send(http, method, {})).json() == refusal("The request has no `query`.")


async def test_a_server_that_trusts_runs_others_too(file: Path, dsn: str, database: Database) -> None:
    file.write_text(json.dumps({hash_of(NAMES): NAMES}))
    hashed = by_hash(hash_of(OTHER))
    async with client_of(config_of(dsn, trusted_documents=file), database) as http:
        assert (await send(http, "POST", hashed)).json() == NOT_FOUND
        assert (await send(http, "POST", hashed | {"query": OTHER})).json() == DONE
        assert (await send(http, "POST", {"documentId": f"sha256:{hash_of(OTHER)}"})).json() == DONE
    async with client_of(config_of(dsn, trusted_documents=file, persisted_queries=False), database) as http:
        assert (await send(http, "POST", hashed)).json() == NOT_SUPPORTED
        assert (await send(http, "POST", hashed | {"query": OTHER})).json() == NOT_SUPPORTED
        assert (await send(http, "POST", by_hash(hash_of(NAMES)))).json() == NAMED


@pytest.mark.parametrize("id_", [7, ["a"], {}])
async def test_a_document_id_that_is_no_text(id_: object, http: AsyncClient) -> None:
    response = await send(http, "POST", {"documentId": id_})

    assert (response.status_code, response.json()) == (400, refusal("`documentId` must be a text."))


WRONG = {
    "": "{file} is not JSON: Expecting value: line 1 column 1 (char 0)",
    "{": "{file} is not JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
    "{}": "{file} has no documents",
    json.dumps(apollo()): "{file} has no documents",
    "[]": "in {file}, the whole: input should be a valid dictionary",
    '{"a": 1}': "in {file}, a: input should be a valid string",
    '{"a": ""}': "in {file}, a: string should have at least 1 character",
    json.dumps({"0" * 64: OTHER}): f"in {{file}}, {'0' * 64} is not the SHA-256 hash of its document",
    json.dumps({f"sha256:{hash_of(NAMES)}": OTHER}): (
        f"in {{file}}, sha256:{hash_of(NAMES)} is not the SHA-256 hash of its document"
    ),
    json.dumps(apollo(version=2)): "in {file}, version: input should be 1",
    json.dumps(apollo(operations={})): "in {file}, operations: input should be a valid list",
    json.dumps(apollo({"id": "a", "body": OTHER}, {"id": "b"})): "in {file}, operations.1.body: field required",
    json.dumps(apollo({"id": "a", "body": OTHER}, {"id": "a", "body": NAMES})): "in {file}, a stands for two documents",
}


@pytest.mark.parametrize("content", WRONG)
def test_a_file_that_cannot_be_used_stops_the_start(content: str, file: Path) -> None:
    file.write_text(content)

    with pytest.raises(SettingError) as caught:
        create_app(config_of("postgresql://localhost/x", trusted_documents=file))

    problem = WRONG[content].replace("{file}", str(file))
    assert str(caught.value) == f"GQL_SERVER_TRUSTED_DOCUMENTS is wrong: {problem}."


def test_a_file_that_cannot_be_read_stops_the_start(file: Path) -> None:
    file.write_bytes(b'{"a": "\xff"}')
    for path, problem in (
        (file, f"{file} is not JSON: 'utf-8' codec can't decode byte 0xff in position 7: invalid start byte"),
        (file.parent, f"{file.parent} cannot be read: Is a directory"),
        (file.parent / "none", f"{file.parent / 'none'} cannot be read: No such file or directory"),
    ):
        with pytest.raises(SettingError) as caught:
            create_app(config_of("postgresql://localhost/x", trusted_documents=path))
        assert str(caught.value) == f"GQL_SERVER_TRUSTED_DOCUMENTS is wrong: {problem}."


def test_a_server_can_be_held_to_documents_only_when_it_has_some() -> None:
    with pytest.raises(
        SettingError, match=r"^GQL_SERVER_TRUSTED_ONLY is wrong: it needs GQL_SERVER_TRUSTED_DOCUMENTS\.$"
    ):
        read_config(database_url="postgresql://localhost/x", trusted_only=True)


def test_the_hash_is_of_the_document_in_utf_8(file: Path) -> None:
    document = 'query { projects(search: "Käse") { totalCount } }'
    file.write_text(json.dumps({sha256(document.encode()).hexdigest(): document}))

    create_app(config_of("postgresql://localhost/x", trusted_documents=file))
