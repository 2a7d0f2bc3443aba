"""Requests that are no good HTTP, or HTTP of another kind than is meant."""

import gzip

import pytest
from harmless import check_answer, check_text
from target import Target
from wire import exchange, request, statuses

JSON = "content-type: application/json"
CLOSE = "connection: close"
BODY = b'{"query": "{ __typename }"}'
LENGTH = f"content-length: {len(BODY)}"
CHUNKED = "transfer-encoding: chunked"
ANSWER = b'{"data":{"__typename":"Query"}}'
SMUGGLED = b"GET /healthz HTTP/1.1\r\nhost: test\r\n\r\n"
BOMB = gzip.compress(b'{"query": "' + bytes(100_000_000))

FORMS: dict[str, tuple[bytes, list[int]]] = {
    "a length and chunks": (request(JSON, LENGTH, CHUNKED, body=BODY), [400]),
    "chunks, and more in the length": (
        request(JSON, "content-length: 4", CHUNKED, body=b"0\r\n\r\n" + SMUGGLED),
        [400],
    ),
    "chunks of another kind": (request(JSON, "transfer-encoding: xchunked", body=b"0\r\n\r\n" + SMUGGLED), [400]),
    "chunks, spelt with a space": (request(JSON, "transfer-encoding : chunked", body=b"0\r\n\r\n" + SMUGGLED), [400]),
    "chunks twice": (request(JSON, CHUNKED, "transfer-encoding: identity", body=b"0\r\n\r\n" + SMUGGLED), [400]),
    "a chunk of no number": (request(JSON, CHUNKED, body=b"zz\r\na\r\n0\r\n\r\n"), [400]),
    "a chunk of less than nothing": (request(JSON, CHUNKED, body=b"-1\r\na\r\n0\r\n\r\n"), [400]),
    "a chunk without end": (request(JSON, CHUNKED, body=b"f" * 17 + b"\r\na\r\n0\r\n\r\n"), [400]),
    "two lengths": (request(JSON, LENGTH, "content-length: 3", body=BODY), [400]),
    "a length below nothing": (request(JSON, "content-length: -1", body=BODY), [400]),
    "a length of no number": (request(JSON, "content-length: +27", body=BODY), [400]),
    "a length beyond all": (request(JSON, "content-length: " + "9" * 30, body=BODY), [400]),
    "a length that is too short": (request(JSON, "content-length: 5", body=BODY), [400]),
    "HTTP/1.0": (request(JSON, LENGTH, body=BODY, version="1.0"), [401]),
    "HTTP/2 without a word": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [400]),
    "HTTP/9.9": (request(JSON, LENGTH, body=BODY, version="9.9"), [400]),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500), [400]),
    "all bytes": (bytes(range(256)) * 100, [400]),
    "a line feed in a header": (request(JSON, "x-request-id: a\nset-cookie: a=b", LENGTH, body=BODY), [400]),
    "a carriage return in a header": (request(JSON, "x-request-id: a\rset-cookie: a=b", LENGTH, body=BODY), [400]),
    "NUL in a header": (request(JSON, "x-request-id: a\0b", LENGTH, body=BODY), [400]),
    "a header that is folded": (request(JSON, "x-a: a\r\n b", LENGTH, CLOSE, body=BODY), [400]),
    "1,000 headers": (request(JSON, LENGTH, *(f"x-{n}: 1" for n in range(1000)), body=BODY), [400]),
    "a header of 100 kB": (request(JSON, "x-a: " + "a" * 100_000, LENGTH, body=BODY), [400]),
    "an address of 100 kB": (request(method="GET", path="/graphql?query=" + "a" * 100_000), [400]),
    "a key of 50 kB": (request(JSON, "authorization: Bearer " + "a" * 50_000, LENGTH, CLOSE, body=BODY), [401]),
    "two keys": (request(JSON, "authorization: Bearer a", "authorization: Bearer b", CLOSE, LENGTH, body=BODY), [401]),
    "a type in other letters": (request("content-type: \xe4\xf6", LENGTH, CLOSE, body=BODY), [415]),
    "many types to answer with": (request(JSON, "accept: " + "a/b;q=0.1," * 5000, LENGTH, CLOSE, body=BODY), [406]),
    "a multipart form": (request("content-type: multipart/form-data; boundary=a", LENGTH, CLOSE, body=BODY), [415]),
    "another protocol": (request(JSON, LENGTH, "upgrade: h2c", "connection: upgrade, close", body=BODY), [401]),
}
"""Requests without a key, and the statuses of what is answered."""

METHODS = {"PUT": 405, "DELETE": 405, "PATCH": 405, "TRACE": 405, "PROPFIND": 405, "HEAD": 405, "OPTIONS": 405}
NO_METHODS = {"BREW": 400, "post": 400, "POST\0": 400, "A" * 1000: 400}

