"""Ids and cursors that were changed, and keys that were guessed."""

import asyncio
from base64 import urlsafe_b64decode, urlsafe_b64encode
from random import Random

from harmless import code_of
from httpx import AsyncClient
from surface import CONNECTIONS, NODES
from target import Attack, Target

NODE = "query ($id: ID!) { node(id: $id) { id } }"
CHANGES = 12
KEYS = 1000


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def changed(text: str, random: Random, others: list[str]) -> list[str]:
    """The same base64 with a bit flipped, cut, lengthened, swapped for another's or for nonsense."""
    data = decoded(text)
    flipped: list[str] = []
    for _ in range(CHANGES):
        place, bit = random.randrange(len(data)), random.randrange(8)
        flipped.append(encoded(data[:place] + bytes([data[place] ^ 1 << bit]) + data[place + 1 :]))
    cut = [text[:-1], text[:-2], text[1:], text[: len(text) // 2], encoded(data[:-1]), encoded(data[8:])]
    longer = [text + "A", text * 2, text + "====", encoded(data + data), encoded(bytes(16) + data), text * 1000]
    swapped = [encoded(decoded(other)[:8] + data[8:]) for other in others]
    nonsense = [encoded(random.randbytes(size)) for size in (1, 15, 16, 17, 32, 33, 1000)]
    return [*flipped, *cut, *longer, *swapped, *nonsense, "A" * 900_000, "!" * 40]


async def test_ids(target: Target, attack: Attack) -> None:
    random = Random(1)
    bodies = [id_.partition("_")[2] for id_ in target.ids.values()]
    for name in NODES:
        prefix, _, body = target.ids[name].partition("_")
        assert (await attack(NODE, "admin", id=f"{prefix}_{body}")) == {"data": {"node": {"id": target.ids[name]}}}
        for other in set(changed(body, random, bodies)) - {body}:
            answer = await attack(NODE, "acme", id=f"{prefix}_{other}")
            assert (
                code_of(answer),
                answer["data"]["node"] in (None, *({"id": id_} for id_ in target.ids.values())),
            ) in {
                (None, True),
                ("BAD_REQUEST", True),
            }


async def test_cursors(target: Target, attack: Attack) -> None:
    random = Random(2)
    cursors: dict[str, str] = {}
    for field in CONNECTIONS:
        answer = await attack(field.query(target.ids, "first: 1", selection="edges { cursor }"), "acme")
        cursors[str(field)] = field.value(answer)["edges"][0]["cursor"]
    for field in CONNECTIONS:
        query = field.query(target.ids, "after: $after", "$after: String!", "nodes { id }")
        for cursor in [*random.sample(changed(cursors[str(field)], random, [*cursors.values()]), 8), *cursors.values()]:
            assert code_of(await attack(query, "acme", after=cursor)) in {None, "BAD_REQUEST"}


async def test_a_thousand_keys(target: Target, http: AsyncClient) -> None:
    random = Random(3)
    good = target.keys["acme"]
    keys = [f"{good[:-6]}{random.randbytes(3).hex()}" for _ in range(KEYS)]
    keys += [good[:-1], good + "a", good.upper(), f" {good[1:]}", "a", "a" * 20_000, good[:12], "' OR 1=1 --", "%"]
    answers: set[tuple[int, str]] = set()

    async def guess(number: int) -> None:
        for key in keys[number::20]:
            headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
            response = await http.post("/graphql", content=b'{"query": "{ __typename }"}', headers=headers)
            answers.add((response.status_code, response.text))

    await asyncio.gather(*map(guess, range(20)))
    for scheme in ("Basic", "bearer:", "Digest", "Bearer,"):
        response = await http.post("/graphql", json={}, headers={"authorization": f"{scheme} {good}"})
        answers.add((response.status_code, response.text))
    answers.add(((response := await http.post("/graphql", json={})).status_code, response.text))

    [(status, text)] = answers
    assert (status, code_of(response.json())) == (401, "UNAUTHENTICATED")
    assert good not in text
