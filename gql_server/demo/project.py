"""What one demo project is called, what it is about and when it lived."""

import datetime as dt
import random
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from gql_server.demo.identity import demo_id, midnight, moment, seeded
from gql_server.demo.subject import SUBJECTS, Subject, read_subject

Status = Literal["active", "archived"]


@dataclass(frozen=True, slots=True)
class Plan:
    """Projects are numbered from 1; nothing happens in one after `end`."""

    number: int
    subject: Subject
    place: str
    programme: str
    name: str
    status: Status
    start: dt.datetime
    end: dt.datetime

    @property
    def path(self) -> str:
        """Seeds the project's ids and random numbers."""
        return _path(self.number)

    @property
    def id(self) -> UUID:
        return demo_id(self.path)

    @property
    def is_early(self) -> bool:
        """Whether most of a month's work is done in its first days."""
        return self.number % 8 == 7

    def rng(self, part: str) -> random.Random:
        return seeded(f"{self.path}/{part}")

    def row_id(self, part: str, number: int) -> UUID:
        return demo_id(f"{self.path}/{part}/{number}")

    def localised(self, text: str) -> str:
        return text.replace("{place}", self.place)


def plan(index: int, today: dt.date) -> Plan:
    rng = seeded(_path(index + 1))
    turn, position = divmod(index, len(SUBJECTS))
    subject = read_subject(SUBJECTS[position])
    place, programme, volume = _title(subject, turn)
    status: Status = "archived" if index % 7 == 4 else "active"
    end = midnight(today) - dt.timedelta(days=18 if status == "archived" else 0)
    return Plan(
        number=index + 1,
        subject=subject,
        place=place,
        programme=programme,
        name=f"{subject.institution.replace('{place}', place)}: {programme}{volume}",
        status=status,
        start=moment(rng, end - dt.timedelta(days=370), end - dt.timedelta(days=110)),
        end=end,
    )


def _path(number: int) -> str:
    return f"project/{number}"


def _title(subject: Subject, turn: int) -> tuple[str, str, str]:
    """Every place with every programme, changing both each turn, before a second volume begins."""
    places, programmes = subject.places, subject.programmes
    volume, within = divmod(turn, len(places) * len(programmes))
    lap, place = divmod(within, len(places))
    programme = programmes[(place + lap) % len(programmes)]
    return places[place], programme, f", volume {volume + 1}" if volume else ""