PATHS = {
    "/../../etc/passwd": 404,
    "/%2e%2e/%2e%2e/etc/passwd": 404,
    "/..%5c..%5cwindows": 404,
    "/graphql/../graphql": 404,
    "//graphql": 404,
    "/graphql%00": 404,
    "/%ff": 404,
    "/\xff": 400,
    "*": 404,
    "/.git/config": 404,
    "/docs": 404,
    "/graphql?query=%zz": 200,
    "/graphql?query=%ff%fe": 200,
    "/graphql?query=%c0%ae%00": 200,
    "/graphql?query=%ed%a0%80": 200,
    "/graphql?query={__typename}&variables=%7b%22a%22:%22%ed%a0%80%22%7d": 200,
    "/graphql?variables=%ff": 400,
    "/graphql?query={__typename}&operationName=%ed%a0%80": 400,
    "/graphql?query={__typename}&extensions=[": 400,
    "/graphql?" + "a=b&" * 10_000: 400,
}


async def test_requests_of_another_form(target: Target) -> None:
    answers = {what: await exchange(target.port, sent) for what, (sent, _) in FORMS.items()}

    assert {what: statuses(answer) for what, answer in answers.items()} == {
        what: found for what, (_, found) in FORMS.items()
    }
    for answer in answers.values():
        assert b"set-cookie" not in answer
        check_text(answer.decode())


async def test_a_header_of_50_mb_stops_nobody(target: Target) -> None:
    assert statuses(await exchange(target.port, request("x-a: " + "a" * 50_000_000))) in ([], [400])
    assert statuses(await exchange(target.port, request(method="GET", path="/" + "a" * 50_000_000))) in ([], [400])


async def test_a_body_that_is_too_large_is_told_so(target: Target) -> None:
    key = f"authorization: Bearer {target.keys['admin']}"
    announced = await exchange(
        target.port, request(key, JSON, "content-length: 10000000", body=bytes(10_000_000)), quiet=1
    )
    chunk = b"100000\r\n" + bytes(0x100000) + b"\r\n"
    in_chunks = await exchange(target.port, request(key, JSON, CHUNKED, body=chunk * 10 + b"0\r\n\r\n"), quiet=1)

    for answer in (announced, in_chunks):
        assert statuses(answer) == [413]
        assert check_answer(answer.partition(b"\r\n\r\n")[2].decode())["errors"][0]["extensions"] == {
            "code": "LIMIT_EXCEEDED",
            "limit": "BODY",
        }


async def test_what_is_compressed_is_not_read(target: Target) -> None:
    head = (f"authorization: Bearer {target.keys['admin']}", JSON, f"content-length: {len(BOMB)}", CLOSE)

    answer = await exchange(target.port, request(*head, "content-encoding: gzip", body=BOMB))

    assert statuses(answer) == [400]


@pytest.mark.parametrize("version", ["1.1", "1.0"])
async def test_requests_one_after_the_other_without_waiting(version: str, target: Target) -> None:
    head = (f"authorization: Bearer {target.keys['admin']}", JSON, LENGTH)
    sent = request(*head, body=BODY, version=version) * 50 + request(*head, CLOSE, body=BODY, version=version)

    answer = await exchange(target.port, sent)

    expected = 51 if version == "1.1" else 1
    assert (statuses(answer), answer.count(ANSWER)) == ([200] * expected, expected)


async def test_a_body_that_is_waited_for(target: Target) -> None:
    head = (f"authorization: Bearer {target.keys['admin']}", JSON, "expect: 100-continue", CLOSE)

    small = await exchange(target.port, request(*head, LENGTH, body=BODY))
    large = await exchange(target.port, request(*head, "content-length: 10000000"))

    assert small.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 ")
    assert (statuses(large), b"connection: close" in large) == ([413], True)


async def test_other_methods(target: Target) -> None:
    for method, status in (METHODS | NO_METHODS).items():
        answer = await exchange(target.port, request(JSON, LENGTH, CLOSE, body=BODY, method=method))

        assert statuses(answer) == [status], method
        check_text(answer.decode())


async def test_addresses_that_lead_nowhere(target: Target) -> None:
    head = (f"authorization: Bearer {target.keys['acme']}", "apollo-require-preflight: 1", CLOSE)
    for path, status in PATHS.items():
        answer = await exchange(target.port, request(*head, method="GET", path=path))

        assert statuses(answer) == [status], path
        check_text(answer.decode(), path)


async def test_an_id_of_a_request_cannot_write_headers_or_log_lines(target: Target) -> None:
    for id_ in ("a" * 65, "a b", "a%0d%0aset-cookie:a", "\u00e4", '"', "${jndi:ldap://a}"):
        answer = await exchange(target.port, request(JSON, LENGTH, CLOSE, f"x-request-id: {id_}", body=BODY))

        assert statuses(answer) == [401]
        assert f"x-request-id: {id_}".encode("latin-1") not in answer
