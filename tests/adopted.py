"""A database as the document's own statements make it, with rows that are hard to keep as they are."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
from seed_document import PROJECT_TABLES, SHARED_TABLES, UPGRADE, hyphenated, underscored
from world import uuid_of

TIMES = [
    datetime.fromisoformat("1999-12-31 23:59:59.999999"),
    datetime.fromisoformat("2026-03-29 02:30:00"),  # in an hour that clocks skip in Berlin
    datetime.fromisoformat("2026-11-01 01:30:00.000001"),  # in an hour that clocks repeat in New York
]
"""What the database holds, without a zone: a row's place in its list is its time's place here."""

ACME, ZOE, GONE = (uuid_of("client", name) for name in ("Acme", "Zoë", "gone"))
ARTICLE, RECIPE = (uuid_of("object_model", name) for name in ("Article", "Recipe"))
SHORTEN, WRITE = (uuid_of("prompt", name) for name in ("Shorten", "Write"))

JSON = {"größe": [1, 2.5, None, True, 'ß " \\ \n </script> 😀'], "": {}}

Row = Mapping[str, Any]

CLIENTS: Sequence[Row] = [
    {"id": ACME, "name": "Acme", "contact_email": "a@b.c", "api_key": "a key as it is"},
    {"id": ZOE, "name": 'Zoë\'s "café" ☕', "contact_email": None, "api_key": None},
]
OBJECT_MODELS: Sequence[Row] = [
    {"id": ARTICLE, "name": "Article", "version": "1.0", "structure": JSON, "description": "Any."},
    {"id": RECIPE, "name": "Recipe", "version": "", "structure": True, "description": None},
]
PROMPTS: Sequence[Row] = [
    {"id": SHORTEN, "name": "Shorten", "template": "", "parameters": None, "object_model_id": None},
    {"id": WRITE, "name": "Write", "template": "{{ a }}\n\té", "parameters": JSON, "object_model_id": ARTICLE},
]
CONTENTS: Sequence[Row] = [
    {"title": None, "body": "", "object_model_id": ARTICLE, "metadata": None},
    {"title": "", "body": "long " * 2000, "object_model_id": RECIPE, "metadata": [JSON, "a", 1.5]},
    {"title": "t" * 255, "body": "A\r\nB\tC é 😀 $1 %s {x}", "object_model_id": ARTICLE, "metadata": JSON},
]
TERMS: Sequence[Row] = [
    {"term": "", "definition": "", "category": None},
    {"term": "T'ëst", "definition": "d\nd", "category": "c" * 100},
]
PROMPT_COMPONENTS: Sequence[Row] = [
    {"name": "Intro", "content": "…", "base_prompt_id": WRITE},
    {"name": "Outro", "content": "", "base_prompt_id": None},
]
METADATA: Sequence[Row] = [
    {"key": "", "value": False, "description": None},
    {"key": 'k.e"y', "value": JSON, "description": "why"},
    {"key": "text", "value": "", "description": ""},
]
VERSIONS = [None, 7, 1]
"""Of the contents of the project that has had the document's upgrade."""


class AdoptedProject(NamedTuple):
    """A project, with the status and the settings that it has and those that it is to be shown with."""

    name: str
    client_id: UUID
    status: str
    settings: Any
    shown_status: str
    shown_settings: Any

    @property
    def id(self) -> UUID:
        return uuid_of("project", self.name)


PLAIN = AdoptedProject("1 plain", ACME, "active", {"tone": "warm"}, "ACTIVE", {"tone": "warm"})
HYPHENATED = AdoptedProject("2 hyphenated", ZOE, "active", [1, "two", None], "ACTIVE", [1, "two", None])
UPGRADED = AdoptedProject("3 upgraded", ACME, "paused", JSON, "ARCHIVED", {**JSON, "adopted_status": "paused"})
PROJECTS = [
    PLAIN,
    HYPHENATED,
    UPGRADED,
    AdoptedProject(
        "4 odd", GONE, "Active", "warm", "ARCHIVED", {"adopted_settings": "warm", "adopted_status": "Active"}
    ),
    AdoptedProject("5 bare", GONE, "", None, "ARCHIVED", {"adopted_status": ""}),
    AdoptedProject("6 archived", ACME, "archived", None, "ARCHIVED", None),
]

USAGE: Sequence[Row] = [
    {"project_id": None, "prompt_id": None, "tokens_in": 0, "tokens_out": 2147483647, "cost": "9999.999999"},
    {"project_id": PLAIN.id, "prompt_id": WRITE, "tokens_in": 7, "tokens_out": 0, "cost": "0.000001"},
]


async def make_adopted_database(connection: asyncpg.Connection) -> None:
    # The zone of the database's users has no say in what its times mean.
    database = await connection.fetchval("SELECT current_database()")
    await connection.execute(f"ALTER DATABASE {database} SET TimeZone = 'America/New_York'; {SHARED_TABLES}")
    projects = [
        {
            "id": project.id,
            **{column: getattr(project, column) for column in ("name", "client_id", "status", "settings")},
        }
        for project in PROJECTS
    ]
    await insert(connection, "clients", CLIENTS, ["created_at"])
    await insert(connection, "object_models", OBJECT_MODELS, ["created_at"])
    await insert(connection, "prompts", PROMPTS, ["created_at", "updated_at"])
    await insert(connection, "projects", projects, ["created_at", "updated_at"])
    await insert(connection, "llm_usage", [{**row, "model": "sample"} for row in USAGE], ["created_at"])
    for project in PROJECTS:
        schema = hyphenated(project.id) if project is HYPHENATED else underscored(project.id)
        await make_adopted_project(connection, schema, with_versions=project is UPGRADED)


async def make_adopted_project(connection: asyncpg.Connection, schema: str, *, with_versions: bool) -> None:
    async with connection.transaction():
        await connection.execute(f"CREATE SCHEMA {schema}; SET LOCAL search_path TO {schema}; {PROJECT_TABLES}")
    contents = CONTENTS
    if with_versions:
        await connection.execute(UPGRADE.format(schema=schema))
        contents = [{**row, "version": version} for row, version in zip(CONTENTS, VERSIONS, strict=True)]
    await insert(connection, f"{schema}.contents", contents, ["created_at", "updated_at"])
    await insert(connection, f"{schema}.vocabulary", TERMS, ["created_at"])
    await insert(connection, f"{schema}.prompt_components", PROMPT_COMPONENTS, ["created_at", "updated_at"])
    await insert(connection, f"{schema}.metadata", METADATA, ["updated_at"])


async def insert(connection: asyncpg.Connection, table: str, rows: Sequence[Row], times: Sequence[str]) -> None:
    for place, row in enumerate(rows):
        values = {**row, **dict.fromkeys(times, TIMES[place % len(TIMES)])}
        names, places = ", ".join(values), ", ".join(f"${number}" for number in range(1, len(values) + 1))
        encoded = [_encoded(column, value) for column, value in values.items()]
        await connection.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", *encoded)


def _encoded(column: str, value: object) -> object:
    if column in {"structure", "parameters", "settings", "metadata", "value"} and value is not None:
        return json.dumps(value)
    return value
