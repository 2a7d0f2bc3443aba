"""A database that was made with the document's own statements is read through the API as it was written."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from catalog import read_schemas
from migration import Outcome, migrate
from seed_document import PROJECT_TABLES, SHARED_TABLES, UPGRADE, hyphenated, underscored
from world import GraphQL, uuid_of

from gql_server.config import Config
from gql_server.db.migrations import latest_version

PROJECT = latest_version("project")

FIRST = datetime(1999, 12, 31, 23, 59, 59, 999999)
# These two are an hour that clocks skip and one that they repeat, in Berlin and in New York.
SKIPPED = datetime(2026, 3, 29, 2, 30)
REPEATED = datetime(2026, 11, 1, 1, 30, 0, 1)

ACME, ZOE, GONE = (uuid_of("client", name) for name in ("Acme", "Zoë", "gone"))
ARTICLE, RECIPE, NO_MODEL = (uuid_of("object_model", name) for name in ("Article", "Recipe", "gone"))
WRITE, SHORTEN, NO_PROMPT = (uuid_of("prompt", name) for name in ("Write", "Shorten", "gone"))
PLAIN, QUOTED, UPGRADED, ODD, OLD = (uuid_of("project", name) for name in ("1", "2", "3", "4", "5"))

STRUCTURE = {"type": "object", "properties": {"title": {"type": "string"}, "größe": {"enum": [1, 2.5, None, "ß"]}}}

SHARED_ROWS: dict[str, list[dict[str, Any]]] = {
    "clients": [
        {"id": ACME, "name": "Acme", "contact_email": "a@b.c", "api_key": "a key as it is", "created_at": FIRST},
        {"id": ZOE, "name": "Zoë's \"café\" ☕", "contact_email": None, "api_key": None, "created_at": SKIPPED},
    ],
    "projects": [
        {"id": PLAIN, "name": "1 plain", "client_id": ACME, "status": "active", "settings": {"tone": "warm"}},
        {"id": QUOTED, "name": "2 quoted", "client_id": ZOE, "status": "active", "settings": [1, "two", None]},
        {"id": UPGRADED, "name": "3 upgraded", "client_id": ACME, "status": "paused", "settings": {"tone": "dry"}},
        {"id": ODD, "name": "4 odd", "client_id": GONE, "status": "Active", "settings": "a text"},
        {"id": OLD, "name": "5 old", "client_id": ACME, "status": "", "settings": None},
    ],
    "object_models": [
        {"id": ARTICLE, "name": "Article", "version": "1.0.0", "structure": STRUCTURE, "description": "Of any kind."},
        {"id": RECIPE, "name": "Recipe", "version": "", "structure": True, "description": None},
    ],
    "prompts": [
        {"id": WRITE, "name": "Write", "template": "{{ a }}\n\ttab", "parameters": {"a": [{}]}, "object_model_id": ARTICLE},
        {"id": SHORTEN, "name": "Shorten", "template": "", "parameters": None, "object_model_id": None},
    ],
    "llm_usage": [
        {"id": uuid_of("usage", 1), "project_id": PLAIN, "prompt_id": WRITE, "tokens_in": 2147483647, "tokens_out": 0},
        {"id": uuid_of("usage", 2), "project_id": None, "prompt_id": None, "tokens_in": 0, "tokens_out": 1},
    ],
}
