"""Texts of the formats that JSON Schema names."""

from collections.abc import Iterator

from gql_server.llm.sampling.dice import Dice
from gql_server.llm.sampling.place import Place

VARIANTS = 40
"""Texts of one format that are tried."""

TEMPLATES = {
    "date": ("2025-{month:02}-{day:02}",),
    "date-time": ("2025-{month:02}-{day:02}T{hour:02}:{minute:02}:00Z",),
    "time": ("{hour:02}:{minute:02}:00Z",),
    "duration": ("P{day}D", "PT{minute}M", "P{day}DT{hour}H{minute}M"),
    "email": ("sample{n}@example.com", "sample.{n}@sample.example.org", "s{n}@a.co"),
    "idn-email": ("sample{n}@example.com",),
    "hostname": ("sample{n}.example.com", "sample{n}", "s{n}"),
    "idn-hostname": ("sample{n}.example.com", "sample{n}"),
    "ipv4": ("192.0.2.{n}", "198.51.100.{n}"),
    "ipv6": ("2001:db8::{n}",),
    "uri": ("https://example.com/sample/{n}", "urn:sample:{n}", "http://example.com/{n}", "a:{n}"),
    "uri-reference": ("https://example.com/sample/{n}", "/sample/{n}", "sample{n}"),
    "iri": ("https://example.com/sample/{n}",),
    "iri-reference": ("https://example.com/sample/{n}", "sample{n}"),
    "uri-template": ("https://example.com/sample/{{id}}/{n}", "sample{n}"),
    "uuid": ("00000000-0000-4000-8000-{n:012}", "{n:08x}-5a3b-4c1d-9e2f-{day:012x}"),
    "json-pointer": ("/sample/{n}",),
    "relative-json-pointer": ("{n}/sample",),
    "regex": ("^sample{n}$", "s{n}"),
}


def formatted(name: str, dice: Dice, place: Place) -> Iterator[str]:
    """Texts of a format, no two the same; none for a format that is not one of the standard's."""
    chosen = dice.below(200, name, place.purpose)
    for template in TEMPLATES.get(name, ()):
        for offset in range(VARIANTS):
            n = (chosen + offset) % 250 + 1
            yield template.format(n=n, day=n % 28 + 1, month=n % 12 + 1, hour=n % 24, minute=n % 59 + 1)
